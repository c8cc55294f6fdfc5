/** What a person sees of a run while it works and afterwards: `logs --follow`, `show --diff`, `--patch`, `--log`. */
import { writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'
import { outside, prepare } from '../support/run-project.ts'
import { waitForFile } from '../support/wait.ts'

const test = suite('watching')

const talking = `
echo first
echo "key ghp_abcdefghijklmnopqrstuvwxyz0123456789"
: > "$OUTSIDE/started"
while [ ! -e "$OUTSIDE/go" ]; do sleep 0.02; done
echo last
printf 'no end of line'
echo made > src/made.txt
`

test('logs --follow prints what comes, redacted, over the redaction of the file, and ends with the attempt', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { talk: talking, bad: { build: 'echo bad > src/bad.txt', checks: [{ name: 'no', run: ['false'] }] } }, config: 'drain: { maxAttemptsPerPhase: 1 },' })
  await project.commit('prepare')
  const running = project.startCli(['run', '--json'])
  await Promise.race([waitForFile(outside(project, 'started')), running.result])
  const following = project.startCli(['logs', 'r', 'talk', '--follow'])
  await following.waitFor(/key/)
  assert.is(following.output().stdout, 'first\nkey [redacted]\n')
  const once = await runInside(project, ['logs', 'r', 'talk'])
  assert.is(once.stdout, 'first\nkey [redacted]\n')
  assert.is((await runInside(project, ['show', 'r', 'talk', '--log'])).stdout, once.stdout, 'what is still written is redacted by whoever prints it')
  await writeFile(outside(project, 'go'), '')
  assert.equal(await following.result.then(({ exitCode, stdout, stderr }) => [exitCode, stdout, stderr]), [0, 'first\nkey [redacted]\nlast\nno end of line', ''])
  assert.is((await running.result).exitCode, 1)

  const shown = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runInside(project, ['show', 'r', ...args])
    assert.equal([exitCode, stderr], [0, ''], args.join(' '))
    return stdout
  }
  assert.is(await shown('talk', '--log'), 'first\nkey [redacted]\nlast\nno end of line')
  const diff = await shown('talk', '--diff')
  assert.match(diff, /^diff --git a\/src\/made\.txt b\/src\/made\.txt\nnew file mode 100644\n/)
  assert.is(await shown('--diff'), diff)
  const patch = await shown('bad', '--patch')
  await writeFile(outside(project, 'bad.patch'), patch)
  await project.git('apply', '--binary', outside(project, 'bad.patch'))
  assert.is(await project.read('src/bad.txt'), 'bad\n', 'what a failed attempt left can be applied by hand')
})

test.run()
