/** Everything that Autopack writes lies below the runs directory, and nothing of it anywhere else. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findOnPath } from '../../core/cli/find-program.ts'
import { runInside } from '../support/cli.ts'
import { replayProgram, recorded } from '../support/agents/replay.ts'
import { kinds, kindsOfAgents, kindsOfLanding, kindsOfGarbage } from '../support/file-kinds.ts'
import { differenceOf, listing } from '../support/listing.ts'
import { makeProject } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { outside, prepare, runHere, statusOf, type Preparation, type StatusPhase } from '../support/run-project.ts'
import { waitForFile } from '../support/wait.ts'

const test = suite('runs dir')

/** Where worktrees lie beside that, when the runs directory is outside the repository: the worktree, our private index, what the last owner left. */
const worktreeFiles = /^workspaces\/p\/(?:r\/|\.index\/r(?:\.state|\.json)?$)/

/** What git keeps for itself when commits are made and worktrees added; and our refs. */
const ofGit = /^\.git\/(?:objects(?:\/|$)|worktrees(?:\/|$)|refs\/heads\/(?:autopack(?:\/|$)|landing$)|refs\/autopack(?:\/|$)|logs(?:\/refs(?:\/heads)?)?$|logs\/refs\/heads\/(?:autopack(?:\/|$)|landing$)|logs\/refs\/autopack(?:\/|$))/

const suiteRun = (...cases: string[]): string => `<testsuite tests="${cases.length}">${cases.join('')}</testsuite>`
const ok = (name: string): string => `<testcase name="${name}"/>`
const failed = (name: string): string => `<testcase name="${name}"><failure message="no"/></testcase>`

/**
 * A junit check with a test file that lacks an optional package until it is left out, a test that fails on the first look at the flaky phase only,
 * and one that fails wherever `src/bad.txt` is.
 */
const check = `
case "$*" in *--ignore=tests/test_praw.py*) ;; *)
  echo '<testsuite><testcase classname="" name="tests.test_praw"><error message="collection failure">E   ModuleNotFoundError: No module named "praw"</error></testcase></testsuite>' | tr '"' "'" > "$1"
  exit 2
esac
case "$AUTOPACK_PHASE" in
  flaky) if [ -e src/flaky.txt ] && [ ! -e "$OUTSIDE/flaked" ]; then : > "$OUTSIDE/flaked"; echo '${suiteRun(ok('a'), failed('b'))}' > "$1"; exit 1; fi ;;
  *landing*) if [ -e src/whole.txt ] && [ ! -e "$OUTSIDE/flaked-in-landing" ]; then : > "$OUTSIDE/flaked-in-landing"; echo '${suiteRun(ok('a'), failed('b'))}' > "$1"; exit 1; fi ;;
  bad) if [ -e src/bad.txt ]; then echo '${suiteRun(failed('a'), ok('b'))}' > "$1"; exit 1; fi ;;
esac
echo "checked $AUTOPACK_PHASE"
echo '${suiteRun(ok('a'), ok('b'))}' > "$1"
`

const good = `echo '{"usage":{"input":1,"output":1}}' >> "$AUTOPACK_USAGE_FILE"; echo did > "$AUTOPACK_SUMMARY_FILE"; echo good > src/good.txt; echo "built"; ls node_modules/leftpad 2>&1; node -e 'require("leftpad")' 2>&1 | grep -o "Cannot find module 'leftpad'"; true`
const allPhases: Preparation['phases'] = {
  good,
  flaky: 'echo flaky > src/flaky.txt',
  bad: 'test "$AUTOPACK_ATTEMPT" != 1 || echo bad > src/bad.txt; echo > src/other.txt',
  asked: { build: 'echo asked > src/asked.txt', kind: 'research' },
  interrupted: 'if [ "$AUTOPACK_ATTEMPT" = 1 ]; then echo half > src/half.txt; : > "$OUTSIDE/started"; exec sleep 600; fi; echo whole > src/whole.txt',
}
const quickPhases: Preparation['phases'] = { good: `${good}; echo whole > src/whole.txt` }

async function makeRepository(config = '', phases = allPhases): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/a.txt': 'a\n', '.gitignore': 'node_modules\n', 'tests/test_praw.py': 'import praw\n', 'pyproject.toml': '[project.optional-dependencies]\nreddit = ["praw"]\n' } })
  await prepare(project, {
    phases,
    config: `checks: [{ name: 'tests', run: ['sh', '${outside(project)}/pytest', '{report}'], format: 'junit' }], drain: { maxAttemptsPerPhase: 1 }, notify: [{ command: ['true'] }], ${config}`,
  })
  await project.commit('prepare')
  await writeFile(outside(project, 'pytest'), check)
  await writeFile(outside(project, 'plan'), `echo '{"id":"x","phases":[{"id":"a","goal":"g"}]}' > "$AUTOPACK_DRAFT_FILE"`)
  // What somebody installed in the main checkout: ignored, and not for a worktree to find.
  await project.write({ 'node_modules/leftpad/index.js': 'module.exports = 1\n', 'node_modules/leftpad/package.json': '{"name":"leftpad"}' })
  return project
}

/** One phase that completes: what says where the runs directory is gets no whole run for each of its forms. */
async function quickRun(project: TestProject, env: Record<string, string>): Promise<void> {
  const run = await runHere(project, [], { env })
  assert.equal([run.exitCode, run.outcomes], [0, { good: 'complete' }], run.stdout + run.stderr)
}

/** A run with a phase that completes, one that is flaky, one that fails, one that waits for a review and one that is interrupted; then the run that goes on, in which all pass. */
async function wholeRun(project: TestProject, env: Record<string, string>, runsDir: string): Promise<void> {
  const running = project.startCli(['run', '--json'], { env })
  await Promise.race([waitForFile(outside(project, 'started')), running.result.then(({ stdout, stderr }) => Promise.reject(new Error(`ended too early:\n${stdout}${stderr}`)))])
  running.signal('SIGINT')
  assert.is((await running.result).exitCode, 130)
  await learnedElsewhere(project, env, runsDir)
  // What a write that was cut off has left: something to repair.
  await writeFile(join(runsDir, 'p', `.tmp-${2 ** 22 + 5}-0`), 'half')
  await runInside(project, ['requeue', 'r', 'bad', '--reason', 'x'], { env })
  const second = await runHere(project, [], { env })
  assert.equal([second.exitCode, second.outcomes], [0, { bad: 'complete', interrupted: 'complete' }], second.stdout)
  for (const args of [['doctor', '--repair', '--yes', '--json'], ['review', 'approve', 'r', 'asked'], ['run', '--dry-run'], ['show', 'r', 'bad'], ['plan', 'src/a.txt', '--id', 'x']]) await runInside(project, args, { env })
}

/** Another run has had the failure of `bad`: once this one passes, it is a rule. */
async function learnedElsewhere(project: TestProject, env: Record<string, string>, runsDir: string): Promise<void> {
  const bad = (await statusOf(project, { env }))['bad'] as StatusPhase & { fingerprint: string }
  const id = createHash('sha256').update(JSON.stringify([bad.class, bad.fingerprint, 'tests'])).digest('hex').slice(0, 12)
  const candidate = { id, class: bad.class, fingerprint: bad.fingerprint, title: 't', evidence: [], check: 'tests', touched: [], scope: [], runs: [{ run: 'other', phase: 'bad', at: '2026-01-01T00:00:00.000Z' }] }
  await mkdir(join(runsDir, 'p/docs'), { recursive: true })
  await writeFile(join(runsDir, 'p/docs/LEARNED_RULES.json'), JSON.stringify({ version: 1, project: 'p', rules: [], candidates: [candidate] }))
}

/** Takes the run into a branch that has moved on, shares what was learned, and collects what is left, with something in the worktree that is nowhere else. */
async function landAndCollect(project: TestProject, env: Record<string, string>, runsDir: string): Promise<void> {
  await project.git('branch', 'landing', await project.git('commit-tree', '-p', 'HEAD', '-m', 'meanwhile', 'HEAD^{tree}'))
  const landed = await runInside(project, ['land', 'r', '--into', 'landing'], { env })
  assert.is(landed.exitCode, 0, landed.stdout + landed.stderr)
  const knowledge = join(project.base, 'outside/knowledge.json')
  for (const action of ['export', 'import']) assert.is((await runInside(project, ['knowledge', action, knowledge], { env })).exitCode, 0)
  await checkKinds(runsDir, true, { ...kinds, ...kindsOfLanding })
  await writeFile(join(runsDir, 'workspaces/p/r/src/precious.txt'), 'precious')
  assert.is((await runInside(project, ['gc', '--force', '--older-than', '0s'], { env })).exitCode, 0)
  await checkKinds(runsDir, false, kindsOfGarbage, { ...kinds, ...kindsOfLanding })
}

/** Fails on every kind that is missing and every file of no kind; what is `allowed` may be there. */
async function checkKinds(runsDir: string, worktreesThere: boolean, wanted: Readonly<Record<string, RegExp>>, allowed: Readonly<Record<string, RegExp>> = {}): Promise<void> {
  await checkPlaces(runsDir, wanted, { ...allowed, ...(worktreesThere && { worktree: worktreeFiles }) })
  assert.is(existsSync(join(runsDir, 'workspaces/p/r/src/whole.txt')), worktreesThere, 'worktrees')
}

async function checkPlaces(runsDir: string, wanted: Readonly<Record<string, RegExp>>, allowed: Readonly<Record<string, RegExp>>): Promise<void> {
  const files = [...(await listing(runsDir, (path) => path === 'workspaces/p/r')).keys()].filter((path) => !path.endsWith('/'))
  for (const [kind, pattern] of Object.entries(wanted)) assert.ok(files.some((file) => pattern.test(file)), `no ${kind} in ${runsDir}:\n${files.join('\n')}`)
  const patterns = Object.values({ ...wanted, ...allowed })
  assert.equal(files.filter((file) => !patterns.some((pattern) => pattern.test(file))), [], 'files of no known kind')
}

/** The whole temporary folder: project, home, temporary files. Without the runs directory itself, what the test's builders tell, and Node's own cache of compiled code. */
const surroundings = (project: TestProject, runsDir: string): Promise<Map<string, string>> =>
  listing(project.base, (path) => {
    const file = join(project.base, path)
    return file === runsDir || path === 'outside' || path === 'tmp/node-compile-cache' || (path.startsWith('project/') && ofGit.test(path.slice('project/'.length)))
  })

const places: { title: string; env?: (project: TestProject) => Record<string, string>; config?: string; runsDir: (project: TestProject) => string; whole?: boolean }[] = [
  { title: 'AUTONOMOUS_RUNS_DIR, absolute', env: (project) => ({ AUTONOMOUS_RUNS_DIR: join(project.base, 'elsewhere/deep') }), runsDir: (project) => join(project.base, 'elsewhere/deep') },
  { title: 'AUTONOMOUS_RUNS_DIR, relative to the config, over the config\'s runsDir', env: () => ({ AUTONOMOUS_RUNS_DIR: '../beside' }), config: "runsDir: '../ignored',", runsDir: (project) => join(project.base, 'beside'), whole: true },
  { title: 'the config\'s runsDir', config: "runsDir: '../configured',", runsDir: (project) => join(project.base, 'configured') },
]

for (const { title, env: envOf, config, runsDir, whole = false } of places) {
  test(`${title}: everything is there and nothing anywhere else`, async () => {
    await using project = await makeRepository(config, whole ? allPhases : quickPhases)
    const place = runsDir(project)
    const env = envOf?.(project) ?? {}
    await mkdir(join(place, '..'), { recursive: true })
    const before = await surroundings(project, place)
    await (whole ? wholeRun(project, env, place) : quickRun(project, env))
    assert.equal(differenceOf(before, await surroundings(project, place)), [])
    await checkKinds(place, true, whole ? kinds : {}, kinds)
    assert.is(await project.git('status', '--porcelain'), '')
    const log = await runInside(project, ['logs', 'r', 'good'], { env })
    assert.match(log.stdout, /^built\n.*Cannot find module 'leftpad'\n$/s, 'a worktree beside the checkout finds nothing of it')
    if (whole) {
      await landAndCollect(project, env, place)
      assert.equal(differenceOf(before, await surroundings(project, place)), [])
    }
  })
}

/** Prints a plan with a check of a report, for `--try`. */
const tried = JSON.stringify({ id: 'x', phases: [{ id: 'a', goal: 'g', checks: [{ name: 'c', run: { shell: `echo '${suiteRun(ok('a'))}' > {report}` }, format: 'junit' }] }] })
const aider = `#!/bin/sh
if [ "$1" = --version ]; then echo 'aider 0.86.1'; exit; fi
while [ $# -gt 0 ]; do case "$1" in --chat-history-file|--input-history-file) echo said > "$2" ;; esac; shift; done
echo paired > src/paired.txt; echo 'Tokens: 2.4k sent, 133 received.'
`

test('agents, a setup and a draft that is tried leave nothing anywhere else either', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const programs = outside(project)
  await mkdir(programs, { recursive: true })
  const [claude, codex] = [replayProgram(programs, 'claude', recorded('claude', 'edit')), replayProgram(programs, 'codex', recorded('codex', 'edit'))]
  await prepare(project, {
    imports: "import { aider, claude, codex } from 'autopack/builders'\n",
    config: `builders: { claude: claude({ executable: '${claude}', resume: true }), aider: aider({ executable: '${programs}/aider' }), codex: codex({ executable: '${codex}' }) }, workspace: { setup: [['echo', 'set up']], key: ['src/a.txt'] }, drain: { maxAttemptsPerPhase: 2 }, runsDir: '../elsewhere',`,
    phases: { talks: { build: '', builder: 'claude' }, pairs: { build: '', builder: 'aider' } },
  })
  await project.commit('prepare')
  await writeFile(outside(project, 'aider'), aider, { mode: 0o755 })
  await writeFile(outside(project, 'plan'), `cat > "$AUTOPACK_DRAFT_FILE" <<'END'\n${tried}\nEND\n`)
  const place = join(project.base, 'elsewhere')
  // What stands for agents tells there what it got.
  const around = async () => new Map([...(await surroundings(project, place))].filter(([name]) => !name.startsWith('outside/')))
  let before = await around()
  const { exitCode, outcomes, stdout } = await runHere(project)
  assert.equal([exitCode, outcomes], [1, { talks: 'builder_no_change', pairs: 'complete' }], stdout)
  assert.equal(differenceOf(before, await around()), [])
  // So that it has a setup of its own.
  await project.commit('another', { 'src/a.txt': 'b\n' })
  before = await around()
  for (const args of [['--builder', 'codex'], ['--try']]) await runInside(project, ['plan', 'src/a.txt', '--id', 'x', ...args])
  assert.equal(differenceOf(before, await around()), [])
  await checkPlaces(place, kindsOfAgents, { ...kinds, worktree: worktreeFiles })
})

/** A test of node and one of pytest in the main checkout, which tell how many tests there are. */
const ownTests = { 'test/own.test.js': "require('node:test')('own', () => {})\n", 'test_own.py': 'def test_own():\n    pass\n' }

for (const custom of [undefined, 'build/runs'] as const) {
  test(`${custom ?? 'the default'} inside the repository: worktrees are outside of it, and its tools find nothing of ours`, async () => {
    const whole = custom !== undefined
    await using project = await makeRepository(whole ? `runsDir: '${custom}',` : '', whole ? allPhases : quickPhases)
    await project.commit('own tests', ownTests)
    const runsDir = project.path(custom ?? '.autonomous_runs')
    const cache = join(project.home, '.cache/autopack')
    const without = (path: string) => join(project.base, path) === cache
    const seen = async () => new Map([...(await surroundings(project, runsDir))].filter(([path]) => !without(path.replace(/\/$/, '')) && !join(project.base, path).startsWith(`${cache}/`)))
    await mkdir(cache, { recursive: true })
    if (whole) await mkdir(project.path('build'))
    const before = await seen()
    await (whole ? wholeRun(project, {}, runsDir) : quickRun(project, {}))
    assert.equal(differenceOf(before, await seen()), [])
    await checkKinds(runsDir, false, whole ? kinds : {}, kinds)
    const worktree = [...(await listing(cache)).keys()].find((path) => path.endsWith('/src/whole.txt'))
    assert.match(worktree ?? '', /^workspaces\/p@[0-9a-f]{10}\/r\/src\/whole\.txt$/)
    assert.match((await runInside(project, ['logs', 'r', 'good'])).stdout, /Cannot find module 'leftpad'/)

    assert.is(await project.git('status', '--porcelain', '--untracked-files=all'), '')
    assert.match((await project.run(['node', '--test', '--test-reporter=tap'])).stdout, /^# tests 1$/m)
    if (await collectsWithPytest(project)) assert.match((await project.run(['python3', '-m', 'pytest', '--collect-only', '-q', '-p', 'no:cacheprovider'])).stdout, /^1 test collected/m)
  })
}

async function collectsWithPytest(project: TestProject): Promise<boolean> {
  const there = (await findOnPath('python3', project.env)) !== undefined && (await project.run(['python3', '-c', 'import pytest'])).exitCode === 0
  if (!there) console.log('skipped here: pytest is not installed')
  return there
}

test.run()
