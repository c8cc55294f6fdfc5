import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shownPhase, verifiedAttempts } from '../support/attempts.ts'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { runHere, prepare, receiptOf, statusOf, told } from '../support/run-project.ts'

const test = suite('bases and branches')
const branch = 'autopack/p/r'
const config = 'drain: { maxAttemptsPerPhase: 1 },'
/** Does a phase in a way that is new each time. */
const work = 'echo "$AUTOPACK_ATTEMPT_ID" > "src/$AUTOPACK_PHASE"'
/** As a person does it in the main checkout, while a builder works. */
const commitOnMain = (file: string): string => `echo ${file} > "$MAIN/src/${file}"; git -C "$MAIN" add --all; git -C "$MAIN" commit -q -m ${file}; `

const states = async (project: TestProject): Promise<string> =>
  Object.values(await statusOf(project)).map(({ id, state }) => `${id} ${state}`).join(', ')

test('a base that moves is picked up until something is COMPLETE, and by --rebase afterwards', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const phases = {
    one: `${commitOnMain('first')} exit 1`,
    two: `${commitOnMain('second')} ls src > "$OUTSIDE/two-saw"; ${work}`,
    three: `ls src > "$OUTSIDE/three-saw"; ${work}`,
  }
  await prepare(project, { phases, config, plan: { base: 'main' } })
  await project.commit('prepare')
  const first = await runHere(project)
  assert.equal(first.outcomes, { one: 'builder_error', two: 'complete', three: 'complete' })
  assert.is(await told(project, 'two-saw'), 'a.txt\nfirst\n', 'the base that was mended before anything was COMPLETE')
  assert.is(await told(project, 'three-saw'), 'a.txt\nfirst\ntwo\n', 'the base stays once a phase is COMPLETE')
  const before = await project.git('rev-parse', branch)

  await prepare(project, { phases: { ...phases, four: `ls src > "$OUTSIDE/four-saw"; ${work}` }, config, plan: { base: 'main' } })
  const rebased = await runHere(project, ['--rebase'])
  assert.equal(rebased.outcomes, { four: 'complete' }, rebased.stderr)
  assert.is(await told(project, 'four-saw'), 'a.txt\nfirst\nsecond\nthree\ntwo\n')
  assert.ok(rebased.notices.some((notice) => /^rebased 2 commits on main \([0-9a-f]{12}\); the old tip is kept as refs\/autopack\/kept\//.test(notice)), rebased.notices.join('\n'))
  assert.is(await project.git('rev-parse', `refs/autopack/kept/p/r/${before}`), before)
  assert.is(await project.git('merge-base', 'main', branch), await project.git('rev-parse', 'main'))
  // What was judged is on record as it was; and the store knows what stands for it now.
  for (const phase of ['two', 'three', 'four']) await verifiedAttempts(project, phase)
  const written = await project.git('rev-parse', branch)
  await project.git('update-ref', `refs/heads/${branch}`, `${branch}~2`)
  const [three] = (await shownPhase(project, 'three')).attempts
  assert.match((await runInside(project, ['verify', three!.dir])).stdout, /fail {2}no commit carries this attempt in its trailers: the branch autopack\/p\/r was rewritten or deleted/)
  await project.git('update-ref', `refs/heads/${branch}`, written)
  const log = await project.git('log', '--reverse', '--format=%s|%an|%(trailers:key=Autopack-Phase,valueonly,separator=)', `main..${branch}`)
  assert.is(log, 'two: Do two|Test|two\nthree: Do three|Test|three\nfour: Do four|Test|four')
  assert.equal(rebased.report?.runs[0]?.diffStat, { files: 3, added: 3, removed: 0 })
  const diff = await runInside(project, ['show', 'r', '--diff'])
  assert.equal([...diff.stdout.matchAll(/^diff --git a\/(\S+)/gm)].map(([, file]) => file), ['src/four', 'src/three', 'src/two'])

  // Both sides write src/two; the run is left where it was.
  const tip = await project.git('rev-parse', branch)
  await project.commit('conflict', { 'src/two': 'from main\n' })
  await prepare(project, { phases: { ...phases, four: work, five: work, six: work }, config, plan: { base: 'main', rebase: true } })
  const conflict = await runHere(project)
  assert.is(conflict.exitCode, 1)
  assert.equal(conflict.outcomes, { five: 'patch_failed' }, 'the drain leaves the run alone after that')
  assert.match(conflict.phase('five').reason ?? '', /autopack\/p\/r cannot be rebased on main \([0-9a-f]{12}\): of [0-9a-f]{12} "two: Do two", it conflicts with main in src\/two/)
  assert.equal((await receiptOf(conflict.phase('five'))).problems.map(({ code, path }) => [code, path]), [['conflict', 'src/two']])
  assert.not.ok((await receiptOf(conflict.phase('five'))).charged)
  assert.is(await project.git('rev-parse', branch), tip)
  await prepare(project, { phases: { ...phases, four: work, five: work, six: work }, config, plan: { base: 'main' } })
  const without = await runHere(project)
  assert.equal(without.outcomes, { six: 'complete' })
  assert.is(await states(project), 'one FAILED, two COMPLETE, three COMPLETE, four COMPLETE, five FAILED, six COMPLETE')
})

test("a run's branch that somebody moved, deleted, checked out or merged", async () => {
  await using project = await makeProject({ files: { 'src/z.txt': 'z\n' } })
  const plan = async (...ids: string[]) => {
    await prepare(project, { phases: Object.fromEntries(ids.map((id) => [id, work])), config, plan: { base: 'main' } })
  }
  await plan('a')
  await project.commit('prepare')
  assert.equal((await runHere(project)).outcomes, { a: 'complete' })
  const done = await project.git('rev-parse', branch)

  // A person's commit on top is gone on from.
  const extra = await project.git('commit-tree', `${branch}^{tree}`, '-p', branch, '-m', 'by hand')
  await project.git('update-ref', `refs/heads/${branch}`, extra)
  await plan('a', 'b')
  const onTop = await runHere(project)
  assert.equal(onTop.outcomes, { b: 'complete' }, onTop.stderr)
  assert.ok(onTop.notices.includes(`${branch} holds a commit that Autopack did not make; the run goes on from there`), onTop.notices.join('\n'))
  assert.is(await project.git('rev-parse', `${branch}~1`), extra)
  const tip = await project.git('rev-parse', branch)

  // Work that is on record and gone from the branch is not passed over.
  await plan('a', 'b', 'c')
  await project.git('update-ref', `refs/heads/${branch}`, done)
  const moved = await runHere(project)
  assert.is(moved.exitCode, 2, moved.stderr + moved.stdout)
  assert.match(moved.stderr, `the branch ${branch} was moved to ${done.slice(0, 12)} and no longer holds the commit ${tip.slice(0, 12)} of the COMPLETE phase b`)
  assert.is(await project.git('rev-parse', branch), done)
  await project.git('branch', '-D', branch)
  const gone = await runHere(project)
  assert.is(gone.exitCode, 2, gone.stderr)
  assert.match(gone.stderr, `the branch ${branch} is gone, and with it the commit ${tip.slice(0, 12)} of the COMPLETE phase b`)
  assert.is(await states(project), 'a COMPLETE, b COMPLETE')
  const [, fix] = /put it back: (git [^"]*)/.exec(gone.stderr)!
  assert.is((await project.run(['sh', '-c', fix!])).exitCode, 0, gone.stderr)

  await project.git('checkout', '--quiet', branch)
  const checkedOut = await runHere(project)
  assert.is(checkedOut.exitCode, 2, checkedOut.stderr + checkedOut.stdout)
  assert.match(checkedOut.stderr, `the branch ${branch} is checked out in ${project.dir}, and only Autopack may move it`)
  await project.git('checkout', '--quiet', 'main')

  // Merged and deleted: the run goes on from what it was merged into.
  await project.git('merge', '--quiet', '--no-edit', branch)
  await project.git('branch', '-d', branch)
  const merged = await runHere(project)
  assert.equal(merged.outcomes, { c: 'complete' }, merged.stderr)
  assert.is(await project.git('rev-parse', `${branch}~1`), await project.git('rev-parse', 'main'))

  // A store that was deleted knows nothing of the branch: neither is its work lost, nor does anything build on it.
  const last = await project.git('rev-parse', branch)
  await rm(project.path('.autonomous_runs'), { recursive: true })
  const strange = await runHere(project)
  assert.is(strange.exitCode, 2)
  assert.match(strange.stderr, `the branch ${branch} holds a commit up to ${last.slice(0, 12)} that this store knows nothing of: was the store deleted?`)
  assert.is(await project.git('rev-parse', branch), last)
  const [, rename] = /another name: (git [^"]*)/.exec(strange.stderr)!
  await project.run(['sh', '-c', rename!])
  const anew = await runHere(project)
  assert.equal(anew.outcomes, { a: 'complete', b: 'complete', c: 'complete' })
  assert.is(await project.git('rev-parse', `kept-${last.slice(0, 7)}`), last)
})

test('uncommitted changes, and a worktree that was deleted by hand', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n', 'other/b.txt': 'b\n' } })
  const scope = { paths: ['src/'] }
  await prepare(project, { phases: { one: { build: `cat src/a.txt > "$OUTSIDE/one-saw"; ${work}`, scope }, two: { build: `rm -rf src; git checkout -q -- src; ${work}`, scope } }, config })
  await project.commit('prepare')
  await project.write({ 'src/a.txt': 'dirty\n', 'other/b.txt': 'dirty\n' })
  const refused = await runInside(project, ['run'])
  assert.is(refused.exitCode, 2)
  assert.match(refused.stderr, 'error[dirty-scope]: uncommitted changes in the scope of a selected phase: src/a.txt')
  assert.match(refused.stderr, 'commit or stash them, or go on from HEAD without them with --allow-dirty')
  assert.equal(await statusOf(project), {})

  const allowed = await runHere(project, ['--allow-dirty', '--batch-size', '1'])
  assert.equal(allowed.outcomes, { one: 'complete' }, allowed.stderr)
  assert.is(await told(project, 'one-saw'), 'a\n')
  assert.ok(allowed.notices.includes('going on from HEAD without the uncommitted changes in src/a.txt'), allowed.notices.join('\n'))
  const { stdout: list } = await project.run(['git', 'worktree', 'list', '--porcelain'])
  const worktree = [...list.matchAll(/^worktree (.*)$/gm)].map(([, folder]) => folder!).find((folder) => folder !== project.dir)!
  await rm(worktree, { recursive: true })
  await project.git('worktree', 'prune')

  await project.git('checkout', '--', 'src/a.txt')
  const outsideScope = await runHere(project)
  assert.equal(outsideScope.outcomes, { two: 'complete' }, outsideScope.stderr)
  assert.equal(outsideScope.notices.filter((notice) => notice.includes('uncommitted')), ['1 uncommitted file outside every scope (other/b.txt): the runs start from HEAD without it'])
  assert.is(await project.git('show', `${branch}:src/a.txt`), 'a')
  assert.is(await project.read('other/b.txt'), 'dirty\n')
})

test('a project inside a larger repository, from a linked worktree on a detached HEAD', async () => {
  await using project = await makeProject({ files: { 'app/src/a.txt': 'a\n', 'lib/b.txt': 'b\n' } })
  await prepare(project, {
    folder: 'app', config: `${config} checks: [{ name: 'here', run: ['sh', '-c', 'test -f src/a.txt && test -f ../lib/b.txt'] }],`,
    phases: {
      rooted: { build: 'pwd > "$OUTSIDE/pwd"; echo 1 > src/rooted', scope: { paths: ['src/'] }, deliverables: ['app/src/rooted'] },
      repository: { build: 'echo 1 > src/repository', scope: { paths: ['app/src/'] }, deliverables: ['./src/repository'] },
      everything: { build: 'echo 1 > elsewhere', deliverables: ['elsewhere'] },
      leaves: { build: 'echo 1 > ../lib/new' },
    },
  })
  await project.commit('prepare')
  const linked = join(project.base, 'linked')
  await project.git('worktree', 'add', '--quiet', '--detach', linked)
  await writeFile(join(linked, 'lib/b.txt'), 'dirty\n')
  const cwd = join(linked, 'app')
  const run = await runHere(project, [], { cwd })
  assert.equal(run.outcomes, { rooted: 'complete', repository: 'complete', everything: 'complete', leaves: 'scope_violation' }, run.stderr)
  assert.match(await told(project, 'pwd'), /\/app\n$/)
  assert.is(await project.git('diff', '--name-only', `HEAD..${branch}`), 'app/elsewhere\napp/src/repository\napp/src/rooted')
  assert.is((await project.run(['git', 'symbolic-ref', '-q', 'HEAD'], { cwd: linked })).exitCode, 1)
  assert.is(await project.git('symbolic-ref', 'HEAD'), 'refs/heads/main')
  assert.is((await project.run(['git', 'status', '--porcelain'], { cwd: linked })).stdout, ' M lib/b.txt\n')
  assert.is(await project.git('status', '--porcelain'), '')
  await project.git('worktree', 'remove', '--force', linked)
})

test.run()
