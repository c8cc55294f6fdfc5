import { writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import { outside, prepare, runHere, told } from '../../support/run-project.ts'

const test = suite('baseline')
/** What a package prints that was upgraded on the machine. */
const upgraded = [
  'Traceback (most recent call last):', '  File "lib/start.py", line 1, in <module>', '    from settings import load_profile',
  "ImportError: cannot import name 'load_profile' from 'settings' (/usr/lib/python3/settings.py)",
]

test('what broke the base outside of its tree, and was mended there, no longer blocks', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const check = `checks: [{ name: 'tests', run: { shell: 'test -e "$OUTSIDE/installed" || { cat "$OUTSIDE/crash"; exit 1; }' } }],`
  await prepare(project, { phases: { one: { build: 'echo one > src/one', scope: { paths: ['src/one'] } } }, config: check, plan: { base: 'main' } })
  await project.commit('prepare')
  await writeFile(outside(project, 'crash'), `${upgraded.join('\n')}\n`)
  const broken = await runHere(project)
  assert.equal(broken.outcomes, { one: 'import_crash' }, broken.stderr)
  assert.match(broken.phase('one').reason ?? '', 'before the builder')
  // The tree is the same as before, and so is everything else that a kept result could be kept by.
  await writeFile(outside(project, 'installed'), '')
  await runInside(project, ['requeue', 'r', 'one', '--reason', 'the package is back'])
  const mended = await runHere(project)
  assert.equal(mended.outcomes, { one: 'complete' }, mended.stderr)
})

test('what broke on the machine since the base passed there is not the fault of the phase, and its probes cost no builder', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const check = `checks: [{ name: 'tests', run: { shell: 'test -e "$OUTSIDE/installed" || { cat "$OUTSIDE/crash"; exit 1; }' } }],`
  const build = (id: string, more = '') => ({ build: `${more} echo ${id} >> "$OUTSIDE/called"; echo "$AUTOPACK_ATTEMPT_ID" > src/${id}`, scope: { paths: [`src/${id}`] } })
  await prepare(project, { phases: { one: build('one'), two: build('two', 'rm "$OUTSIDE/installed";'), three: build('three') }, config: check })
  await project.commit('prepare')
  await writeFile(outside(project, 'crash'), `${upgraded.join('\n')}\n`)
  await writeFile(outside(project, 'installed'), '')
  const broken = await runHere(project)
  assert.equal(broken.outcomes, { one: 'complete', two: 'import_crash', three: 'import_crash' }, broken.stderr)
  assert.is(broken.phase('two').classification?.blame, 'project')
  assert.match(broken.phase('three').reason ?? '', 'before the builder')
  assert.is(await told(project, 'called'), 'one\ntwo\n')
  await project.run(['sh', '-c', `: > ${outside(project, 'installed')}; sed -i.bak 's/^rm [^;]*;//' ${outside(project, 'two')}`])
  const mended = await runInside(project, ['drain'])
  assert.is(mended.exitCode, 0, mended.stdout + mended.stderr)
  assert.is(await told(project, 'called'), 'one\ntwo\ntwo\nthree\n')
})

test('a fault of the machine that an acceptance check shows on the base too is probed there: no phase is there to mend the machine', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const database = { name: 'database', run: { shell: 'test -e "$OUTSIDE/up" || { echo "Error: connect ECONNREFUSED 127.0.0.1:5432" >&2; exit 1; }' } }
  const build = (id: string) => ({ build: `echo ${id} >> "$OUTSIDE/called"; echo ${id} > src/${id}`, scope: { paths: [`src/${id}`] }, checks: [database] })
  await prepare(project, { phases: { one: build('one'), two: build('two'), three: build('three') }, config: 'drain: { maxAttemptsPerPhase: 1 },' })
  await project.commit('prepare')
  const down = await runHere(project)
  assert.equal([down.outcomes['one'], down.phase('one').classification?.blame], ['network', 'machine'], down.stdout)
  assert.is(await told(project, 'called'), 'one\n')
  await writeFile(outside(project, 'up'), '')
  const up = await runInside(project, ['drain'])
  assert.is(up.exitCode, 0, up.stdout + up.stderr)
  assert.equal((await told(project, 'called')).trim().split('\n').toSorted(), ['one', 'one', 'three', 'two'])
})

test('what a classifier leaves out did not pass on a base on which it cannot be loaded any more', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n', 'tests/opt.t': '1\n' } })
  const config = `classifiers: [defineClassifier({ class: 'optional_dependency', match: /load_profile/, title: 'settings are optional',
    action: { type: 'retry-checks', check: 'tests', args: ['without'], skipped: [{ file: 'tests/opt.t', reason: 'settings are optional' }] } })],
    checks: [{ name: 'tests', run: ['sh', outside + '/check', '{exclude}'] }],`
  const build = (id: string, more = '') => ({ build: `${more} echo "$AUTOPACK_ATTEMPT_ID" > src/${id}`, scope: { paths: [`src/${id}`] } })
  await prepare(project, { phases: { one: build('one'), two: build('two', 'rm "$OUTSIDE/installed";') }, config, imports: "import { defineClassifier } from 'autopack'" })
  await project.commit('prepare')
  await writeFile(outside(project, 'check'), 'test -e "$OUTSIDE/installed" || test "$1" = without || { cat "$OUTSIDE/crash"; exit 1; }\n')
  await writeFile(outside(project, 'crash'), `${upgraded.join('\n')}\n`)
  await writeFile(outside(project, 'installed'), '')
  const run = await runHere(project)
  assert.equal(run.outcomes, { one: 'complete', two: 'complete' }, run.stdout)
  assert.match(run.phase('two').warnings.join('\n'), 'check tests skipped tests/opt.t: settings are optional')
})

const hourMs = 3_600_000
/** Counts its executions beside the project, and fails as a full disk does once it is gone. */
const countedCheck = `checks: [{ name: 'tests', run: { shell: 'echo ran >> "$OUTSIDE/ran"; test -e "$OUTSIDE/space" || { echo "cp: error writing out: No space left on device" >&2; exit 1; }' } }],`

test('a kept result that is old is looked at once more before a builder is called: what the machine lost meanwhile costs no call', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const build = (id: string) => ({ build: `echo ${id} >> "$OUTSIDE/called"; echo ${id} > src/${id}`, scope: { paths: [`src/${id}`] } })
  await prepare(project, { phases: { one: build('one'), two: build('two'), three: build('three') }, config: countedCheck })
  await project.commit('prepare')
  await writeFile(outside(project, 'space'), '')
  await runHere(project, ['--batch-size', '1'])
  assert.is(await told(project, 'ran'), 'ran\nran\n', 'on the base and on the candidate')
  const soon = await runHere(project, ['--batch-size', '1'])
  assert.equal([soon.outcomes, await told(project, 'ran')], [{ two: 'complete' }, 'ran\nran\nran\n'], 'a young result stands')
  await project.run(['rm', outside(project, 'space')])
  const broken = await runHere(project, [], { laterMs: 2 * hourMs })
  assert.equal(broken.outcomes, { three: 'disk_full' }, broken.stdout)
  assert.match(broken.phase('three').reason ?? '', 'before the builder')
  assert.is(await told(project, 'called'), 'one\ntwo\n')
  await writeFile(outside(project, 'space'), '')
  const mended = await runInside(project, ['drain'], { laterMs: 4 * hourMs })
  assert.is(mended.exitCode, 0, mended.stdout + mended.stderr)
  assert.is(await told(project, 'called'), 'one\ntwo\nthree\n')
})

test('a command that ran lately is not run again for each old result; a test that fails now and then does not replace one', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const check = `checks: [{ name: 'tests', run: { shell: 'echo ran >> "$OUTSIDE/ran"; test ! -e "$OUTSIDE/fails" || { rm "$OUTSIDE/fails"; echo "assertion failed: 1 is not 2"; exit 1; }' } }],`
  await prepare(project, { phases: { one: 'echo one > src/one', two: 'echo two > src/two', three: 'echo three > src/three' }, config: check })
  await project.commit('prepare')
  await runHere(project, ['--batch-size', '1'])
  await writeFile(outside(project, 'fails'), '')
  const later = await runHere(project, [], { laterMs: 2 * hourMs })
  assert.equal(later.outcomes, { two: 'complete', three: 'complete' }, later.stdout)
  assert.is((await told(project, 'ran')).split('\n').length - 1, 5, 'base and candidate of the first; the base again, and two candidates')
})

/** A script of npm as it is called and fails. */
const npmBuild = (where: string) => ({ name: 'build', run: { shell: `echo ran >> "$OUTSIDE/ran"; test -e ${where} || { echo 'npm error Missing script: "build"' >&2; exit 1; }` } })

test('what fails on a base on which it never ran, and now on one on which it passed, is not asked of a builder', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const build = (id: string, more = {}) => ({ build: `echo ${id} >> "$OUTSIDE/called"; echo ${id} > src/${id}`, scope: { paths: [`src/${id}`] }, ...more })
  const checks = [npmBuild('"$OUTSIDE/script"')]
  await prepare(project, { phases: { one: build('one', { checks }), two: build('two'), three: build('three', { checks }), four: build('four', { checks, repairs: ['build'] }) }, config: 'drain: { maxAttemptsPerPhase: 1 },' })
  await project.commit('prepare')
  await writeFile(outside(project, 'script'), '')
  await runHere(project, ['--batch-size', '1'])
  await project.run(['rm', outside(project, 'script')])
  const broken = await runHere(project)
  assert.equal(broken.outcomes, { two: 'complete', three: 'config_error', four: 'config_error' }, broken.stdout)
  assert.is(await told(project, 'called'), 'one\ntwo\nfour\n', 'but of one that says that it repairs the check')
})

test('a check of the project that fails on a base on which it never ran is excused there, whatever broke it', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const config = `checks: [${JSON.stringify(npmBuild('"$OUTSIDE/script"'))}],`
  await prepare(project, { phases: { one: 'echo one > src/one', two: 'echo two > src/two' }, config })
  await project.commit('prepare')
  await writeFile(outside(project, 'script'), '')
  assert.equal((await runHere(project, ['r', '--batch-size', '1'])).outcomes, { one: 'complete' })
  await project.commit('another base', { 'src/b.txt': 'b\n', 'runs/s.json': JSON.stringify({ id: 's', phases: [{ id: 'two', goal: 'Do two' }] }) })
  await project.run(['rm', outside(project, 'script')])
  assert.equal((await runHere(project, ['s'])).outcomes, { two: 'complete' })
})

test('what a commit broke after the check had passed is probed on the base once a builder has left it so', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n', 'src/script': '' } })
  const build = (id: string, more = '') => ({ build: `${more} echo ${id} >> "$OUTSIDE/called"; echo ${id} > src/${id}`, scope: { paths: ['src/'] } })
  const checks = [npmBuild('src/script')]
  const phases = { one: { ...build('one'), checks }, two: build('two', 'rm src/script;'), three: { ...build('three'), checks }, four: { ...build('four'), checks } }
  await prepare(project, { phases, config: 'drain: { maxAttemptsPerPhase: 1 },' })
  await project.commit('prepare')
  const broken = await runHere(project)
  assert.equal(broken.outcomes, { one: 'complete', two: 'complete', three: 'config_error', four: 'config_error' }, broken.stdout)
  assert.is(await told(project, 'called'), 'one\ntwo\nthree\n')
})

test('a check that never passed is what a phase may be there to make pass: each has its call', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const checks = [npmBuild('src/script')]
  const build = (id: string, more = '') => ({ build: `${more} echo ${id} >> "$OUTSIDE/called"; echo ${id} > src/${id}`, scope: { paths: ['src/'] }, checks })
  await prepare(project, { phases: { one: build('one'), two: build('two', 'touch src/script;') }, config: 'drain: { maxAttemptsPerPhase: 1 },' })
  await project.commit('prepare')
  const run = await runHere(project)
  assert.equal(run.outcomes, { one: 'config_error', two: 'complete' }, run.stdout)
})

test.run()
