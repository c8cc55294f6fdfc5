/** Builders beside each other: what one of them changes of the git that all worktrees share is that one's fault, and is put back for all. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { restoreAfterCrash, type Workspace } from '../../../core/workspace/index.ts'
import { withSandbox, wholeProject, type Sandbox } from './support.ts'

const test = suite('builders beside each other')

interface Beside { sandbox: Sandbox; first: Workspace; second: Workspace; files: [string, string]; recover(which: 0 | 1): Promise<string[]> }

/** The first builder changes config and hooks; only then does the second one begin, which changes nothing. */
async function prepare(sandbox: Sandbox): Promise<Beside> {
  const repository = await sandbox.open()
  const places = ['one', 'two'].map((name) => ({ path: path.join(sandbox.dir, 'trees', name), indexFile: path.join(sandbox.dir, 'trees/.index', name), branch: `autopack/demo/${name}` }))
  const [first, second] = [await sandbox.acquire(repository, places[0]), await sandbox.acquire(repository, places[1])]
  const files: [string, string] = [path.join(sandbox.dir, 'kept-one.json'), path.join(sandbox.dir, 'kept-two.json')]
  await first.beforeBuild(files[0])
  sandbox.build(first, 'git config core.pager evil; mkdir -p "$MAIN/.git/hooks"; echo evil > "$MAIN/.git/hooks/pre-commit"')
  await second.beforeBuild(files[1], [files[0]])
  sandbox.write('b.txt', 'b', second.path)
  return {
    sandbox, first, second, files,
    recover: async (which) => (await restoreAfterCrash({ repository, ...places[which]!, file: files[which], replacedDir: path.join(sandbox.dir, 'replaced'), isOurs: async () => false })).map(({ code }) => code!),
  }
}

const isRight = ({ sandbox }: Beside): void => {
  assert.throws(() => sandbox.git(['config', 'core.pager']))
  assert.not.ok(existsSync(path.join(sandbox.root, '.git/hooks/pre-commit')))
}

const codesOf = async (workspace: Workspace): Promise<string[]> => {
  const guarded = await workspace.guard(wholeProject)
  return guarded.type === 'violation' ? guarded.problems.map(({ code }) => code!) : []
}

test('the one that ends first is blamed, and the other neither blamed nor taken for right', withSandbox(undefined, async (sandbox) => {
  const beside = await prepare(sandbox)
  assert.equal(await codesOf(beside.first), ['git-config', 'git-hooks'])
  isRight(beside)
  assert.equal(await codesOf(beside.second), [])
  isRight(beside)
}))

test('nor where the other ends first', withSandbox(undefined, async (sandbox) => {
  const beside = await prepare(sandbox)
  assert.equal(await codesOf(beside.second), [])
  assert.equal(await codesOf(beside.first), ['git-config', 'git-hooks'])
  isRight(beside)
}))

test('what the second one changes on top is its own, and what is put back is what was before both', withSandbox(undefined, async (sandbox) => {
  const beside = await prepare(sandbox)
  sandbox.build(beside.second, 'git config core.editor evil')
  assert.equal(await codesOf(beside.second), ['git-config'])
  await beside.first.guard(wholeProject)
  isRight(beside)
  assert.throws(() => sandbox.git(['config', 'core.editor']))
}))

for (const order of [[0, 1], [1, 0]] as const) {
  test(`after a crash of both, recovered ${order.join(' and then ')}, all is as before both`, withSandbox(undefined, async (sandbox) => {
    const beside = await prepare(sandbox)
    for (const which of order) await beside.recover(which)
    isRight(beside)
    assert.equal(beside.files.map((file) => existsSync(file)), [false, false])
  }))
}

test.run()
