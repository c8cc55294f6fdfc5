import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listFiles, readEntries } from '../../../core/workspace/listing.ts'
import { BranchMovedError, branchTip, branchTipTrailers, diffHash, diffStat, isBranchAt, openRepository, quarantine, refuseUnmovable, removeWorktree } from '../../../core/workspace/index.ts'
import type { Workspace } from '../../../core/workspace/index.ts'
import type { UserError } from '../../../core/errors.ts'
import { codesOf, wholeProject, withSandbox } from './support.ts'
import type { Sandbox } from './support.ts'

const test = suite('workspace')
const noFence = async () => undefined

async function thrown(action: () => Promise<unknown>): Promise<Error> {
  try {
    await action()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

const trailers = { 'Autopack-Run': 'run-1', 'Autopack-Phase': 'p1', 'Autopack-Attempt': 'att-1', 'Autopack-Receipt': 'abc' }

/** Takes the guard's candidate, which must be clean. */
async function candidateOf(workspace: Workspace): Promise<string> {
  const result = await workspace.guard(wholeProject)
  assert.is(result.type, 'clean', JSON.stringify(result))
  return (result as { tree: string }).tree
}

/** The tree that a folder's files would be, told by plain git with an index of its own. */
function treeOnDisk(sandbox: Sandbox, folder: string): string {
  const env = { GIT_DIR: path.join(sandbox.root, '.git'), GIT_WORK_TREE: folder, GIT_INDEX_FILE: path.join(sandbox.dir, 'witness-index') }
  sandbox.git(['read-tree', '--empty'], { env, cwd: folder })
  sandbox.git(['add', '-A'], { env, cwd: folder })
  return sandbox.git(['write-tree'], { env, cwd: folder }).trim()
}

const randomly = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

test('law: the patch applied to the base gives the candidate, and so does the commit; rollback gives the base; materialise gives its tree', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const random = randomly(seed)
    const label = `seed ${seed}`
    const base = sandbox.git(['rev-parse', seed === 1 ? 'HEAD' : 'autopack/demo/run-1']).trim()
    const workspace = await sandbox.acquire(repository, { base })
    const paths = ['d0', 'd1', 'd2', 'src', 'src/a.ts', 'nothing', 'd1/f\n0', 'd']
    const baseEntries = await readEntries(repository, base, paths)
    assert.equal([...(await workspace.baseEntries(paths))].sort(), [...baseEntries].filter(([name]) => paths.includes(name)).sort(), label)
    await workspace.beforeBuild()
    for (let step = 0; step < 12; step++) {
      const name = `d${Math.floor(random() * 3)}/${['f\n', 'g "q"', 'ü', '-h', 'k'][Math.floor(random() * 5)]}${Math.floor(random() * 4)}`
      const file = path.join(workspace.path, name)
      mkdirSync(path.dirname(file), { recursive: true })
      const size = Math.floor(random() * 300)
      if (random() < 0.2) sandbox.build(workspace, `rm -rf ./'${name.split('/')[0]}'`)
      else writeFileSync(file, Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256))))
    }
    const tree = await candidateOf(workspace)
    assert.is(tree, treeOnDisk(sandbox, workspace.path), label)

    await workspace.materialise(workspace.baseTree)
    assert.is(treeOnDisk(sandbox, workspace.path), workspace.baseTree, label)
    writeFileSync(path.join(workspace.path, 'ignored.log'), 'poison')
    writeFileSync(path.join(workspace.path, 'litter.txt'), 'litter')
    await workspace.materialise(tree)
    assert.is(treeOnDisk(sandbox, workspace.path), tree, label)
    assert.not(existsSync(path.join(workspace.path, 'ignored.log')), label)
    writeFileSync(path.join(workspace.path, 'src/a.ts'), 'by a check')
    writeFileSync(path.join(workspace.path, 'report.xml'), '<r/>')
    assert.equal(await workspace.changedSince(tree), ['report.xml', 'src/a.ts'], label)

    const patch = path.join(sandbox.dir, `changes-${seed}.patch`)
    assert.is(await workspace.savePatch(patch, { sync: false }), readFileSync(patch).length, label)
    assert.is(await workspace.savePatch(patch), readFileSync(patch).length, label)
    // What is known along the way is what git says.
    assert.is(await workspace.diffHash(workspace.baseTree, tree), await diffHash(repository, workspace.baseTree, tree), label)
    assert.equal(await workspace.diffStat(workspace.baseTree, tree), await diffStat(repository, workspace.baseTree, tree), label)
    for (const places of [[], ['d0', 'src/a.ts', 'd2', 'nothing'], ['d1/f\n0', 'd']]) {
      assert.equal(await workspace.filesAt(tree, places), await listFiles(repository, tree, places), label)
      const entries = await workspace.baseEntries(places)
      assert.equal(places.map((place) => entries.get(place)), places.map((place) => baseEntries.get(place)), label)
    }
    const env = { GIT_INDEX_FILE: path.join(sandbox.dir, 'apply-index') }
    sandbox.git(['read-tree', workspace.base], { env })
    sandbox.git(['apply', '--cached', '--binary', patch], { env })
    assert.is(sandbox.git(['write-tree'], { env }).trim(), tree, label)

    const { commit, branch } = await workspace.commit({ tree, message: `p${seed}: do it`, trailers: { ...trailers, 'Autopack-Phase': `p${seed}` }, guardWrite: noFence })
    assert.is(sandbox.git(['rev-parse', `${commit}^{tree}`]).trim(), tree, label)
    assert.is(sandbox.git(['rev-parse', `${commit}^`]).trim(), base, label)
    assert.is(await branchTip(repository, branch), commit, label)
    assert.equal((await branchTipTrailers(repository, branch))?.trailers['Autopack-Phase'], `p${seed}`, label)
    assert.match(await workspace.diffHash(workspace.baseTree, tree), /^[0-9a-f]{64}$/)
    assert.is((await workspace.diffStat(workspace.baseTree, tree)).files, (await workspace.diffTrees(workspace.baseTree, tree)).length, label)
    await workspace.release()
    assert.is(treeOnDisk(sandbox, workspace.path), tree, label)
    assert.is(sandbox.git(['status', '--porcelain', '--ignored'], { cwd: workspace.path }), '', label)
  }
  assert.is(sandbox.git(['status', '--porcelain']), '')
  assert.is(sandbox.git(['log', '-1', '--format=%an <%ae>', 'autopack/demo/run-1']).trim(), 'Somebody <somebody@example.com>')
}))

test('the patch of a violation holds everything, files of nested repositories too', withSandbox(undefined, async (sandbox) => {
  const workspace = await sandbox.acquire(await sandbox.open())
  await workspace.beforeBuild()
  sandbox.build(workspace, 'git init -q lib; mkdir lib/x; echo deep > lib/x/y; echo 2 > src/a.ts; git add src; git commit -qm mine')
  assert.equal(codesOf(await workspace.guard(wholeProject)), ['nested-repository'])
  const patch = path.join(sandbox.dir, 'c.patch')
  assert.ok((await workspace.savePatch(patch)) > 0)
  await workspace.rollback()
  sandbox.git(['apply', '--binary', patch])
  assert.is(readFileSync(path.join(sandbox.root, 'lib/x/y'), 'utf8'), 'deep\n')
  assert.is(readFileSync(path.join(sandbox.root, 'src/a.ts'), 'utf8'), '2\n')
}))

test('without a change there is no patch', withSandbox(undefined, async (sandbox) => {
  const workspace = await sandbox.acquire(await sandbox.open())
  const patch = path.join(sandbox.dir, 'c.patch')
  assert.is(await workspace.savePatch(patch), 0)
  assert.not(existsSync(patch))
}))

test('a branch that somebody moved is not moved again, and a fence stops the commit', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository)
  writeFileSync(path.join(workspace.path, 'n'), 'n')
  const tree = await candidateOf(workspace)
  const fence = await thrown(() => workspace.commit({ tree, message: 'm', trailers, guardWrite: async () => { throw new Error('stale lease') } }))
  assert.is(fence.message, 'stale lease')
  assert.is(await branchTip(repository, 'autopack/demo/run-1'), undefined)
  const other = sandbox.commitAll('elsewhere')
  sandbox.git(['branch', 'autopack/demo/run-1', other])
  assert.instance(await thrown(() => workspace.commit({ tree, message: 'm', trailers, guardWrite: noFence })), BranchMovedError)
  assert.is(await branchTip(repository, 'autopack/demo/run-1'), other)
}))

test('a review commit goes to its own ref and leaves the branch', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository)
  writeFileSync(path.join(workspace.path, 'n'), 'n')
  const tree = await candidateOf(workspace)
  const { commit } = await workspace.commit({ tree, message: 'm', trailers, guardWrite: noFence, ref: 'refs/autopack/review/demo/run-1/p1' })
  assert.is(sandbox.git(['rev-parse', 'refs/autopack/review/demo/run-1/p1']).trim(), commit)
  assert.is(await branchTip(repository, 'autopack/demo/run-1'), undefined)
}))

test('a branch that is checked out somewhere is refused', withSandbox(undefined, async (sandbox) => {
  sandbox.git(['checkout', '-q', '-b', 'autopack/demo/run-1'])
  const repository = await sandbox.open()
  const error = await thrown(() => sandbox.acquire(repository))
  assert.is((error as UserError).code, 'branch-checked-out')
}))

test('what keeps a branch from being moved is told before anything is done, and again when it is to be moved', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const branch = 'autopack/demo/run-1'
  const refused = async (branches: string[], pack: boolean) => {
    for (const name of branches) sandbox.git(['branch', name])
    if (pack) sandbox.git(['pack-refs', '--all'])
    const error = (await thrown(async () => refuseUnmovable(repository, branch, Date.now()))) as UserError
    for (const name of branches) sandbox.git(['branch', '-D', name])
    return [error.code, error.message.replace(/.*: /, '')]
  }
  for (const pack of [false, true]) {
    assert.equal(await refused(['autopack'], pack), ['branch-name-taken', 'there is a branch autopack'])
    assert.equal(await refused([`${branch}/x`], pack), ['branch-name-taken', `there is a branch ${branch}/x`])
    refuseUnmovable(repository, branch, Date.now())
  }
  const workspace = await sandbox.acquire(repository)
  writeFileSync(path.join(workspace.path, 'n'), 'n')
  const tree = await candidateOf(workspace)
  const lock = path.join(repository.commonDir, `refs/heads/${branch}.lock`)
  mkdirSync(path.dirname(lock), { recursive: true })
  writeFileSync(lock, '')
  // One that was made just now may be of a git at work.
  refuseUnmovable(repository, branch, Date.now())
  for (const act of [async () => refuseUnmovable(repository, branch, Date.now() + 60_000), () => workspace.commit({ tree, message: 'm', trailers, guardWrite: noFence })]) {
    const error = (await thrown(act)) as UserError
    assert.equal([error.code, error.where?.file], ['ref-locked', lock])
  }
  rmSync(lock)
  await workspace.commit({ tree, message: 'm', trailers, guardWrite: noFence })
}))
test('a filter that git requires and that does not run is told to the user', withSandbox({ '.gitattributes': '*.bin filter=lfs\n', 'a.txt': 'a\n' }, async (sandbox) => {
  sandbox.write('big.bin', 'big')
  sandbox.commitAll('before there is a filter')
  for (const [key, value] of Object.entries({ required: 'true', smudge: 'no-git-lfs smudge', process: 'no-git-lfs filter-process' })) sandbox.git(['config', `filter.lfs.${key}`, value])
  const repository = await sandbox.open()
  const both = [await thrown(() => sandbox.acquire(repository))]
  sandbox.git(['config', '--unset', 'filter.lfs.process'])
  both.push(await thrown(() => sandbox.acquire(repository)))
  assert.equal(both.map((error) => (error as UserError).code), ['git-filter-failed', 'git-filter-failed'])
  assert.match((both[0] as UserError).fix ?? '', /^install git-lfs/)
}))
test('a name that a branch is in the way of', withSandbox(undefined, async (sandbox) => {
  sandbox.git(['branch', 'autopack'])
  const workspace = await sandbox.acquire(await sandbox.open())
  writeFileSync(path.join(workspace.path, 'n'), 'n')
  const tree = await candidateOf(workspace)
  assert.is(((await thrown(() => workspace.commit({ tree, message: 'm', trailers, guardWrite: noFence }))) as UserError).code, 'branch-name-taken')
}))

test('without a configured identity we commit as Autopack', withSandbox(undefined, async (sandbox) => {
  const workspace = await sandbox.acquire(await sandbox.open())
  writeFileSync(path.join(workspace.path, 'n'), 'n')
  const tree = await candidateOf(workspace)
  writeFileSync(path.join(sandbox.dir, 'home/.gitconfig'), '')
  const { commit } = await workspace.commit({ tree, message: 'm', trailers, guardWrite: noFence })
  assert.is(sandbox.git(['log', '-1', '--format=%an <%ae>', commit]).trim(), 'Autopack <autopack@localhost>')
}))

test('hooks, aliases and signing of the user do not run', withSandbox(undefined, async (sandbox) => {
  for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change', 'pre-commit']) sandbox.write(`.git/hooks/${hook}`, '#!/bin/sh\necho ran >> "$HOME/ran"\nexit 1\n')
  sandbox.build({ path: sandbox.root } as Workspace, 'chmod +x .git/hooks/*')
  const config = path.join(sandbox.dir, 'home/.gitconfig')
  writeFileSync(config, `${readFileSync(config, 'utf8')}[commit]\n\tgpgSign = true\n[core]\n\tfsmonitor = "touch $HOME/ran"\n[diff]\n\texternal = "touch $HOME/ran"\n\tnoprefix = true\n[user]\n\tsigningKey = none\n`)
  const workspace = await sandbox.acquire(await sandbox.open())
  writeFileSync(path.join(workspace.path, 'n'), 'n')
  const tree = await candidateOf(workspace)
  await workspace.savePatch(path.join(sandbox.dir, 'p.patch'))
  assert.match(readFileSync(path.join(sandbox.dir, 'p.patch'), 'utf8'), /^diff --git a\/n b\/n$/m)
  await workspace.commit({ tree, message: 'm', trailers, guardWrite: noFence })
  await workspace.release()
  assert.not(existsSync(path.join(sandbox.dir, 'home/ran')))
}))

test('acquire survives what was left: a crash, a damaged index, a deleted folder, a pruned record, a moved base', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const damage: (() => void)[] = [
    () => undefined,
    () => writeFileSync(path.join(sandbox.dir, 'trees/.index/run-1'), 'DIRC garbage'),
    () => { const file = path.join(sandbox.dir, 'trees/.index/run-1'); const content = readFileSync(file); content[content.length - 30]! ^= 255; writeFileSync(file, content) },
    () => sandbox.build({ path: sandbox.dir } as Workspace, 'rm -rf trees/run-1'),
    () => sandbox.build({ path: sandbox.dir } as Workspace, 'rm -rf repo/.git/worktrees'),
    () => sandbox.build({ path: sandbox.dir } as Workspace, 'rm -rf trees/.index'),
    () => sandbox.build({ path: sandbox.dir } as Workspace, 'rm -rf trees/run-1 trees/.index; cd repo; git worktree prune'),
    () => { sandbox.write('src/a.ts', 'moved\n'); sandbox.commitAll('base moves') },
  ]
  for (const [number, harm] of damage.entries()) {
    const before = await sandbox.acquire(repository)
    sandbox.build(before, 'echo litter > litter; echo x > src/a.ts; git add -A; mkdir -p dist; echo 1 > dist/x')
    // Neither rollback nor release: the process was killed.
    await before.guard(wholeProject)
    harm()
    const after = await sandbox.acquire(repository)
    const label = `damage ${number}`
    assert.is(after.base, sandbox.git(['rev-parse', 'HEAD']).trim(), label)
    assert.is(treeOnDisk(sandbox, after.path), after.baseTree, label)
    assert.is(sandbox.git(['status', '--porcelain', '--ignored'], { cwd: after.path }), '', label)
    assert.is(sandbox.git(['rev-parse', 'HEAD'], { cwd: after.path }).trim(), after.base, label)
    assert.is(sandbox.git(['worktree', 'list']).trim().split('\n').length, 2, label)
  }
}))

test('two runs at once get two records, and acquire in parallel works', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const all = await Promise.all(['a/run', 'b/run', 'c/run', 'd/run'].map((name) =>
    sandbox.acquire(repository, { path: path.join(sandbox.dir, 'trees', name), indexFile: path.join(sandbox.dir, 'trees/.index', name.replace('/', '-')), branch: `autopack/x/${name}` })))
  const records = all.map((one) => readFileSync(path.join(one.path, '.git'), 'utf8'))
  assert.is(new Set(records).size, 4)
}))

test('a foreign folder, a nested place and one where nothing can be made are refused', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  mkdirSync(path.join(sandbox.dir, 'trees/run-1'), { recursive: true })
  writeFileSync(path.join(sandbox.dir, 'trees/run-1/precious'), 'x')
  assert.is(((await thrown(() => sandbox.acquire(repository))) as UserError).code, 'worktree-foreign')
  assert.ok(existsSync(path.join(sandbox.dir, 'trees/run-1/precious')))
  assert.is(((await thrown(() => sandbox.acquire(repository, { path: path.join(sandbox.root, '.work/deep/w') }))) as UserError).code, 'worktree-nested')
  assert.not(existsSync(path.join(sandbox.root, '.work')), 'nothing was made')
  writeFileSync(path.join(sandbox.dir, 'file'), '')
  assert.is(((await thrown(() => sandbox.acquire(repository, { path: path.join(sandbox.dir, 'file/w') }))) as UserError).code, 'worktrees-not-writable')
}))

test('quarantine moves the files away and forgets the record; remove leaves commits', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const index = path.join(sandbox.dir, 'trees/.index/run-1')
  const workspace = await sandbox.acquire(repository)
  writeFileSync(path.join(workspace.path, 'late'), 'x')
  const to = path.join(sandbox.dir, 'trees/.quarantine/run-1')
  assert.ok(await quarantine(repository, workspace.path, to, index, `${to}.index`))
  assert.ok(existsSync(path.join(to, 'late')))
  assert.not(await quarantine(repository, workspace.path, to, index, `${to}.index`))
  const fresh = await sandbox.acquire(repository)
  writeFileSync(path.join(fresh.path, 'n'), 'n')
  const { commit } = await fresh.commit({ tree: await candidateOf(fresh), message: 'm', trailers, guardWrite: noFence })
  await removeWorktree(repository, fresh.path, index)
  assert.not(existsSync(fresh.path))
  assert.is(sandbox.git(['worktree', 'list']).trim().split('\n').length, 1)
  assert.is(await branchTip(repository, 'autopack/demo/run-1'), commit)
  // By its own file, where it has one; a packed branch is left to git, and one that was moved is not there.
  assert.ok(isBranchAt(repository, 'autopack/demo/run-1', commit))
  sandbox.git(['pack-refs', '--all'])
  assert.not(isBranchAt(repository, 'autopack/demo/run-1', commit))
  sandbox.git(['update-ref', 'refs/heads/autopack/demo/run-1', `${commit}^`])
  assert.not(isBranchAt(repository, 'autopack/demo/run-1', commit))
}))

test('a project root inside the repository, in a main checkout that is a linked worktree itself', withSandbox({ 'app/x.txt': 'x\n', 'other.txt': 'o\n' }, async (sandbox) => {
  const linked = path.join(sandbox.dir, 'linked')
  sandbox.git(['worktree', 'add', '-q', '-b', 'side', linked])
  const repository = await openRepository({ configDir: path.join(linked, 'app'), root: '.', env: sandbox.env })
  assert.is(repository.root, linked)
  assert.is(repository.prefix, 'app/')
  const workspace = await sandbox.acquire(repository)
  assert.is(workspace.projectDir, path.join(workspace.path, 'app'))
  await workspace.beforeBuild()
  sandbox.build(workspace, 'echo 2 > other.txt')
  assert.equal(codesOf(await workspace.guard(wholeProject)), ['outside-scope'])
  await workspace.rollback()
  sandbox.build(workspace, 'echo 2 > app/x.txt')
  await candidateOf(workspace)
}))

test.run()
