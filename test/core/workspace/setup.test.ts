import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../../core/errors.ts'
import type { SetupRequest } from '../../../core/workspace/index.ts'
import { wholeProject, withSandbox } from './support.ts'
import type { Sandbox } from './support.ts'

const test = suite('setup')
const files = { 'lock.json': '1', 'src/a.ts': '1', '.gitignore': 'modules/\n' }

/** A package manager of a kind: what it makes depends on lock.json; each call leaves a line in $HOME/calls. */
const install = 'mkdir -p modules/pkg/.bin; cp lock.json modules/pkg/index; ln -sf ../index modules/pkg/.bin/tool; echo touched >> src/a.ts; echo call >> "$HOME/calls"'
const setupOf = (sandbox: Sandbox, script = install, extra: Partial<SetupRequest> = {}): SetupRequest => ({
  setup: [{ shell: script }], cache: ['modules'], key: ['lock.json'], dir: (key) => path.join(sandbox.dir, 'trees/.setup', key), ...extra,
})
const calls = (sandbox: Sandbox) => (existsSync(path.join(sandbox.dir, 'home/calls')) ? readFileSync(path.join(sandbox.dir, 'home/calls'), 'utf8').trim().split('\n').length : 0)

async function codeOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action()
  } catch (error) {
    if (error instanceof UserError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'nothing was thrown'
}

test('runs once per key, is copied, verified and restored, and follows the tree that is put in place', withSandbox(files, async (sandbox) => {
  const repository = await sandbox.open()
  let told = 0
  const setup = setupOf(sandbox, install, { around: async (work) => { told++; await work() } })
  const workspace = await sandbox.acquire(repository, { setup })
  const file = path.join(workspace.path, 'modules/pkg/index')
  assert.is(workspace.setupRan, true)
  assert.is(readFileSync(file, 'utf8'), '1')
  assert.is(readFileSync(path.join(workspace.path, 'src/a.ts'), 'utf8'), '1', 'what the setup did to tracked files is undone')

  // Poison in the cached folder is gone before checks run, and never part of the candidate.
  writeFileSync(file, '666')
  writeFileSync(path.join(workspace.path, 'modules/new'), 'x')
  const poisoned = await workspace.guard(wholeProject)
  assert.equal(poisoned, { type: 'clean', tree: workspace.baseTree, changed: [] })
  await workspace.materialise(workspace.baseTree)
  assert.is(readFileSync(file, 'utf8'), '1')
  assert.not(existsSync(path.join(workspace.path, 'modules/new')))
  assert.is(calls(sandbox), 1)

  // A candidate with another key gets its own setup; going back to the base serves the first from the cache.
  const baseKey = workspace.setupKey
  writeFileSync(path.join(workspace.path, 'lock.json'), '2')
  const changed = await workspace.guard(wholeProject)
  await workspace.materialise((changed as { tree: string }).tree)
  assert.is(readFileSync(file, 'utf8'), '2')
  assert.is.not(workspace.setupKey, baseKey)
  await workspace.rollback()
  assert.is(readFileSync(file, 'utf8'), '1')
  assert.is(workspace.setupKey, baseKey)
  assert.is(calls(sandbox), 2)
  await workspace.release()

  const warm = await sandbox.acquire(repository, { setup })
  assert.is(warm.setupRan, false)
  const second = await sandbox.acquire(repository, { setup, path: path.join(sandbox.dir, 'trees/run-2'), indexFile: path.join(sandbox.dir, 'trees/.index/run-2'), branch: 'autopack/demo/run-2' })
  assert.is(second.setupRan, false)
  assert.is(told, calls(sandbox), 'told of each run, and of none that a cache served')
  assert.is(readFileSync(path.join(second.path, 'modules/pkg/.bin/tool'), 'utf8'), '1')
  assert.is(calls(sandbox), 2)
  assert.is(sandbox.git(['status', '--porcelain'], { cwd: second.path }), '')
}))

test('a cached folder that is not ignored is no part of the candidate either', withSandbox({ 'lock.json': '1', 'src/a.ts': '1' }, async (sandbox) => {
  const workspace = await sandbox.acquire(await sandbox.open(), { setup: setupOf(sandbox) })
  assert.equal(await workspace.guard(wholeProject), { type: 'clean', tree: workspace.baseTree, changed: [] })
}))

test('entries that leave the worktree are refused by name, and nothing is cached', withSandbox(files, async (sandbox) => {
  const repository = await sandbox.open()
  for (const link of ['/etc', '../../../..', '$PWD/src']) {
    const outcome = await codeOf(() => sandbox.acquire(repository, { setup: setupOf(sandbox, `mkdir -p modules/p; ln -s "${link}" modules/p/out`) }))
    assert.match(outcome, /^setup-escapes: modules\/p\/out, made by the setup, resolves outside the worktree: /, link)
  }
  assert.equal(readdirSync(path.join(sandbox.dir, 'trees/.setup')).filter((name) => !name.endsWith('.log')), [])
}))

test('a command that fails and a folder that is missing are told', withSandbox(files, async (sandbox) => {
  const repository = await sandbox.open()
  assert.is(await codeOf(() => sandbox.acquire(repository, { setup: setupOf(sandbox, 'echo broken >&2; exit 3') })), 'setup-failed: the setup command `echo broken >&2; exit 3` ended with exit code 3')
  assert.match(await codeOf(() => sandbox.acquire(repository, { setup: setupOf(sandbox, 'true') })), /^setup-folder-missing: the setup did not make "modules"/)
}))

test('two at once both succeed', withSandbox(files, async (sandbox) => {
  const repository = await sandbox.open()
  const all = await Promise.all(['a', 'b', 'c'].map((name) => sandbox.acquire(repository, {
    setup: setupOf(sandbox), path: path.join(sandbox.dir, 'trees', name), indexFile: path.join(sandbox.dir, 'trees/.index', name), branch: `autopack/demo/${name}`,
  })))
  for (const one of all) assert.is(readFileSync(path.join(one.path, 'modules/pkg/index'), 'utf8'), '1')
  assert.is(readdirSync(path.join(sandbox.dir, 'trees/.setup')).filter((name) => !name.endsWith('.log')).length, 1)
}))

test('who needs a setup that is under way waits for it, and makes it if that failed', withSandbox(files, async (sandbox) => {
  const repository = await sandbox.open()
  const acquire = async (script: string, names: string[], underWay = new Map<string, Promise<unknown>>()) => await Promise.allSettled(names.map((name) => sandbox.acquire(repository, {
    setup: setupOf(sandbox, script, { underWay }), path: path.join(sandbox.dir, 'trees', name), indexFile: path.join(sandbox.dir, 'trees/.index', name), branch: `autopack/demo/${name}`,
  })))
  const all = await acquire(install, ['a', 'b', 'c'])
  assert.equal(all.map((one) => one.status === 'fulfilled' && readFileSync(path.join(one.value.path, 'modules/pkg/index'), 'utf8')), ['1', '1', '1'])
  assert.is(calls(sandbox), 1)
  const once = `[ -e "$HOME/failed" ] || { touch "$HOME/failed"; exit 1; }; ${install}`
  const some = await acquire(once, ['d', 'e'])
  assert.equal(some.map((one) => one.status).sort(), ['fulfilled', 'rejected'])
}))

test('fills a submodule, which is then as good as installed, and follows the commit that it is at', withSandbox({ 'src/a.ts': '1' }, async (sandbox) => {
  const library = path.join(sandbox.dir, 'library')
  const inLibrary = (...args: string[]) => sandbox.git(args, { cwd: library })
  mkdirSync(library)
  inLibrary('init', '-q', '-b', 'main')
  const release = (text: string) => {
    writeFileSync(path.join(library, 'lib.txt'), text)
    inLibrary('add', '.')
    inLibrary('commit', '-q', '-m', text)
  }
  release('1')
  sandbox.git(['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'vendor/lib'])
  const base = sandbox.commitAll('a library')
  const setup = setupOf(sandbox, 'git -c protocol.file.allow=always submodule --quiet update --init; echo call >> "$HOME/calls"', { cache: ['vendor/lib'], key: ['.gitmodules'] })
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository, { setup, base })
  const file = path.join(workspace.path, 'vendor/lib/lib.txt')
  assert.is(readFileSync(file, 'utf8'), '1')
  await workspace.beforeBuild()
  sandbox.build(workspace, 'echo 2 > src/a.ts; echo changed > vendor/lib/lib.txt')
  const guarded = await workspace.guard(wholeProject)
  assert.equal([guarded.type, guarded.changed], ['clean', [{ path: 'src/a.ts', status: 'modified' }]])
  await workspace.materialise((guarded as { tree: string }).tree)
  assert.is(readFileSync(file, 'utf8'), '1', 'what the builder did there is undone, as in any folder that setup made')
  await workspace.release()

  // Another worktree gets a copy.
  const second = await sandbox.acquire(repository, { setup, base, path: path.join(sandbox.dir, 'trees/run-2'), indexFile: path.join(sandbox.dir, 'trees/.index/run-2'), branch: 'autopack/demo/run-2' })
  assert.equal([second.setupRan, readFileSync(path.join(second.path, 'vendor/lib/lib.txt'), 'utf8')], [false, '1'])
  assert.is((await second.guard(wholeProject)).type, 'clean')

  release('2')
  sandbox.git(['pull', '-q'], { cwd: path.join(sandbox.root, 'vendor/lib') })
  const moved = await sandbox.acquire(repository, { setup, base: sandbox.commitAll('a newer library') })
  assert.is(readFileSync(path.join(moved.path, 'vendor/lib/lib.txt'), 'utf8'), '2')
  assert.is(calls(sandbox), 2)
}))

test.run()
