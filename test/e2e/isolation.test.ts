/** Eight runs at once that edit the same file: each sees its own lines and nobody else's, in its worktree, in its check and on its branch. */
import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../support/cli.ts'
import { makeProject, writeFiles } from '../support/project.ts'
import { outside } from '../support/run-project.ts'

const test = suite('isolation')
const runs = Array.from({ length: 8 }, (_, number) => `run-${number + 1}`)

// Nobody writes before all have begun, and nobody looks before all have written.
const builder = `
together() { : > "$OUTSIDE/$1-$AUTOPACK_RUN"; while [ "$(ls "$OUTSIDE" | grep -c "^$1-")" -lt ${runs.length} ]; do sleep 0.05; done; }
together begun
echo "$AUTOPACK_RUN" >> shared.txt
echo "$AUTOPACK_RUN" > new.txt
together written
cat shared.txt new.txt > "$OUTSIDE/seen-by-$AUTOPACK_RUN"
`
const config = (folder: string): string => `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'
const outside = ${JSON.stringify(folder)}
export default defineConfig({
  project: 'p',
  builder: command({ run: ['sh', outside + '/builder'] }),
  env: { set: { OUTSIDE: outside } },
  checks: [{ name: 'alone', run: ['sh', '-c', 'test "$(grep -c run- shared.txt)" -le 1'] }],
})
`

test('eight runs edit one file at the same time, and each has it to itself', async () => {
  await using project = await makeProject({ files: { 'shared.txt': 'first\n' } })
  await writeFiles(outside(project), { builder })
  await project.commit('prepare', {
    'autopack.config.ts': config(outside(project)),
    ...Object.fromEntries(runs.map((id) => [`runs/${id}.json`, JSON.stringify({ id, phases: [{ id: 'edit', goal: 'Add a line', scope: { paths: ['shared.txt', 'new.txt'] } }] })])),
  })
  const { exitCode, stdout, stderr } = await runInside(project, ['drain', '--json', '--parallel', String(runs.length)])
  assert.is(exitCode, 0, stderr + stdout.slice(-2_000))
  for (const run of runs) {
    assert.is(await readFile(outside(project, `seen-by-${run}`), 'utf8'), `first\n${run}\n${run}\n`, `what the builder of ${run} saw`)
    assert.is(await project.git('show', `autopack/p/${run}:shared.txt`), `first\n${run}`)
    assert.equal((await project.git('diff', '--name-only', `main...autopack/p/${run}`)).split('\n'), ['new.txt', 'shared.txt'])
  }
  assert.is(await project.read('shared.txt'), 'first\n')
  assert.is(await project.git('status', '--porcelain', '--untracked-files=all', '--', '.', ':!.autonomous_runs'), '')
})

test.run()
