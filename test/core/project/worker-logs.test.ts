import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import { outside, prepare, runHere } from '../../support/run-project.ts'
import { waitUntil } from '../../support/wait.ts'

const test = suite('the log of the work at a run')

test('tells of this run and no other, and its end goes into the report', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { good: 'echo new > src/$AUTOPACK_RUN.txt', bad: `for line in $(seq 80); do echo line $line; done; echo "ghp_abcdefghijklmnopqrstuvwxyz0123456789 is refused"; exit 1` } })
  await project.write({ 'runs/other.json': JSON.stringify({ id: 'other', phases: [{ id: 'good', goal: 'Do good there' }] }) })
  await project.commit('prepare')
  const { report } = await runHere(project, ['--parallel', '2'])
  const logs = new Map(report!.runs.map(({ id, log }) => [id, log!]))
  const text = readFileSync(logs.get('r')!.logPath, 'utf8')
  assert.is(logs.get('r')!.logPath, join(project.dir, '.autonomous_runs/p/runs/r/r/supervisor/worker.log'))
  const lines = text.trimEnd().split('\n')
  for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}\S|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {12}/)
  assert.match(lines[0]!, new RegExp(`  == ${report!.session}, process ${process.pid} on `))
  assert.ok(lines.some((line) => /start +good +Do good$/.test(line)), text)
  assert.ok(lines.some((line) => /failed +bad +builder_error/.test(line)), text)
  assert.not.match(text, /other|Do good there|ghp_/)
  assert.match(readFileSync(logs.get('other')!.logPath, 'utf8'), /start +good +Do good there/)
  assert.ok(text.trimEnd().endsWith(logs.get('r')!.tail))

  const shown = await runInside(project, ['logs', 'r'])
  assert.equal([shown.exitCode, shown.stdout], [0, text])
  assert.is((await runInside(project, ['logs', 'r', '--follow'])).stdout, text, 'nobody is at work any more')
  const wrong = await runInside(project, ['logs', 'r', '--attempt', '1'])
  assert.equal([wrong.exitCode, wrong.stderr.split('\n')[0]], [2, 'error[usage]: --attempt and --check are about a phase, and none is named'])

  // The next drain goes on in the same file.
  const next = await runHere(project, ['r'])
  assert.ok(readFileSync(logs.get('r')!.logPath, 'utf8').startsWith(text), next.stdout)
})

test('is followed while somebody is at work', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { one: 'echo one > src/one.txt', two: 'while [ ! -e "$OUTSIDE/go" ]; do sleep 0.02; done; echo two > src/two.txt' } })
  await project.commit('prepare')
  const running = runHere(project)
  const log = project.path('.autonomous_runs/p/runs/r/r/supervisor/worker.log')
  await waitUntil('the second phase', () => { try { return readFileSync(log, 'utf8').includes('Do two') } catch { return false } })
  const following = project.startCli(['logs', 'r', '--follow'])
  await following.waitFor(/Do two/)
  appendFileSync(outside(project, 'go'), '')
  assert.is((await running).exitCode, 0)
  const { exitCode, stdout } = await following.result
  assert.equal([exitCode, stdout], [0, readFileSync(log, 'utf8')])
})

test.run()
