import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSparseSet } from '../../../core/workspace/sparse-set.ts'
import type { SparsePlaces } from '../../../core/workspace/sparse-set.ts'
import { salvagePatch, snapshot } from '../../../core/workspace/index.ts'
import type { AcquireRequest, Repository, Workspace } from '../../../core/workspace/index.ts'
import { codesOf, wholeProject, withSandbox } from './support.ts'
import type { Sandbox } from './support.ts'

/** With what the repository tracks though it ignores it. */
const withMonorepo = (body: (sandbox: Sandbox) => Promise<void>) => withSandbox(monorepo, async (sandbox) => {
  sandbox.git(['add', '-f', 'packages/b/dist/kept.js'])
  sandbox.git(['commit', '-qm', 'ignored'])
  await body(sandbox)
})

const test = suite('workspace: sparse')

/** A monorepo: two packages, something shared, files at the top. */
const monorepo = {
  'package.json': '{}\n', 'README.md': 'hello\n', '.gitignore': 'dist/\n', 'link.md': 'x',
  'packages/list.txt': 'a b\n',
  'packages/a/package.json': '{"name":"a"}\n', 'packages/a/src/index.ts': 'export const a = 1\n', 'packages/a/src/deep/x.ts': 'x\n', 'packages/a/docs/a.md': '# a\n',
  'packages/b/package.json': '{"name":"b"}\n', 'packages/b/src/index.ts': 'export const b = 1\n', 'packages/b/.gitignore': '*.tmp\n', 'packages/b/dist/kept.js': 'tracked, though ignored\n',
  'tools/check.sh': 'exit 0\n', 'tools/more/x.sh': 'exit 0\n',
}
const onA: SparsePlaces = { within: ['packages/a/src/'], also: [] }
const onB: SparsePlaces = { within: ['packages/b/src/index.ts'], also: ['tools/*.sh'] }

/** Everything on disk but `.git`, with what it holds. */
function walk(folder: string, below = ''): string[] {
  return readdirSync(path.join(folder, below)).sort().flatMap((name) => {
    const relative = below === '' ? name : `${below}/${name}`
    if (relative === '.git') return []
    const file = path.join(folder, relative)
    const found = lstatSync(file)
    if (found.isDirectory()) return [`${relative}/`, ...walk(folder, relative)]
    return [`${relative} ${found.isSymbolicLink() ? readlinkSync(file) : `${(found.mode & 0o100) !== 0 ? 'x' : '-'} ${readFileSync(file, 'latin1')}`}`]
  })
}
const filesIn = (workspace: Workspace) => walk(workspace.path).filter((line) => !line.endsWith('/')).map((line) => line.split(' ')[0])

const another = (sandbox: Sandbox, name: string): Partial<AcquireRequest> => ({
  path: path.join(sandbox.dir, 'trees', name), indexFile: path.join(sandbox.dir, 'trees/.index', name), branch: `autopack/demo/${name}`,
})

/** What a worktree would hold that was made just now. */
async function fresh(sandbox: Sandbox, repository: Repository, extra: Partial<AcquireRequest>): Promise<string[]> {
  const name = `fresh-${Math.random().toString(36).slice(2)}`
  return walk((await sandbox.acquire(repository, { ...extra, ...another(sandbox, name) })).path)
}

test('what lies on disk: the places, the files on the way there, and nothing else', withMonorepo(async (sandbox) => {
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository, { sparse: onA })
  assert.equal(filesIn(workspace), ['.gitignore', 'README.md', 'link.md', 'package.json', 'packages/a/package.json', 'packages/a/src/deep/x.ts', 'packages/a/src/index.ts', 'packages/list.txt'])
  assert.not(existsSync(path.join(workspace.path, 'packages/b')))
  assert.equal(workspace.absent(['packages/b/package.json', 'packages/b', 'packages/a/package.json', 'packages', 'nothing']), ['packages/b/package.json', 'packages/b'])
  assert.is(sandbox.git(['status', '--porcelain'], { cwd: workspace.path }), '', 'nor is anything missing for the git of a builder')
  assert.equal(await workspace.guard(wholeProject), { type: 'clean', tree: workspace.baseTree, changed: [] })
  await workspace.release()
  // Another phase, with another scope, warm.
  const next = await sandbox.acquire(repository, { sparse: onB })
  assert.equal(walk(next.path), await fresh(sandbox, repository, { sparse: onB }))
  assert.equal(filesIn(next), ['.gitignore', 'README.md', 'link.md', 'package.json', 'packages/b/.gitignore', 'packages/b/package.json', 'packages/b/src/index.ts', 'packages/list.txt', 'tools/check.sh'])
  assert.is.not(next.sparseKey, workspace.sparseKey)
  await next.widen({ within: ['tools/more/'], also: [] })
  assert.ok(existsSync(path.join(next.path, 'tools/more/x.sh')))
  await next.release()
  // And one without.
  const whole = await sandbox.acquire(repository)
  assert.is(whole.sparseKey, '')
  assert.is(filesIn(whole).length, Object.keys(monorepo).length)
  assert.equal(whole.absent(['packages/b']), [])
}))

test('a place that is the whole repository is no part of it', () => {
  assert.is(createSparseSet({ within: [''], also: [] }), undefined)
  assert.is(createSparseSet({ within: ['b', 'a'], also: [] })!.key, createSparseSet({ within: ['a', 'b', 'a'], also: [] })!.key)
  assert.is.not(createSparseSet({ within: ['a'], also: [] })!.key, createSparseSet({ within: [], also: ['a'] })!.key)
})

/** The monorepo for `onA`. */
const diskOfA = [
  '.gitignore - dist/\n', 'README.md - hello\n', 'link.md - x', 'package.json - {}\n', 'packages/', 'packages/a/', 'packages/a/package.json - {"name":"a"}\n', 'packages/a/src/',
  'packages/a/src/deep/', 'packages/a/src/deep/x.ts - x\n', 'packages/a/src/index.ts - export const a = 1\n', 'packages/list.txt - a b\n',
]

interface Trick { build: string; changed?: string[]; codes?: string[] }
const scopeA = { write: ['packages/a/src/'], readOnly: [], protect: [] }
const tricks: Record<string, Trick> = {
  'a change in the scope is all that there is': { build: 'echo 2 > packages/a/src/index.ts', changed: ['packages/a/src/index.ts'] },
  'a tracked file outside that is written': { build: 'mkdir -p packages/b/src; echo 2 > packages/b/src/index.ts', changed: ['packages/b/src/index.ts'], codes: ['outside-scope'] },
  'one that the repository ignores': { build: 'mkdir -p packages/b/dist; echo 2 > packages/b/dist/kept.js', changed: ['packages/b/dist/kept.js'], codes: ['outside-scope'] },
  'a new file outside': { build: 'mkdir -p packages/b/src; echo 2 > packages/b/src/new.ts', changed: ['packages/b/src/new.ts'], codes: ['outside-scope'] },
  'an ignore file that is not on disk counts': { build: 'mkdir -p packages/b; echo 2 > packages/b/new.tmp', changed: [] },
  'the same content outside is no change': { build: 'mkdir -p packages/b; git show HEAD:packages/b/package.json > packages/b/package.json', changed: [] },
  'a file in the place of a folder': { build: 'echo 2 > tools', changed: ['tools', 'tools/check.sh', 'tools/more/x.sh'], codes: ['outside-scope'] },
  'a folder in the place of a file': { build: 'mkdir -p tools/check.sh; echo 2 > tools/check.sh/x', changed: ['tools/check.sh', 'tools/check.sh/x'], codes: ['outside-scope'] },
  'a link in the place of a folder': { build: 'ln -s packages tools', changed: ['tools', 'tools/check.sh', 'tools/more/x.sh'], codes: ['outside-scope'] },
  'everything checked out, something changed': { build: 'git checkout -f HEAD -- . ; git ls-files -t | grep -q ^S && git update-index --no-skip-worktree $(git ls-files) ; git checkout -f HEAD -- . ; echo 2 > tools/check.sh', changed: ['tools/check.sh'], codes: ['outside-scope'] },
  'sparse-checkout disable': { build: 'git sparse-checkout disable; git update-index --no-skip-worktree $(git ls-files); git checkout -f HEAD -- .; echo 2 > tools/check.sh', changed: ['tools/check.sh'] },
  'sparse-checkout set': { build: 'git sparse-checkout set --no-cone tools; rm -rf packages; echo 2 > tools/check.sh 2>/dev/null || { mkdir -p tools; echo 2 > tools/check.sh; }' },
  'marks of its own': { build: 'git update-index --skip-worktree packages/a/src/index.ts; echo 2 > packages/a/src/index.ts', changed: ['packages/a/src/index.ts'] },
  'info/sparse-checkout': { build: 'mkdir -p $(git rev-parse --git-dir)/info; echo /README.md > $(git rev-parse --git-dir)/info/sparse-checkout; git -c core.sparseCheckout=true read-tree -mu HEAD; echo 2 > README.md', changed: ['README.md', 'link.md', 'package.json', 'packages/a/package.json', 'packages/a/src/deep/x.ts', 'packages/a/src/index.ts', 'packages/list.txt', '.gitignore'], codes: ['outside-scope'] },
  'a repository in a folder that is not on disk': { build: 'git init -q packages/b; echo 2 > packages/b/new', codes: ['nested-repository', 'outside-scope'] },
  'a deleted worktree': { build: 'cd ..; rm -rf run-1', codes: ['outside-scope', 'workspace-deleted'] },
}
test('guard and rollback, whatever a builder does', withMonorepo(async (sandbox) => {
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository, { sparse: onA })
  for (const [name, { build, changed, codes }] of Object.entries(tricks)) {
    await workspace.beforeBuild()
    sandbox.build(workspace, build)
    const result = await workspace.guard(scopeA)
    if (changed) assert.equal(result.changed.map((one) => one.path).sort(), [...changed].sort(), name)
    if (codes) assert.equal(codesOf(result), codes, `${name}: ${JSON.stringify(result)}`)
    if (result.changed.some((one) => !one.path.startsWith('packages/a/src/'))) assert.is(result.type, 'violation', name)
    await workspace.rollback()
    assert.equal(walk(workspace.path), diskOfA, name)
  }
  assert.equal(await workspace.changedSince(workspace.baseTree), [])
}))

test('what a check writes where nothing lay is found and goes', withMonorepo(async (sandbox) => {
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository, { sparse: onA })
  sandbox.write('packages/b/src/index.ts', 'of a check\n', workspace.path)
  sandbox.write('tools/new', 'of a check\n', workspace.path)
  workspace.touched()
  assert.equal(await workspace.changedSince(workspace.baseTree), ['packages/b/src/index.ts', 'tools/new'])
  await workspace.materialise(workspace.baseTree)
  assert.equal(walk(workspace.path), diskOfA)
}))

test('a base that moved: what is outside is not written, not even for a moment', withMonorepo(async (sandbox) => {
  const repository = await sandbox.open()
  await (await sandbox.acquire(repository, { sparse: onA })).release()
  sandbox.write('packages/b/src/index.ts', 'moved\n')
  sandbox.write('packages/b/src/more.ts', 'new\n')
  sandbox.write('packages/a/src/more.ts', 'new\n')
  sandbox.git(['rm', '-q', 'packages/a/src/deep/x.ts', 'tools/more/x.sh'])
  // A file that a filter looks at: what is not on disk is not asked for.
  sandbox.write('.gitattributes', 'packages/b/** filter=told\n')
  sandbox.commitAll()
  sandbox.git(['config', '--global', 'filter.told.smudge', `echo told >> ${sandbox.dir}/told; cat`])
  const workspace = await sandbox.acquire(repository, { sparse: onA })
  assert.equal(walk(workspace.path), await fresh(sandbox, repository, { sparse: onA }))
  assert.ok(existsSync(path.join(workspace.path, 'packages/a/src/more.ts')))
  assert.not(existsSync(path.join(workspace.path, 'packages/a/src/deep')))
  assert.not(existsSync(path.join(sandbox.dir, 'told')))
}))

test('submodules outside are neither there nor a change; one of the setup is', withMonorepo(async (sandbox) => {
  const commit = sandbox.git(['rev-parse', 'HEAD']).trim()
  sandbox.git(['update-index', '--add', '--cacheinfo', `160000,${commit},vendor/lib`, '--cacheinfo', `160000,${commit},vendor/kept`])
  sandbox.git(['commit', '-qm', 'submodules'])
  const repository = await sandbox.open()
  const setup = { setup: [['sh', '-c', 'mkdir -p vendor/kept; echo 1 > vendor/kept/x']], cache: ['vendor/kept'], key: ['tools/check.sh'], dir: (key: string) => path.join(sandbox.dir, 'setup', key) }
  const workspace = await sandbox.acquire(repository, { sparse: onA, setup })
  assert.not(existsSync(path.join(workspace.path, 'vendor/lib')))
  assert.ok(existsSync(path.join(workspace.path, 'vendor/kept/x')))
  assert.ok(existsSync(path.join(workspace.path, 'tools/check.sh')), 'the key of the setup is there')
  assert.equal(await workspace.guard(wholeProject), { type: 'clean', tree: workspace.baseTree, changed: [] })
  sandbox.write('vendor/lib/x', 'of a builder', workspace.path)
  assert.equal(codesOf(await workspace.guard(wholeProject)), ['submodule'])
  await workspace.rollback()
  assert.not(existsSync(path.join(workspace.path, 'vendor/lib')))
}))

test('a patch of what a crash left, and of what was put aside, tells of no file that never was on disk', withMonorepo(async (sandbox) => {
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository, { sparse: onA })
  sandbox.write('packages/a/src/index.ts', 'paid for\n', workspace.path)
  const request = { repository, path: workspace.path, indexFile: path.join(sandbox.dir, 'trees/.index/run-1'), base: workspace.base, setup: undefined, env: sandbox.env }
  const patch = async (name: string) => {
    const file = path.join(sandbox.dir, name)
    await salvagePatch({ ...request, file })
    return readFileSync(file, 'utf8').match(/^diff .*/gm)
  }
  const expected = ['diff --git a/packages/a/src/index.ts b/packages/a/src/index.ts']
  assert.equal(await patch('first'), expected)
  sandbox.build({ path: sandbox.dir } as Workspace, 'rm trees/.index/run-1')
  assert.equal(await patch('without our index'), expected)
  const taken = await snapshot({ repository, folder: workspace.path, indexFile: request.indexFile, base: workspace.base, setup: undefined, env: sandbox.env, scratch: path.join(sandbox.dir, 'scratch') })
  assert.is(sandbox.git(['diff', '--name-only', workspace.base, taken!]), 'packages/a/src/index.ts\n')
}))

/** Numbers that look random, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * below)
  }
}

test('the candidate is the one that a whole worktree would give for the same edits', withSandbox({}, async (sandbox) => {
  const seed = Date.now() % 1_000_000
  const below = numbers(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!
  const folders = ['', 'a/', 'a/x/', 'a/x/deep/', 'b/', 'b/y/', 'ü/']
  const anyFile = () => `${pick(folders)}${pick(['one', 'two.ts', 'three.ts', 'dist', '.gitignore'])}`
  for (let round = 0; round < 4; round++) {
    sandbox.build({ path: sandbox.root } as Workspace, 'git rm -rqf --ignore-unmatch . ')
    for (let count = 4 + below(12); count > 0; count--) {
      try { sandbox.write(anyFile(), pick(['1\n', '2\n', 'dist\n*.tmp\n'])) } catch { /* a folder of that name */ }
    }
    sandbox.git(['add', '-Af'])
    sandbox.git(['commit', '-qm', 'start', '--allow-empty'])
    const repository = await sandbox.open()
    const sparse = { within: [pick(['a/', 'a/x/', 'b/y/two.ts', 'a/**/*.ts', 'none/'])], also: below(2) === 0 ? [] : [pick(['b/**/*.ts', 'ü/', 'a/x/deep/one'])] }
    const label = `seed ${seed}, round ${round}, ${JSON.stringify(sparse)}`
    const part = await sandbox.acquire(repository, { sparse })
    const whole = await sandbox.acquire(repository, another(sandbox, 'whole'))
    const expected = await fresh(sandbox, repository, { sparse })
    assert.equal(walk(part.path), expected, `warm: ${label}`)
    const present = filesIn(part)
    const tracked = sandbox.git(['ls-files', '-z']).split('\0').slice(0, -1)
    const edits: string[] = []
    for (let count = 1 + below(5); count > 0; count--) {
      const there = present.length > 0 ? pick(present) : undefined
      const [file, old] = [anyFile(), pick(tracked)]
      edits.push(pick([
        ...(there === undefined ? [] : [`rm -f '${there}'`, `echo changed > '${there}'`, `rm -f '${there}'; ln -s one '${there}'`, `chmod +x '${there}' 2>/dev/null`]),
        `mkdir -p '${path.posix.dirname(file)}' && { [ -d '${file}' ] || echo ${pick(['1', 'other'])} > '${file}'; }`,
        `mkdir -p '${path.posix.dirname(file)}'; git show 'HEAD:${file}' > '${path.posix.dirname(file)}/copied.txt'`,
        `mkdir -p '${path.posix.dirname(old)}' && echo ${pick(['1', 'other'])} > '${old}'`,
        `mkdir -p '${path.posix.dirname(old)}' && git show 'HEAD:${old}' > '${old}'`,
        'mkdir -p b/empty',
      ]))
    }
    const script = edits.map((edit) => `{ ${edit}; } || true`).join('\n')
    for (const workspace of [part, whole]) {
      await workspace.beforeBuild()
      sandbox.build(workspace, script)
    }
    const [left, right] = [await part.guard(wholeProject), await whole.guard(wholeProject)]
    assert.equal(left, right, `${label}:\n${script}`)
    if (left.type === 'clean') {
      await part.materialise(left.tree)
      assert.equal(await part.changedSince(left.tree), [], label)
    }
    await part.rollback()
    assert.equal(walk(part.path), expected, `rolled back: ${label}:\n${script}`)
    await part.release()
    await whole.release()
  }
}))

test.run()
