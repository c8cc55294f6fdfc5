/** Two workspaces of one run, whose branch each of them moves. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canMerge, mergeCommits, writeCommit, type GuardResult, type SharedBranch, type Workspace } from '../../../core/workspace/index.ts'
import { createTurns } from '../../../core/pipeline/beside.ts'
import { withSandbox, wholeProject, type Sandbox } from './support.ts'

const test = suite('a branch that is shared')
const branch = 'autopack/demo/run-1'
const commit = async (workspace: Workspace, tree: string) => (await workspace.commit({ tree, message: 'do it', trailers: {}, guardWrite: async () => undefined })).commit
const treeOf = (guarded: GuardResult): string => {
  assert.is(guarded.type, 'clean', JSON.stringify(guarded))
  return (guarded as { tree: string }).tree
}

async function two(sandbox: Sandbox) {
  const repository = await sandbox.open()
  let known: string | undefined
  const shared: SharedBranch = { get tip() { return known }, exclusively: createTurns(), moved: ({ commit: made }) => { known = made } }
  const acquire = async (name: string) => await sandbox.acquire(repository, { path: `${sandbox.dir}/trees/${name}`, indexFile: `${sandbox.dir}/trees/.index/${name}`, shared })
  return { repository, one: await acquire('one'), other: await acquire('other'), tip: () => sandbox.git(['rev-parse', branch]).trim() }
}

test('what one commits while the builder of the other works was no builder, and what that builder does to the branch is undone', withSandbox(undefined, async (sandbox) => {
  const { one, other, tip } = await two(sandbox)
  for (const workspace of [one, other]) await workspace.beforeBuild()
  sandbox.build(one, 'echo 1 > one.txt')
  const made = await commit(one, treeOf(await one.guard(wholeProject)))
  sandbox.build(other, 'echo 2 > other.txt')
  const tree = treeOf(await other.guard(wholeProject))
  assert.is(tip(), made, 'the guard has left it where it is')

  await other.beforeBuild()
  sandbox.build(other, `git update-ref refs/heads/${branch} ${other.base}`)
  const guarded = await other.guard(wholeProject)
  assert.is(guarded.type, 'violation')
  assert.is(tip(), made, 'put back to where this process knows it to be')
  assert.equal((guarded as Extract<GuardResult, { type: 'violation' }>).problems.map(({ code, path }) => [code, path]), [['git-ref', `refs/heads/${branch}`]])
  assert.ok(tree !== one.baseTree)
}))

test('an attempt goes on from where the branch is by now: base, difference, patch and commit are of that', withSandbox(undefined, async (sandbox) => {
  const { repository, one, other, tip } = await two(sandbox)
  assert.ok(await canMerge(repository, one.base))
  for (const workspace of [one, other]) await workspace.beforeBuild()
  sandbox.build(one, 'echo 1 > one.txt')
  const tree = treeOf(await one.guard(wholeProject))
  const made = await commit(one, tree)
  sandbox.build(other, 'echo 2 > src/a.ts')
  const alone = treeOf(await other.guard(wholeProject))
  assert.is(await commit(other, alone).then(() => '', (error: Error) => error.name), 'BranchMovedError', 'not as it is')

  const merged = await mergeCommits(repository, made, await writeCommit(repository, { tree: alone, parent: other.base, message: 'alone', trailers: {} }))
  assert.is(merged.type, 'clean')
  const changed = await other.diffTrees(tree, merged.tree)
  const patch = `${sandbox.dir}/changes.patch`
  await other.savePatch(patch)
  await other.goOnFrom({ commit: made, tree }, { tree: merged.tree, changed })
  assert.equal([other.base, other.baseTree], [made, tree])
  assert.is(await other.diffHash(tree, merged.tree), await one.diffHash(tree, merged.tree))
  assert.ok((await other.savePatch(patch)) > 0)
  sandbox.git(['apply', '--check', patch])
  const next = await commit(other, merged.tree)
  assert.equal([tip(), sandbox.git(['rev-parse', `${next}^`]).trim(), sandbox.git(['show', `${branch}:one.txt`]), sandbox.git(['show', `${branch}:src/a.ts`])], [next, made, '1\n', '2\n'])
  await other.release()
  assert.is(sandbox.git(['status', '--porcelain'], { cwd: other.path }), '')
  assert.is(sandbox.git(['rev-parse', 'HEAD'], { cwd: other.path }).trim(), next)
}))

test.run()
