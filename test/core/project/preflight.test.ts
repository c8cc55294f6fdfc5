import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AutopackEvent } from '../../../core/model/events.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import { outside, prepare, runHere } from '../../support/run-project.ts'
import { waitUntil } from '../../support/wait.ts'

const test = suite('preflight')

test("is classified by the project's classifiers, from the failing command's own output", async () => {
  await using project = await makeProject()
  await prepare(project, {
    phases: { one: 'echo 1 > one.txt' },
    imports: "import { defineClassifier } from 'autopack'",
    config: `preflight: [{ shell: 'echo MARK first' }, { shell: 'echo MARK second; exit 3' }], classifiers: [
      { type: 'classifier', name: 'throws', classify() { throw new Error('no table') } },
      { type: 'classifier', name: 'stage', classify({ failure, run }) { return failure.stage === 'preflight' && failure.exitCode === 3 ? { class: 'seen', title: run + ' saw ' + failure.output.trim() } : undefined } },
    ],`,
  })
  await project.commit('prepare')
  const { exitCode, stdout, stderr } = await runInside(project, ['run', '--json'])
  assert.is(exitCode, 4, stderr)
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as AutopackEvent)
  const report = events.find((event) => event.type === 'drain-finished')?.report
  assert.is(report?.stop.reason, 'preflight_failed')
  assert.ok(report!.stop.detail.endsWith(`: r saw MARK second (exit code 3); log: ${project.path('.autonomous_runs/p/runs/r/r/diagnostics/preflight.log')}`), report!.stop.detail)
  assert.is(await project.read('.autonomous_runs/p/runs/r/r/diagnostics/preflight.log'), 'MARK first\nMARK second\n')
  assert.equal(events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])), ['classifier throws threw in hook classifyFailure: no table'])
})

test('what a preflight and a verify that were killed have left is ended by the next command', async () => {
  await using project = await makeProject()
  const waits = (word: string) => `[ -e "$OUTSIDE/${word}" ] || { sleep 300 & sleep 300 & echo $$ > "$OUTSIDE/${word}"; wait; }`
  await prepare(project, { phases: { one: 'echo 1 > one.txt' }, config: `preflight: [{ shell: ${JSON.stringify(waits('preflight'))} }], checks: [{ name: 'c', run: { shell: ${JSON.stringify(`[ ! -e "$OUTSIDE/rerun" ] || ${waits('check')}`)} } }],` })
  await project.commit('prepare')
  const killed = async (args: readonly string[], sign: string): Promise<number> => {
    const running = project.startCli(args)
    await waitUntil(sign, () => existsSync(outside(project, sign)) && readFileSync(outside(project, sign), 'utf8') !== '')
    running.signal('SIGKILL')
    await running.result
    return running.pid
  }
  const told = (run: { notices: string[] }) => run.notices.filter((notice) => notice.includes('was killed'))
  const first = await killed(['run'], 'preflight')
  const run = await runHere(project)
  assert.is(run.phase('one').outcome, 'complete')
  assert.equal(told(run), [`a preflight was killed (process ${first}): its worktree was removed; 3 processes of it were ended`])

  await writeFile(outside(project, 'rerun'), '')
  const second = await killed(['verify', run.phase('one').attemptDir, '--rerun'], 'check')
  assert.equal(told(await runHere(project)), [`a verify --rerun was killed (process ${second}): its worktree was removed; 3 processes of it were ended`])
  assert.equal(told(await runHere(project)), [])
})

test.run()
