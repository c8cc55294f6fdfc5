import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { EventBody } from '../../../core/model/events.ts'
import type { DrainOptions } from '../../../core/project/run-drain.ts'
import { runDrain } from '../../../core/project/run-drain.ts'
import type { ProjectParts } from '../../../core/project/parts.ts'
import type { AttemptRecord, Store } from '../../../core/store/store.ts'
import { runInside } from '../../support/cli.ts'
import { openInProcess } from '../../support/in-process.ts'
import { makeProject, type TestProject } from '../../support/project.ts'
import { runHere, outside, prepare, receiptOf, statusOf, told } from '../../support/run-project.ts'
import { waitUntil } from '../../support/wait.ts'

const test = suite('execution of a phase')

/** Drains in this process, with parts of the project replaced. */
async function drainWith(project: TestProject, replace: (parts: ProjectParts) => Partial<ProjectParts>, more: Partial<DrainOptions> = {}) {
  const opened = await openInProcess(project)
  const parts = await opened.begin()
  const events: EventBody[] = []
  try {
    const report = await runDrain({
      project: { ...parts, ...replace(parts) }, command: 'run', runs: [], rules: {}, dryRun: false, allowDirty: false, rebase: false, resume: undefined, goalPlan: undefined,
      emit: (event) => void events.push(event), signal: new AbortController().signal, ...more,
    })
    return { report, events, phases: await parts.store.phases(), attempts: await parts.store.attempts({}) }
  } finally {
    await opened.close()
  }
}

test('an attempt whose commit was made is complete, though the store failed when it was to be put on record', async () => {
  await using project = await makeProject()
  await prepare(project, { phases: { one: 'echo 1 > one.txt', two: 'echo 2 > two.txt' } })
  let failing = true
  const finish: Store['finish'] = async (claim, end) => {
    if (end.outcome === 'complete' && failing) { failing = false; throw new Error('database is locked') }
    return await real!.finish(claim, end)
  }
  let real: Store | undefined
  const { report, phases, attempts } = await drainWith(project, ({ store }) => { real = store; return { store: { ...store, finish } } })
  assert.equal([report.stop.reason, report.exitCode], ['infrastructure', 4])
  const [one] = phases
  assert.equal([one?.state, one?.commit, attempts.length], ['COMPLETE', (await project.git('rev-parse', 'autopack/p/r')).trim(), 1])

  const again = await runHere(project)
  assert.equal([again.exitCode, again.outcomes], [0, { two: 'complete' }], again.stdout + again.stderr)
})

test('an attempt that the machine ended has its receipt, and is queued again', async () => {
  await using project = await makeProject()
  await prepare(project, { phases: { one: 'echo 1 > one.txt' } })
  const recordDurations: Store['setBuilderReached'] = async () => { throw new Error('disk is gone') }
  const { report, phases, attempts } = await drainWith(project, ({ store }) => ({ store: { ...store, setBuilderReached: recordDurations } }))
  assert.equal([report.stop.reason, report.exitCode, phases[0]?.state, attempts[0]?.outcome], ['infrastructure', 4, 'QUEUED', 'interrupted'])
  assert.match(attempts[0]?.receiptHash ?? '', /^[0-9a-f]{64}$/)
})

test('a crashed attempt that cannot be ended is told, and keeps nothing but its own run from going on', async () => {
  await using project = await makeProject()
  await prepare(project, { phases: { one: 'echo 1 > one.txt' } })
  let first = true
  const orphan: AttemptRecord = {
    id: 'a'.repeat(24), run: 'r', phase: 'one', number: 1, charged: true, session: 's', owner: { host: 'elsewhere', pid: 1, startTime: '' }, fencingToken: 1, stage: 'build', startedAt: 0,
    usage: 'unknown', builderReached: true, processes: [],
  }
  const { report, events } = await drainWith(project, ({ store }) => ({
    store: {
      ...store,
      orphans: async () => [orphan],
      takeOver: async () => {
        const [run] = await store.runs()
        const [phase] = await store.phases()
        return { attemptId: orphan.id, run: run!, phase: phase!, number: 1, fencingToken: 1, session: 's', startedAt: 0 }
      },
      finish: async (claim, end) => {
        if (first && claim.attemptId === orphan.id) { first = false; throw new Error('git is gone') }
        return await store.finish(claim, end)
      },
    },
  }))
  assert.is(report.exitCode, 0, JSON.stringify(report.stop))
  assert.ok(events.some((event) => event.type === 'notice' && event.message === 'attempt 1 of r one was left open by a crash and could not be ended: git is gone'), JSON.stringify(events.filter((event) => event.type === 'notice')))
})

test('a builder that breaks what setup reads fails its phase, and the drain goes on', async () => {
  await using project = await makeProject({ files: { 'lock.json': 'ok\n', '.gitignore': 'modules/\n' } })
  await prepare(project, {
    config: "workspace: { setup: [{ shell: 'grep -q ok lock.json && mkdir -p modules' }], cache: ['modules'], key: ['lock.json'] }, checks: [{ name: 'check', run: ['test', '-d', 'modules'] }], drain: { maxAttemptsPerPhase: 1 },",
    phases: { breaks: 'echo bad > lock.json', works: 'echo 1 > one.txt' },
  })
  const run = await runHere(project)
  assert.equal([run.exitCode, run.outcomes], [1, { breaks: 'unknown', works: 'complete' }], run.stdout + run.stderr)
  const receipt = await receiptOf(run.phase('breaks'))
  assert.equal([receipt.stage, receipt.charged], ['checks', true])
  assert.match(JSON.stringify([receipt.classification, receipt.problems]), /grep -q ok lock\.json/)
})

test('a stop during the setup interrupts the attempt: the phase has not failed', async () => {
  await using project = await makeProject({ files: { 'lock.json': 'ok\n', '.gitignore': 'modules/\n' } })
  await prepare(project, {
    config: `workspace: { setup: [{ shell: 'touch ${outside(project, 'started')}; [ -e ${outside(project, 'go')} ] || sleep 100; mkdir -p modules' }], cache: ['modules'], key: ['lock.json'] },`,
    phases: { one: 'echo 1 > one.txt' },
  })
  const running = project.startCli(['run'])
  await waitUntil('the setup', async () => existsSync(outside(project, 'started')))
  running.signal('SIGINT')
  const { exitCode, stdout } = await running.result
  assert.is(exitCode, 130, stdout)
  assert.is((await statusOf(project))['one']?.state, 'QUEUED')
  writeFileSync(outside(project, 'go'), '')
  assert.equal((await runHere(project)).outcomes, { one: 'complete' })
})

test('the receipt has every problem of every check once', async () => {
  await using project = await makeProject()
  await prepare(project, {
    config: `checks: [{ name: 'first', run: { shell: 'if [ -e one.txt ]; then echo "error: first is broken"; exit 1; fi' } }, { name: 'second', run: { shell: 'if [ -e one.txt ]; then echo "error: second is broken"; exit 1; fi' } }], drain: { maxAttemptsPerPhase: 1 },`,
    phases: { one: 'echo 1 > one.txt' },
  })
  const run = await runHere(project)
  const messages = (await receiptOf(run.phase('one'))).problems.map((problem) => problem.message)
  assert.ok(messages.some((message) => message.includes('first')), JSON.stringify(messages))
  assert.ok(messages.some((message) => message.includes('second')), JSON.stringify(messages))
  assert.equal(messages, [...new Set(messages)])
})

test('a phase whose earlier attempts used up its tokens is given to no builder again', async () => {
  await using project = await makeProject()
  await prepare(project, {
    config: 'drain: { maxAttemptsPerPhase: 3, maxTokens: { attempt: 100, phase: 100, drain: 1_000 } },',
    phases: { one: `echo '{"usage":{"inputTokens":90,"outputTokens":10}}' > "$AUTOPACK_USAGE_FILE"; echo x >> "$OUTSIDE/builds"; exit 1` },
  })
  const run = await runHere(project)
  assert.equal([run.exitCode, run.outcomes], [1, { one: 'budget_exhausted' }], run.stdout + run.stderr)
  assert.is(readFileSync(outside(project, 'builds'), 'utf8'), 'x\n')
  const receipt = await receiptOf(run.phase('one'))
  assert.equal([receipt.attempt, receipt.charged, receipt.classification?.title], [2, false, 'earlier attempts spent 100 tokens of maxTokens.phase 100'])
})

test('a retry that a classifier asks for is charged, wherever the phase had got to', async () => {
  await using project = await makeProject({ files: { '.gitignore': 'modules/\n' } })
  await prepare(project, {
    imports: "import { defineClassifier } from 'autopack'",
    config: `workspace: { setup: [{ shell: 'echo call >> ${outside(project, 'calls')}; echo MARK busy; exit 1' }], cache: ['modules'], key: [] }, drain: { maxAttemptsPerPhase: 3 },
      classifiers: [defineClassifier({ class: 'busy', match: /MARK busy/, action: { type: 'retry' } })],`,
    phases: { one: 'echo 1 > one.txt' },
  })
  const run = await runHere(project)
  assert.equal([run.exitCode, run.outcomes], [1, { one: 'busy' }], run.stdout + run.stderr)
  assert.is(readFileSync(outside(project, 'calls'), 'utf8'), 'call\n'.repeat(3))
})

test('a setup that failed is not run again for the next phase of the drain, and is by the next drain', async () => {
  await using project = await makeProject({ files: { 'lock.json': 'broken', 'src/.gitkeep': '' } })
  const config = (more = '') => `plugins: [without('fingerprintBuckets')], workspace: { setup: [{ shell: 'echo call >> ${outside(project, 'calls')}; cat lock.json; exit 1' }], cache: ['modules'], key: ['lock.json'] }, ${more}`
  const imports = "import { defineClassifier, without } from 'autopack'"
  await prepare(project, { imports, config: config(), phases: { one: 'true', two: 'true', three: 'true' } })
  await project.commit('Start')
  const calls = async () => (await told(project, 'calls')).split('\n').length - 1
  const run = await runHere(project)
  assert.equal([await calls(), Object.keys(run.outcomes), new Set(Object.values(run.outcomes)).size], [1, ['one', 'two', 'three'], 1])
  const [one, two] = [run.phase('one'), run.phase('two')]
  assert.is(two.classification!.fingerprint, one.classification!.fingerprint, 'one cause, one bucket')
  assert.equal([one.warnings, two.warnings], [[], ['the setup was not run again: it failed for r/one in this drain, with the same files']])
  await runInside(project, ['drain'])
  assert.is(await calls(), 2, 'the next drain')
})

test('a preflight whose setup fails ends the drain, and leaves no worktree', async () => {
  await using project = await makeProject({ files: { '.gitignore': 'modules/\n' } })
  await prepare(project, {
    config: "workspace: { setup: [{ shell: 'exit 7' }], cache: ['modules'], key: [] }, preflight: [['true']],",
    phases: { one: 'echo 1 > one.txt' },
  })
  const run = await runHere(project)
  assert.equal([run.exitCode, run.report?.stop.reason], [4, 'preflight_failed'], run.stdout + run.stderr)
  assert.match(run.report!.stop.detail, /the setup command `exit 7` ended with exit code 7/)
  assert.is((await project.git('worktree', 'list')).trim().split('\n').length, 1)
})

test.run()
