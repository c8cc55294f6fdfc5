/** Phases of one run that are executed at once, each in a worktree of its own, and brought together on the run's branch. */
import { chmod, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../support/cli.ts'
import { findOnPath } from '../../core/cli/find-program.ts'
import { makeProject, writeFiles } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { outside, prepare, receiptOf, runHere, statusOf, told } from '../support/run-project.ts'
import type { RunResult } from '../support/run-project.ts'
import { waitForFile } from '../support/wait.ts'

const test = suite('phases beside each other')

// `together 3`: goes on once so many builders have begun. `after 2`: goes on once so many phases were committed.
const helpers = `
together() { : > "$OUTSIDE/begun-$AUTOPACK_PHASE"; while [ "$(ls "$OUTSIDE" | grep -c "^begun-")" -lt "$1" ]; do sleep 0.05; done; }
after() { while [ "$(cat "$MAIN/.git/logs/refs/heads/autopack/p/r" 2>/dev/null | wc -l)" -lt "$1" ]; do sleep 0.05; done; }
`
const phase = (paths: string[], build: string, more: object = {}) => ({ build: helpers + build, scope: { paths }, ...more })

/** The minute passes on paper. */
function expireLeases(project: TestProject): void {
  const database = new DatabaseSync(project.path('.autonomous_runs/autopack.db'))
  database.exec('update leases set expires_at = 1')
  database.close()
}

interface Commit { hash: string; parent: string; tree: string; phase: string; receipt: string }

async function commitsOf(project: TestProject): Promise<Commit[]> {
  const field = (name: string) => `%(trailers:key=Autopack-${name},valueonly,separator=%x2C)`
  const text = await project.git('log', '--reverse', `--format=%H %P %T ${field('Phase')} ${field('Receipt')}`, 'main..autopack/p/r')
  return text.split('\n').map((line) => {
    const [hash = '', parent = '', tree = '', name = '', receipt = ''] = line.split(' ')
    return { hash, parent, tree, phase: name, receipt }
  })
}

/** Each receipt names what was really committed on what, and `verify` confirms it. */
async function verifyEach(project: TestProject, run: RunResult): Promise<void> {
  for (const { phase: id, parent, tree } of await commitsOf(project)) {
    const finished = run.phase(id)
    const receipt = await receiptOf(finished)
    assert.equal([receipt.base?.commit, receipt.candidate?.tree], [parent, tree], id)
    const { exitCode, stdout } = await runInside(project, ['verify', finished.attemptDir])
    assert.is(exitCode, 0, stdout)
  }
}

test('three phases are built at once, and each is committed on what was committed before it', async () => {
  await using project = await makeProject({ files: { 'shared.txt': 'first\n' } })
  await prepare(project, {
    phases: {
      one: phase(['one.txt'], 'together 3; echo 1 > one.txt; ls > "$OUTSIDE/seen-one"'),
      two: phase(['two.txt'], 'together 3; after 1; echo 2 > two.txt; ls > "$OUTSIDE/seen-two"'),
      three: phase(['shared.txt'], 'together 3; after 2; echo 3 >> shared.txt; ls > "$OUTSIDE/seen-three"'),
      last: phase(['last.txt'], 'cat one.txt two.txt shared.txt > last.txt', { needs: ['one', 'two', 'three'] }),
    },
    config: `checks: [{ name: 'count', run: ['sh', '-c', 'ls *.txt >> "$OUTSIDE/checked"; echo . >> "$OUTSIDE/checked"'] }], drain: { phaseParallelism: 3 },`,
  })
  await project.commit('prepare')
  const main = await project.git('rev-parse', 'HEAD')
  const run = await runHere(project)
  assert.equal([run.exitCode, run.outcomes], [0, { one: 'complete', two: 'complete', three: 'complete', last: 'complete' }], run.stdout.slice(-3_000) + run.stderr)
  assert.equal((await commitsOf(project)).map((commit) => commit.phase), ['one', 'two', 'three', 'last'])
  assert.is(await project.git('show', 'autopack/p/r:last.txt'), '1\n2\nfirst\n3')
  for (const name of ['one', 'two', 'three']) assert.not.match(await told(project, `seen-${name}`), new RegExp(['one', 'two'].filter((other) => other !== name).map((other) => `${other}.txt`).join('|')), 'each has its own worktree')
  await verifyEach(project, run)
  assert.equal(run.events.flatMap((event) => (event.type === 'stage-started' && event.stage === 'commit' && event.detail !== undefined ? [[event.phase, event.detail]] : [])), [['two', 'merged with one, checked again'], ['three', 'merged with one, two, checked again']])
  const [receipt, first] = [await receiptOf(run.phase('three')), await receiptOf(run.phase('one'))]
  assert.equal([receipt.alone?.base.commit, first.alone], [main, undefined])
  assert.is(receipt.candidate?.files, 1)
  assert.equal(await project.git('diff-tree', '--name-only', '-r', receipt.alone!.base.tree, receipt.alone!.tree), 'shared.txt')
  assert.match(await readFile(join(run.phase('three').attemptDir, 'changes.patch'), 'utf8'), /\+3/)
  // The base for all of them once; one; two and three alone and merged; last. What the tip was judged by is the baseline of each merge.
  const trees = (await told(project, 'checked')).split('.\n').filter(Boolean).map((list) => list.trim().split('\n').length)
  assert.equal(trees.toSorted((left, right) => left - right), [1, 1, 2, 2, 3, 3, 4], 'each tree once')
  assert.is((await project.git('worktree', 'list')).split('\n').length, 4)
  assert.is(await project.git('status', '--porcelain', '--untracked-files=all', '--', '.', ':!.autonomous_runs'), '')

  const { stdout } = await runInside(project, ['gc', '--json'])
  assert.is((JSON.parse(stdout) as { items: { kind: string; outcome: string }[] }).items.filter((item) => item.kind === 'worktree' && item.outcome === 'removed').length, 3, stdout)
  assert.is((await project.git('worktree', 'list')).split('\n').length, 1)
})

test('two changes that are good alone and bad together: the second is told of the first, and done again on top of it', async () => {
  await using project = await makeProject({ files: { 'README.md': 'x\n' } })
  await prepare(project, {
    phases: {
      one: phase(['one.txt'], 'together 2; echo 1 > one.txt'),
      two: phase(['two.txt'], '[ "$AUTOPACK_ATTEMPT" = 1 ] || { cp "$AUTOPACK_PROMPT_FILE" "$OUTSIDE/prompt"; cat one.txt > two.txt; exit 0; }; together 2; after 1; echo 2 > two.txt'),
    },
    config: `checks: [{ name: 'agree', run: ['sh', '-c', 'if [ -e one.txt ] && [ -e two.txt ] && ! cmp -s one.txt two.txt; then echo "Error: one and two differ"; exit 1; fi'] }], drain: { phaseParallelism: 2 },`,
  })
  await project.commit('prepare')
  const run = await runHere(project)
  assert.is(run.exitCode, 0, run.stdout.slice(-3_000) + run.stderr)
  const [failed] = run.events.filter((event) => event.type === 'phase-finished' && event.outcome === 'failed') as ReturnType<RunResult['phase']>[]
  assert.match(failed?.classification?.title ?? '', /\(passed alone, fails together with one\)$/)
  assert.match(await told(project, 'prompt'), /passed alone, fails together with one[^]*passed its checks on [0-9a-f]{12}, where it was made, and fails merged with what one committed meanwhile/)
  const receipt = await receiptOf(failed!)
  const [one] = await commitsOf(project)
  assert.equal([receipt.base?.commit, receipt.outcome, receipt.alone?.base.commit], [one?.hash, 'failed', await project.git('rev-parse', 'main')])
  assert.is(await project.git('show', 'autopack/p/r:two.txt'), '1')
  const { exitCode, stdout } = await runInside(project, ['verify', failed!.attemptDir])
  assert.is(exitCode, 0, stdout)
})

test('a conflict names the file and both phases, keeps the patch, and the phase goes on from the tip', async () => {
  await using project = await makeProject({ files: { 'old/a.txt': 'one\ntwo\nthree\nfour\n' } })
  await prepare(project, {
    phases: {
      // Git takes the folder for renamed, and cannot tell where the new file is to be.
      move: phase(['old/a.txt', 'lib/'], 'together 2; mkdir lib; mv old/a.txt lib/a.txt'),
      add: phase(['old/b.txt'], '[ "$AUTOPACK_ATTEMPT" = 1 ] && { together 2; after 1; }; mkdir -p old; echo b > old/b.txt; ls > "$OUTSIDE/seen-$AUTOPACK_ATTEMPT"'),
    },
    config: 'drain: { phaseParallelism: 2 },',
  })
  await project.commit('prepare')
  const run = await runHere(project)
  assert.is(run.exitCode, 0, run.stdout.slice(-3_000) + run.stderr)
  const [failed] = run.events.filter((event) => event.type === 'phase-finished' && event.outcome === 'failed') as ReturnType<RunResult['phase']>[]
  assert.equal([failed?.phase, failed?.classification?.class, failed?.classification?.blame], ['add', 'patch_failed', 'phase'])
  const { problems, base } = await receiptOf(failed!)
  assert.ok(problems.some(({ code, path }) => code === 'conflict' && path?.endsWith('/b.txt')), JSON.stringify(problems))
  assert.match(problems[0]?.message ?? '', /was changed by add and by move, which was committed first/)
  assert.is(base?.commit, await project.git('rev-parse', 'main'), 'it was not merged')
  assert.match(await readFile(join(failed!.attemptDir, 'changes.patch'), 'utf8'), /\+b/)
  assert.match(await told(project, 'seen-2'), /lib/)
  assert.equal((await project.git('ls-tree', '-r', '--name-only', 'autopack/p/r', 'old', 'lib')).split('\n'), ['lib/a.txt', 'old/b.txt'])
  assert.is((await statusOf(project))['add']?.attempts, 2)
})

test('two phases that may change the same file are never executed beside each other', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const alone = 'mkdir "$OUTSIDE/at-work" || exit 1; echo "$AUTOPACK_PHASE" >> "$OUTSIDE/order"; '
  await prepare(project, {
    phases: Object.fromEntries([['a', ['src/']], ['b', ['./src/b.txt']]].map(([id, paths]) => [id, phase(paths as string[], `${alone} mkdir -p src; echo ${id as string} > src/b.txt; rmdir "$OUTSIDE/at-work"`)])),
    config: 'drain: { phaseParallelism: 3, maxAttemptsPerPhase: 1 },',
  })
  await project.commit('prepare')
  const run = await runHere(project)
  assert.equal([await told(project, 'order'), run.outcomes], ['a\nb\n', { a: 'complete', b: 'complete' }], run.stdout.slice(-2_000))
  assert.is((await project.git('worktree', 'list')).split('\n').length, 2)
})

test('a git that cannot merge without a worktree is told before anything is begun', async () => {
  await using project = await makeProject()
  await prepare(project, { phases: { one: 'echo 1 > one.txt' } })
  await writeFiles(outside(project), { 'bin/git': `#!/bin/sh\ncase "$*" in *merge-tree*) echo 'usage: git merge-tree <base-tree> <branch1> <branch2>' >&2; exit 129 ;; esac\nexec '${await findOnPath('git', process.env)}' "$@"\n` })
  await chmod(outside(project, 'bin/git'), 0o755)
  const env = { PATH: `${outside(project, 'bin')}${delimiter}${process.env['PATH']}` }
  const run = await runHere(project, ['--phase-parallelism', '2'], { env })
  assert.equal([run.exitCode, run.report], [4, undefined], run.stdout)
  assert.match(run.stdout + run.stderr, /phase-parallelism-unsupported[^]*needs git 2\.38/)
})

for (const how of ['killed', 'stopped'] as const) test(`a process that is ${how} with two at work loses neither the one that was committed beside them nor their work`, async () => {
  await using project = await makeProject({ files: { 'src/kept.txt': 'kept\n' } })
  const slow = (id: string) => phase([`src/${id}.txt`], `
    if [ "$AUTOPACK_ATTEMPT" = 1 ]; then echo half > src/${id}.txt; together 3; after 1; : > "$OUTSIDE/waits-${id}"; sleep 600; fi
    ls src > "$OUTSIDE/seen-${id}"; echo ${id} > src/${id}.txt`)
  await prepare(project, { phases: { a: phase(['src/a.txt'], 'together 3; echo a > src/a.txt'), b: slow('b'), c: slow('c') }, config: 'drain: { phaseParallelism: 3 },' })
  await project.commit('prepare')
  const running = project.startCli(['run', '--json'])
  await Promise.all(['b', 'c'].map(async (id) => await waitForFile(outside(project, `waits-${id}`))))
  // Its commit comes before its record.
  await running.waitFor(/"type":"phase-finished"[^\n]*"phase":"a"|"phase":"a"[^\n]*"type":"phase-finished"/)
  const [made] = await commitsOf(project)
  running.signal(how === 'killed' ? 'SIGKILL' : 'SIGSTOP')
  if (how === 'killed') await running.result
  else expireLeases(project)

  const run = await runHere(project)
  assert.equal([run.exitCode, run.outcomes], [0, { b: 'complete', c: 'complete' }], run.stdout.slice(-3_000) + run.stderr)
  const recovered = run.notices.filter((notice) => notice.startsWith('recovered '))
  assert.is(recovered.length, 2, run.notices.join('\n'))
  for (const notice of recovered) assert.match(notice, /^recovered r [bc], attempt 1: it was interrupted at stage build and is queued again; what its builder had done is kept in /)
  const commits = await commitsOf(project)
  assert.equal([commits[0]?.hash, commits.map((commit) => commit.phase).toSorted()], [made?.hash, ['a', 'b', 'c']], 'what the two had noted of the branch before their builders is older than that commit')
  for (const id of ['b', 'c']) {
    assert.match(await told(project, `seen-${id}`), /a\.txt/, 'the second attempt begins at the tip')
    assert.is(await project.git('show', `autopack/p/r:src/${id}.txt`), id)
  }
  const states = await statusOf(project)
  assert.equal(['a', 'b', 'c'].map((id) => [states[id]?.state, states[id]?.attempts]), [['COMPLETE', 1], ['COMPLETE', 2], ['COMPLETE', 2]])
  const tip = await project.git('rev-parse', 'autopack/p/r')
  const places = (await project.git('worktree', 'list')).split('\n')
  // Where its process may still write, nobody goes on: in the place of the one that was through, and in a fresh one.
  assert.equal([places.length, places.filter((place) => place.includes('/@fresh/')).length], how === 'killed' ? [4, 0] : [3, 1], places.join('\n'))
  if (how === 'killed') return
  running.signal('SIGCONT')
  const { stdout } = await running.result
  assert.equal([await project.git('rev-parse', 'autopack/p/r'), await statusOf(project)], [tip, states], stdout)
  assert.is(stdout.match(/"type":"phase-finished"/g)?.length, 1, 'it claims no end for what others have ended')
})

test.run()
