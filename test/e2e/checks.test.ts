import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CheckDelta } from '../../core/model/check.ts'
import { makeProject, writeFiles } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { runHere, outside, prepare, receiptOf, statusOf, told } from '../support/run-project.ts'
import type { Preparation, RunResult } from '../support/run-project.ts'

const test = suite('checks of a run')

/**
 * A small test runner: each line of tests/*.t is a test, `name passed|failed|skipped|flaky` (flaky fails the first time), or `! module`
 * for a file that cannot be loaded. Writes JUnit XML, and a line for every execution to the folder outside.
 */
const runner = `import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
const [report, ...args] = process.argv.slice(2)
const { AUTOPACK_PHASE: phase, OUTSIDE: outside } = process.env
appendFileSync(outside + '/executions', [phase, 'tests', ...args].join(' ') + '\\n')
const cases = []
let failed = false
for (const file of readdirSync('tests').filter((name) => name.endsWith('.t')).map((name) => 'tests/' + name)) {
  if (args.includes(file)) continue
  for (const line of readFileSync(file, 'utf8').split('\\n').filter(Boolean)) {
    let [name, status] = line.split(' ')
    if (name === '!') {
      failed = true
      cases.push('<testcase classname="" name="' + file + '" file="' + file + '"><error message="collection failure">ModuleNotFoundError: No module named \\'' + status + '\\'</error></testcase>')
      continue
    }
    const marker = outside + '/flaky-' + name
    if (status === 'flaky') { status = existsSync(marker) ? 'passed' : 'failed'; writeFileSync(marker, '') }
    if (status === 'failed') failed = true
    cases.push('<testcase name="' + name + '" file="' + file + '">' + (status === 'failed' ? '<failure message="expected one"/>' : status === 'skipped' ? '<skipped/>' : '') + '</testcase>')
  }
}
if (phase === 'litters') { writeFileSync('litter.txt', 'x'); appendFileSync('tests/own.t', 'late passed\\n') }
writeFileSync(report, '<testsuite>' + cases.join('') + '</testsuite>')
console.log(failed ? 'some tests failed' : 'all is well')
process.exit(failed ? 1 : 0)
`
/** Fails with what stands in lib/types.txt. */
const linter = `echo "$AUTOPACK_PHASE lint" >> "$OUTSIDE/executions"; [ -s lib/types.txt ] || exit 0; cat lib/types.txt; exit 2`
const checks = `checks: [
  { name: 'tests', run: ['node', outside + '/runner.mjs', '{report}', '{exclude}'], format: 'junit' },
  { name: 'lint', run: ['sh', outside + '/lint.sh'] },
],`
const error = (file: string, name: string): string => `${file}(3,7): error TS2304: Cannot find name '${name}'.`
const scope = { paths: ['tests/own.t', 'lib/'] }
const files = { 'tests/own.t': 'a passed\nold failed\n', 'tests/other.t': 'z passed\n', 'lib/types.txt': `${error('src/old.ts', 'old')}\n`, 'README.md': 'x\n' }

async function checkedProject(preparation: Preparation, given: Record<string, string> = files): Promise<TestProject> {
  const project = await makeProject({ files: given })
  await writeFiles(outside(project), { 'runner.mjs': runner, 'lint.sh': linter })
  await prepare(project, { ...preparation, phases: scoped(preparation.phases), config: `drain: { maxAttemptsPerPhase: 1 }, ${preparation.config ?? checks}` })
  await project.commit('prepare')
  return project
}

function scoped(phases: Preparation['phases']): Preparation['phases'] {
  return Object.fromEntries(Object.entries(phases).map(([id, phase]) => [id, { scope, ...(typeof phase === 'string' ? { build: phase } : phase) }]))
}

async function deltaOf(run: RunResult, phase: string, check: string): Promise<CheckDelta> {
  return (await receiptOf(run.phase(phase))).checks.find(({ name }) => name === check)!.delta!
}

test('project checks are judged by what changed, and each has one baseline in a run', async () => {
  const add = (line: string): string => `echo "${line}" >> tests/own.t`
  await using project = await checkedProject({
    phases: {
      litters: add('new passed'),
      fixes: 'sed -i.bak "s/old failed/old passed/" tests/own.t; rm tests/own.t.bak',
      breaks: 'sed -i.bak "s/a passed/a failed/" tests/own.t; rm tests/own.t.bak',
      flaky: add('f flaky'),
      disappears: { build: 'rm tests/other.t; echo 1 > lib/d', scope: { paths: ['lib/', 'tests/other.t'] } },
      'disappears-outside': { build: 'echo "! gone" > tests/own.t; echo "moved passed" > tests/new.t', scope: { paths: ['tests/new.t', 'tests/own.t'] } },
      skips: 'sed -i.bak "s/a passed/a skipped/" tests/own.t; rm tests/own.t.bak',
      'new-cause': `echo "${error('src/new.ts', 'fresh')}" >> lib/types.txt`,
      'same-cause': `echo "${error('src/old.ts', 'old').replace('3,7', '9,1')}" > lib/types.txt`,
      'no-cause': 'echo something odd > lib/types.txt',
      last: 'echo 1 > lib/last',
    },
  })
  const run = await runHere(project)
  assert.equal(run.outcomes, {
    litters: 'complete', fixes: 'complete', breaks: 'test_failed', flaky: 'complete', disappears: 'complete', 'disappears-outside': 'missing_dependency', skips: 'complete',
    'new-cause': run.outcomes['new-cause'], 'same-cause': 'complete', 'no-cause': run.outcomes['no-cause'], last: 'complete',
  }, run.events.flatMap((event) => event.type === 'phase-finished' && event.reason ? [event.phase + ': ' + event.reason] : []).join('\n'))

  assert.equal(run.phase('litters').warnings, ['check tests changed files, which were discarded: litter.txt, tests/own.t'])
  assert.is(await project.git('show', `${run.phase('litters').commit}:tests/own.t`), 'a passed\nold failed\nnew passed')
  assert.equal((await deltaOf(run, 'litters', 'tests')).preexisting, ['tests/own.t > old'])
  assert.is((await deltaOf(run, 'litters', 'lint')).verdict.type, 'passed')
  assert.equal((await deltaOf(run, 'fixes', 'tests')).fixed, ['tests/own.t > old'])
  assert.equal((await deltaOf(run, 'breaks', 'tests')).newFailures, ['tests/own.t > a'])
  assert.equal((await deltaOf(run, 'flaky', 'tests')).flaky, ['tests/own.t > f'])
  assert.equal(run.phase('flaky').warnings, ['tests: flaky: tests/own.t > f'])
  assert.equal((await deltaOf(run, 'disappears', 'tests')).disappeared, ['tests/other.t > z'])
  assert.equal(run.phase('disappears').warnings, ['tests: disappeared: tests/other.t > z'])
  assert.is((await deltaOf(run, 'disappears-outside', 'tests')).collectionErrors[0]?.module, 'gone')
  assert.equal((await deltaOf(run, 'skips', 'tests')).newlySkipped, ['tests/own.t > a'])
  assert.equal((await deltaOf(run, 'new-cause', 'lint')).newFailures.length, 1)
  assert.is((await deltaOf(run, 'new-cause', 'lint')).verdict.type, 'blocked')
  assert.match(run.phase('new-cause').classification?.title ?? '', 'fresh')
  assert.is.not(run.outcomes['new-cause'], 'test_failed', 'a linter has no tests')
  assert.is((await deltaOf(run, 'no-cause', 'lint')).verdict.type, 'inconclusive')

  const retry = JSON.parse(await readFile(project.path('.autonomous_runs/p/runs/r/r/ci/retry.json'), 'utf8')) as { phase: string; retries: { check: string; flaky: string[] }[] }
  assert.ok(retry.retries.length > 0)
  // One baseline of each check: every other base is the head of the phase before.
  const executions = (await told(project, 'executions')).trim().split('\n')
  const of = (phase: string, check: string): number => executions.filter((line) => line === `${phase} ${check}`).length
  assert.is(of('litters', 'tests'), 2)
  assert.is(of('litters', 'lint'), 2)
  for (const [phase, tests, lint] of [['fixes', 1, 1], ['flaky', 2, 1], ['disappears', 1, 1], ['skips', 1, 1], ['same-cause', 1, 1], ['last', 1, 1]] as const) {
    assert.is(of(phase, 'tests'), tests, phase)
    assert.is(of(phase, 'lint'), lint, phase)
  }
})

test("a phase's own checks must pass, and what cannot be judged blocks", async () => {
  const build = 'echo 1 > "lib/$AUTOPACK_PHASE"'
  const own = (check: object): { build: string; checks: never[] } => ({ build, checks: [{ name: 'own', ...check }] as never[] })
  const shell = (line: string): string[] => ['sh', '-c', line, 'sh', '{report}']
  const fails = { run: ['sh', '-c', 'echo "Error: the gadget is missing"; exit 1'] }
  const cases: Record<string, [check: object, outcome: string, reason: RegExp]> = {
    accepts: [{ run: ['test', '-f', 'lib/accepts'] }, 'complete', /^$/],
    'fails-before-and-after': [fails, 'failed', /^own: exit code 1: .*the gadget is missing/],
    'against-baseline': [{ ...fails, against: 'baseline' }, 'complete', /^$/],
    'times-out': [{ run: ['sleep', '30'], timeout: '300ms' }, 'timeout', /^own: it was ended at its limit of 300ms$/],
    'missing-program': [{ run: ['no-such-program-here'] }, 'failed', /^own: .*no-such-program-here/],
    'no-report': [{ run: ['true', '{report}'], format: 'junit' }, 'failed', /^own: the report is missing: the command wrote nothing to .*own\.xml$/],
    'stale-report': [{ run: shell('echo "<testsuite/>" > "$1"; touch -t 200101010000 "$1"'), format: 'junit' }, 'failed', /^own: the report .* is stale: it was not written by this execution$/],
    'broken-report': [{ run: shell('echo "<testsuite><testcase" > "$1"'), format: 'junit' }, 'failed', /^own: the JUnit report .* cannot be read: /],
    'empty-report': [{ run: shell('echo "<testsuite/>" > "$1"; exit 5'), format: 'junit' }, 'failed', /^own: exit code 5 and the report has no tests$/],
    'green-report-red-exit': [{ run: shell('echo "<testsuite><testcase name=\\"a\\"/></testsuite>" > "$1"; exit 3'), format: 'junit' }, 'failed', /^own: exit code 3 although every test of the report passed$/],
  }
  await using project = await checkedProject({
    phases: {
      ...Object.fromEntries(Object.entries(cases).map(([id, [check]]) => [id, own(check)])),
      names: { build: 'echo 1 > "lib/two words"; echo 1 > lib/--flag; rm lib/gone', scope: { paths: ['lib/'] } },
    },
    config: `checks: [{ name: 'files', run: ['node', '-e', 'require("node:fs").appendFileSync(process.env.OUTSIDE + "/files", JSON.stringify([process.env.AUTOPACK_PHASE, ...process.argv.slice(1)]) + "\\\\n")', '--', '{files}'] }],`,
  }, { 'lib/gone': 'x\n' })
  const run = await runHere(project)
  for (const [phase, [, outcome, reason]] of Object.entries(cases)) {
    const { verdict } = await deltaOf(run, phase, 'own')
    const said = verdict.type === 'passed' ? '' : verdict.reason
    assert.match(said, reason, phase)
    // What class the core makes of an output is tested where it is made.
    assert.is(outcome === 'failed' ? run.phase(phase).outcome : run.outcomes[phase], outcome, `${phase}: ${said}`)
  }
  assert.is(run.outcomes['names'], 'complete')
  const seen = (await told(project, 'files')).trim().split('\n').map((line) => JSON.parse(line) as string[])
  assert.equal(seen.findLast(([phase]) => phase === 'names'), ['names', 'lib/--flag', 'lib/two words'])
  assert.equal(seen[0], ['accepts'], 'on the base nothing has changed')
})

test('what cannot be loaded on the base fails a phase before its builder, unless it is there to mend it', async () => {
  const built = 'echo "$AUTOPACK_PHASE" >> "$OUTSIDE/built"; '
  const other = { paths: ['tests/other.t', 'tests/opt.t'] }
  // Where a module of that name could be written is in scope too: so this is no folder of code.
  const out = { paths: ['out/'] }
  const make = 'mkdir -p out; echo 1 > "out/$AUTOPACK_PHASE"'
  const optional = (name: string): string => `defineClassifier({ class: 'optional_dependency', match: { message: /'${name}'/ }, title: '${name} is optional',
    action: { type: 'retry-checks', check: 'tests', args: ['tests/${name}.t'], skipped: [{ file: 'tests/${name}.t', reason: '${name} is optional' }] } }),`
  await using project = await checkedProject({
    imports: "import { defineClassifier, without } from 'autopack'",
    // With breakers nothing but what is there to mend the base would be tried, and then everything is done.
    config: `${checks} plugins: [without('fingerprintBuckets')], classifiers: [${optional('opt')} ${optional('opt2')}],`,
    phases: {
      blocked: { build: built + make, scope: out },
      'in-scope': { build: `${built}echo 1 >> tests/other.t`, scope: other },
      repairs: { build: built + make, scope: out, repairs: ['tests'] },
      mends: { build: `${built}echo 'z passed' > tests/other.t`, scope: other },
      'past-optional': { build: built + make, scope: out },
      'drops-optional': { build: `${built}rm tests/opt.t`, scope: other },
      'adds-optional': { build: `${built}echo '! opt2' > tests/opt2.t`, scope: { paths: ['tests/opt2.t'] } },
    },
  }, { ...files, 'tests/other.t': '! broken\n', 'tests/opt.t': '! opt\n' })
  const run = await runHere(project)
  assert.equal(run.outcomes, {
    blocked: 'missing_dependency', 'in-scope': 'missing_dependency', repairs: 'missing_dependency', mends: 'complete', 'past-optional': 'complete', 'drops-optional': 'complete', 'adds-optional': 'complete',
  }, run.events.flatMap((event) => (event.type === 'phase-finished' && event.reason ? [`${event.phase}: ${event.reason}`] : [])).join('\n'))
  assert.is(await told(project, 'built'), 'in-scope\nrepairs\nmends\npast-optional\ndrops-optional\nadds-optional\n')

  const blocked = await receiptOf(run.phase('blocked'))
  assert.equal([blocked.stage, blocked.charged, blocked.classification?.blame], ['baseline', false, 'project'])
  assert.equal(blocked.problems.map(({ code, path }) => [code, path]), [['broken-base', 'tests/other.t']])
  assert.equal([(await receiptOf(run.phase('repairs'))).stage, (await receiptOf(run.phase('repairs'))).charged], ['delta', true])
  assert.equal(run.phase('past-optional').warnings, ['check tests skipped tests/opt.t: opt is optional'])
  assert.equal(run.phase('adds-optional').warnings, ['check tests skipped tests/opt2.t: opt2 is optional'])
  const executions = (await told(project, 'executions')).split('\n')
  // The baseline is made anew with the same arguments as the head.
  assert.equal(executions.filter((line) => line.startsWith('adds-optional tests')), ['adds-optional tests', 'adds-optional tests tests/opt2.t', 'adds-optional tests tests/opt2.t'])
  assert.is((await statusOf(project))['blocked']?.state, 'FAILED')
})

test.run()
