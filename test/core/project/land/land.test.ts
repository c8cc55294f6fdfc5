import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clockToleranceMs } from '../../../../core/store/lease.ts'
import { landOutputSchema, type LandOutput } from '../../../../core/model/landing.ts'
import type { VerifyOutput } from '../../../../core/model/outputs.ts'
import { fenceOf, moveRefs } from '../../../../core/workspace/index.ts'
import { runInside } from '../../../support/cli.ts'
import { openInProcess } from '../../../support/in-process.ts'
import { makeProject, type TestProject } from '../../../support/project.ts'
import { outside, prepare, repositoryState, runHere, statusOf, type Preparation, type RunResult } from '../../../support/run-project.ts'

const test = suite('land')

const edits: Preparation['phases'] = {
  add: 'echo new > src/new.txt',
  edit: { build: 'printf "one\\nTWO\\nthree\\n" > src/a.txt', checks: [{ name: 'accepted', run: ['grep', '-q', 'TWO', 'src/a.txt'] }] },
}

/** A run of two complete phases, one commit each, in a project whose check fails where there is a `src/broken.txt`, and counts how often it ran. */
async function complete(preparation: Partial<Preparation> = {}): Promise<{ project: TestProject; run: RunResult } & AsyncDisposable> {
  const project = await makeProject({ files: { 'src/a.txt': 'one\ntwo\nthree\n', 'src/z.txt': 'z\n' } })
  await prepare(project, {
    phases: edits, config: `checks: [{ name: 'whole', run: { shell: 'echo x >> "$OUTSIDE/checked"; test ! -e src/broken.txt || { echo "src/new.txt(1,1): error TS2304: Cannot find name"; exit 1; }' } }],`, ...preparation,
  })
  await project.commit('prepare')
  const run = await runHere(project)
  return { project, run, [Symbol.asyncDispose]: () => project[Symbol.asyncDispose]() }
}

async function land(project: TestProject, args: readonly string[] = [], env: Record<string, string> = {}): Promise<LandOutput & { exitCode: number; stderr: string }> {
  const { exitCode, stdout, stderr } = await runInside(project, ['land', 'r', '--json', ...args], { env })
  return { ...(stdout === '' ? ({} as LandOutput) : landOutputSchema.parse(JSON.parse(stdout))), exitCode, stderr }
}

const codeOf = (stderr: string): string => (JSON.parse(stderr) as { error: { code: string } }).error.code
const checks = async (project: TestProject): Promise<number> => (await readFile(outside(project, 'checked'), 'utf8').catch(() => '')).length / 2

async function verified(project: TestProject, run: RunResult): Promise<VerifyOutput[]> {
  const found: VerifyOutput[] = []
  for (const event of run.events) if (event.type === 'phase-finished') found.push(JSON.parse((await runInside(project, ['verify', event.attemptDir, '--json'])).stdout) as VerifyOutput)
  return found
}

test('a target that has not moved is fast-forwarded without a check, and its checkout only when asked', async () => {
  await using made = await complete()
  const { project, run } = made
  const [before, checked, tip] = [await repositoryState(project), await checks(project), await project.git('rev-parse', 'autopack/p/r')]
  assert.ok(run.report?.next.some(({ command }) => command === 'autopack land r --update-checkout'))
  const planned = await land(project, ['--dry-run'])
  assert.equal([planned.exitCode, planned.outcome, planned.strategy, planned.to, planned.checkout?.updated], [0, 'planned', 'fast-forward', tip, false])
  const refused = await land(project)
  assert.equal([refused.exitCode, codeOf(refused.stderr)], [2, 'land-checked-out'])
  assert.match(refused.stderr, 'autopack land r --update-checkout')
  const declined = await runInside(project, ['land', 'r'], { answers: ['n'] })
  assert.equal([declined.exitCode, declined.asked.length], [2, 1])
  assert.is(await repositoryState(project), before, 'nothing was changed')

  await project.write({ 'src/z.txt': 'mine\n' })
  assert.is(codeOf((await land(project, ['--update-checkout'])).stderr), 'land-checkout-dirty')
  await project.git('checkout', '--quiet', 'src/z.txt')
  // Not tracked and in the way: git refuses, and nothing has moved.
  await project.write({ 'src/new.txt': 'mine\n' })
  assert.is(codeOf((await land(project, ['--update-checkout'])).stderr), 'land-checkout-refused')
  await rm(project.path('src/new.txt'))
  assert.is(await repositoryState(project), before)

  const landed = await land(project, ['--update-checkout'])
  assert.equal([landed.exitCode, landed.outcome, landed.to, landed.checkout], [0, 'landed', tip, { folder: project.dir, updated: true }])
  assert.equal([await project.git('rev-parse', 'main'), await project.git('status', '--porcelain'), await project.read('src/new.txt')], [tip, '', 'new\n'])
  assert.is(await checks(project), checked, 'the last phase was judged on that tree')
  assert.is((await land(project)).outcome, 'up-to-date')
  assert.equal((await verified(project, run)).map(({ ok, problems }) => [ok, problems]), [[true, []], [true, []]])
})

test('on a target that has moved each commit is written anew, checked, and can be verified still', async () => {
  await using made = await complete()
  const { project, run } = made
  const onto = await project.commit('meanwhile', { 'src/z.txt': 'zz\n' })
  await project.git('switch', '--quiet', '-c', 'elsewhere')
  const [tip, checked] = [await project.git('rev-parse', 'autopack/p/r'), await checks(project)]
  // A person has one of its commits on a branch of theirs.
  await project.git('cherry-pick', 'autopack/p/r~1')
  const picked = (await verified(project, run))[0]!
  assert.equal([picked.ok, picked.problems, picked.unknown.map((line) => line.replace(/[0-9a-f]{12}/, 'X'))], [true, [], ['commit X names this attempt too, with another tree, which was not judged']])
  const landed = await land(project, ['--into', 'main'])
  assert.equal([landed.exitCode, landed.outcome, landed.strategy, landed.from, landed.checkout], [0, 'landed', 'rebase', onto, null])
  assert.equal(landed.checks.map(({ name, phase, verdict }) => [name, phase, verdict]), [['whole', null, 'passed'], ['accepted', 'edit', 'passed']])
  assert.equal(await checks(project), checked + 2, 'on the target as it was and as it is to be')
  assert.equal([await project.git('rev-parse', 'main'), await project.git('rev-parse', 'autopack/p/r'), await project.git('rev-parse', `refs/autopack/kept/p/r/${tip}`)], [landed.to, landed.to, tip])
  assert.equal((await project.git('log', '--reverse', '--format=%s %(trailers:key=Autopack-Phase,valueonly,separator=)', `${onto}..main`)).split('\n'), ['add: Do add add', 'edit: Do edit edit'])
  for (const { ok, problems, confirmed } of await verified(project, run)) {
    assert.equal([ok, problems], [true, []])
    assert.ok(confirmed.some((line) => line.includes('written anew on another base since')), confirmed.join('\n'))
  }
  const record = JSON.parse(await readFile(join(landed.dir!, 'landing.json'), 'utf8')) as LandOutput
  assert.equal([record.outcome, record.to], ['landed', landed.to])
  assert.match(await readFile(join(landed.dir!, '../../run_summary.md'), 'utf8'), `- landed: in main (${landed.to!.slice(0, 12)}), 2`)
})

test('what no phase of the run made is checked before it lands, also where the target has not moved', async () => {
  await using made = await complete()
  const { project } = made
  await project.git('switch', '--quiet', '--detach')
  const main = await project.git('rev-parse', 'main')
  // Broken on the branch that it is landed in first: not the run's fault there.
  const broken = await project.commit('theirs', { 'src/broken.txt': '' })
  await project.git('branch', 'elsewhere', broken)
  assert.is((await land(project, ['--into', 'elsewhere'])).outcome, 'landed')
  const planned = await land(project, ['--into', 'main', '--dry-run'])
  assert.equal([planned.strategy, planned.checks.map(({ name }) => name)], ['fast-forward', ['whole', 'accepted']])
  const { stdout } = await runInside(project, ['land', 'r', '--into', 'main'])
  assert.match(stdout, '3 commits on top of main')
  assert.match(stdout, '1 of them was made by no phase of the run')
  const failed = await land(project, ['--into', 'main'])
  assert.equal([failed.exitCode, failed.outcome, failed.checks[0]?.verdict, await project.git('rev-parse', 'main')], [1, 'checks-failed', 'blocked', main])
})

test('where there are no checks at all, that is why none runs', async () => {
  await using made = await complete({ phases: { add: edits['add']! }, config: '' })
  const { project } = made
  const none = 'checks    none: neither the project nor a phase of the run has any'
  assert.match((await runInside(project, ['land', 'r', '--dry-run'])).stdout, none)
  await project.commit('meanwhile', { 'src/z.txt': 'zz\n' })
  for (const flag of ['--dry-run', '--update-checkout']) {
    const { stdout } = await runInside(project, ['land', 'r', flag])
    assert.match(stdout, none)
    assert.not.match(stdout, 'has not moved')
  }
})

test('checks that the target breaks keep everything as it is', async () => {
  await using made = await complete({ phases: { ...edits, edit: { build: 'echo bad > src/bad.txt', checks: [{ name: 'accepted', run: { shell: 'test ! -e src/rule.txt || test ! -e src/bad.txt' } }] } } })
  const { project } = made
  await project.commit('a rule', { 'src/rule.txt': 'no bad\n' })
  await project.git('switch', '--quiet', '--detach')
  const refs = await project.git('for-each-ref')
  const failed = await land(project, ['--into', 'main'])
  assert.equal([failed.exitCode, failed.outcome, failed.checks.map(({ name, verdict }) => [name, verdict])], [1, 'checks-failed', [['whole', 'passed'], ['accepted', 'blocked']]])
  assert.ok(failed.failure?.fingerprint)
  assert.is(await project.git('for-each-ref'), refs)
})

test('a conflict names both sides, moves nothing, and can be a phase of the run', async () => {
  await using made = await complete()
  const { project, run } = made
  const theirs = await project.commit('say it in figures', { 'src/a.txt': 'one\n2\nthree\n' })
  const refs = await project.git('for-each-ref')
  const conflict = await land(project, ['--update-checkout'])
  assert.equal([conflict.exitCode, conflict.outcome, conflict.failure?.class], [1, 'conflict', 'patch_failed'])
  const ours = await project.git('rev-parse', 'autopack/p/r')
  assert.equal(conflict.conflicts.map((one) => [one.path, one.kind, one.ours.map(({ commit, phase }) => [commit, phase]), one.theirs.map(({ commit, subject }) => [commit, subject])]), [['src/a.txt', 'contents', [[ours, 'edit']], [[theirs, 'say it in figures']]]])
  assert.is(await project.git('for-each-ref'), refs)

  assert.is(conflict.next[0]?.command, 'autopack land r --update-checkout --resolve')
  const resolving = await land(project, ['--update-checkout', '--resolve'])
  assert.equal([resolving.exitCode, resolving.resolvePhase], [1, 'merge-main'])
  assert.equal((await land(project, ['--update-checkout'])).exitCode, 2, 'the run is not complete now')
  // Another commit on the target in between: the phase starts from what the target is then.
  await project.commit('and more', { 'src/z.txt': 'zz\n' })
  await writeFile(outside(project, 'merge-main'), 'cp src/a.txt "$OUTSIDE/seen"; test "$AUTOPACK_ATTEMPT" != 1 || { echo more >> src/a.txt; exit 0; }; printf "one\\n2, or TWO\\nthree\\n" > src/a.txt')
  const resolved = await runHere(project)
  assert.equal(resolved.outcomes, { 'merge-main': 'complete' })
  assert.match(await readFile(outside(project, 'seen'), 'utf8'), /^one\n<<<<<<< .*\nTWO\n=======\n2\n>>>>>>> .*\nthree\n/)
  assert.equal(resolved.events.flatMap((event) => (event.type === 'phase-finished' ? [[event.outcome, event.classification?.class]] : [])), [['failed', 'patch_failed'], ['complete', undefined]], 'markers that are left are no success')
  const landed = await land(project, ['--update-checkout'])
  assert.equal([landed.outcome, landed.strategy, landed.checks.map(({ verdict }) => verdict)], ['landed', 'fast-forward', ['passed', 'passed']])
  assert.equal([await project.read('src/a.txt'), await project.read('src/z.txt')], ['one\n2, or TWO\nthree\n', 'zz\n'])
  for (const { ok, problems } of [...(await verified(project, run)), ...(await verified(project, resolved))]) assert.equal([ok, problems], [true, []])
  assert.is((await statusOf(project))['merge-main']?.state, 'COMPLETE')
})

test('a run that is not complete is refused, and --partial takes what is there; then it goes on', async () => {
  await using made = await complete({ phases: { add: 'echo new > src/new.txt', broken: 'test -e "$OUTSIDE/mended" && echo late > src/late.txt' }, plan: {} })
  const { project } = made
  await project.git('switch', '--quiet', '--detach')
  await project.git('branch', '--force', 'main', await project.git('commit-tree', '-p', 'HEAD', '-m', 'meanwhile', await project.git('rev-parse', 'HEAD^{tree}')))
  const refused = await land(project, ['--into', 'main'])
  assert.equal([refused.exitCode, codeOf(refused.stderr)], [2, 'land-incomplete'])
  const landed = await land(project, ['--into', 'main', '--partial'])
  assert.equal([landed.outcome, landed.partial, landed.commits.map(({ phase }) => phase)], ['landed', ['broken'], ['add']])
  await writeFile(outside(project, 'mended'), '')
  await runInside(project, ['requeue', 'r', 'broken', '--reason', 'mended'])
  assert.equal((await runHere(project)).outcomes, { broken: 'complete' })
  const rest = await land(project, ['--into', 'main'])
  assert.equal([rest.outcome, rest.strategy, rest.commits.map(({ phase }) => phase)], ['landed', 'fast-forward', ['broken']])
})

test('one landing at a time for a target, none beside an attempt, and what a crash left is ended first', async () => {
  await using made = await complete()
  const { project } = made
  const tip = await project.git('rev-parse', 'autopack/p/r')
  await project.git('switch', '--quiet', '--detach')
  const opened = await openInProcess(project)
  const { store, repository, runtime } = opened
  const target = `${repository.commonDir} refs/heads/main`
  // Of another host, and alive for all that anybody knows.
  const begun = await store.beginLanding({ run: 'r', target, owner: { host: 'elsewhere', pid: 1, startTime: '1' }, leaseSeconds: 60 })
  assert.is(begun.type, 'begun')
  const busy = await land(project, ['--into', 'main'])
  assert.equal([busy.exitCode, codeOf(busy.stderr)], [3, 'land-busy'])
  if (begun.type !== 'begun') return
  await store.finishLanding(begun.landing, { outcome: 'abandoned', json: null })

  // A process that is gone, after it moved the target and before anything else.
  const dead = { host: runtime.host, pid: 2 ** 22 + 7, startTime: '1' }
  const second = await store.beginLanding({ run: 'r', target, owner: dead, leaseSeconds: 60 })
  if (second.type !== 'begun') throw new Error(second.type)
  const from = await project.git('rev-parse', 'main')
  await store.planLanding(second.landing, { target: { branch: 'main', from }, branch: { name: 'autopack/p/r', from: tip }, to: tip, commits: [[tip, tip]] })
  await project.git('update-ref', 'refs/heads/main', tip)
  const after = await land(project, ['--into', 'main'])
  assert.equal([after.exitCode, after.outcome], [0, 'up-to-date'])
  assert.equal((await store.landings({ run: 'r' })).map(({ outcome }) => outcome), ['abandoned', 'landed'])
  await assertFenced(store.assertLanding(second.landing))

  // One that only sleeps, on another host: the store is closed to it, and so are the branches, by git.
  await project.git('update-ref', 'refs/heads/main', from)
  const asleep = await store.beginLanding({ run: 'r', target, owner: { host: 'elsewhere', pid: 1, startTime: '1' }, leaseSeconds: -clockToleranceMs / 1_000 })
  if (asleep.type !== 'begun') throw new Error(asleep.type)
  await store.planLanding(asleep.landing, { target: { branch: 'main', from }, branch: { name: 'autopack/p/r', from: tip }, to: tip, commits: [[tip, tip]] })
  assert.is((await land(project, ['--into', 'main'])).outcome, 'landed')
  await project.git('update-ref', 'refs/heads/main', from)
  const late = moveRefs(repository, [{ ref: 'refs/heads/main', to: tip, from }], { reason: 'late', fence: fenceOf(asleep.landing.id) })
  assert.is(await late.then(() => 'moved', (error: Error) => error.name), 'BranchMovedError')
  assert.is(await project.git('rev-parse', 'main'), from)
  await opened.close()
})

async function assertFenced(work: Promise<unknown>): Promise<void> {
  assert.is(await work.then(() => 'done', (error: Error) => error.name), 'FencedError')
}

test('who moved the target while the checks ran is not overrun', async () => {
  await using made = await complete({ config: `checks: [{ name: 'whole', run: { shell: 'test ! -e "$OUTSIDE/race" || { rm "$OUTSIDE/race"; git -C "$MAIN" update-ref refs/heads/main "$(cat "$OUTSIDE/next")"; }' } }],` })
  const { project } = made
  await project.commit('meanwhile', { 'src/z.txt': 'zz\n' })
  await project.git('switch', '--quiet', '--detach')
  const next = await project.commit('in the last moment', { 'src/y.txt': 'y\n' })
  await writeFile(outside(project, 'next'), next)
  await writeFile(outside(project, 'race'), '')
  const landed = await land(project, ['--into', 'main'])
  assert.equal([landed.outcome, landed.from], ['landed', next])
  assert.is(await project.git('rev-parse', 'main'), landed.to)
})

test('--pr pushes without force and opens the request with gh, or tells where', async () => {
  await using made = await complete()
  const { project } = made
  const remote = join(project.base, 'remote.git')
  await project.git('clone', '--quiet', '--bare', project.dir, remote)
  await project.git('--git-dir', remote, 'update-ref', '-d', 'refs/heads/autopack/p/r')
  assert.is(codeOf((await land(project, ['--pr'])).stderr), 'land-remote-missing')
  await project.git('remote', 'add', 'origin', remote)
  await project.git('config', 'remote.origin.pushurl', 'https://github.example/owner/name.git')
  await project.git('config', `url.${remote}.insteadOf`, 'https://github.example/owner/name.git')
  const [main, tip] = [await project.git('rev-parse', 'main'), await project.git('rev-parse', 'autopack/p/r')]
  
  const pushed = await land(project, ['--pr'])
  assert.equal([pushed.exitCode, pushed.outcome, pushed.request?.remote, pushed.request?.opened], [0, 'pushed', 'origin', false])
  assert.equal([await project.git('--git-dir', remote, 'rev-parse', 'autopack/p/r'), await project.git('rev-parse', 'main')], [tip, main])
  // The remote's main moves on: what was pushed stays as it is.
  await project.git('clone', '--quiet', remote, join(project.base, 'other'))
  await project.run(['git', '-C', join(project.base, 'other'), '-c', 'user.name=o', '-c', 'user.email=o@example.invalid', 'commit', '--quiet', '--allow-empty', '-m', 'theirs'])
  await project.run(['git', '-C', join(project.base, 'other'), 'push', '--quiet'])
  const bin = join(project.base, 'bin')
  await project.run(['mkdir', bin])
  await writeFile(join(bin, 'gh'), `#!/bin/sh\nprintf '%s\\n' "$@" > "${outside(project, 'gh')}"\necho https://github.example/owner/name/pull/7\n`)
  await chmod(join(bin, 'gh'), 0o755)
  const again = await land(project, ['--pr'], { PATH: `${bin}:${project.env['PATH']}` })
  assert.equal([again.outcome, again.strategy, again.to, again.request], ['pushed', 'fast-forward', tip, { remote: 'origin', url: 'https://github.example/owner/name/pull/7', opened: true }])
  assert.match(await readFile(join(again.dir!, 'request.log'), 'utf8'), /pull\/7/)
  assert.is(again.dir, project.path('.autonomous_runs/p/runs/r/r/landings/attempt-2'))
  assert.match(await readFile(outside(project, 'gh'), 'utf8'), /^pr\ncreate\n--head\nautopack\/p\/r\n--base\nmain\n/)
})


test.run()
