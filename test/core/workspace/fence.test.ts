import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attemptsBetween, commitOfAttempt, fenceOf, moveBranch, raiseFence } from '../../../core/workspace/index.ts'
import { withSandbox } from './support.ts'

const test = suite('a fence')

test('keeps who has lost the run from every ref of it, whatever it knows', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const base = sandbox.git(['rev-parse', 'HEAD']).trim()
  const next = sandbox.commitAll('next')
  const tipOf = (ref: string): string => sandbox.git(['for-each-ref', '--format=%(objectname)', ref]).trim()
  const refused = async (branch: string, commit: string, from: string): Promise<string> =>
    await moveBranch(repository, branch, commit, from, { fence: fenceOf('stopped') }).then(() => '', (error: Error) => error.name)

  // Before it is up: made, and moved.
  await moveBranch(repository, 'autopack/demo/run-1', base, base, { fence: fenceOf('stopped') })
  await moveBranch(repository, 'autopack/demo/run-1', next, base, { fence: fenceOf('stopped') })
  assert.is(tipOf('refs/heads/autopack/demo/run-1'), next)

  await raiseFence(repository, 'stopped', base)
  assert.is(await refused('autopack/demo/run-1', base, next), 'BranchMovedError')
  assert.is(tipOf('refs/heads/autopack/demo/run-1'), next)
  assert.is(await refused('autopack/demo/run-2', next, base), 'BranchMovedError')
  assert.is(tipOf('refs/heads/autopack/demo/run-2'), '', 'not even a new one')

  // Who has the run now goes on, by the name of another attempt.
  await moveBranch(repository, 'autopack/demo/run-1', base, next, { fence: fenceOf('current') })
  assert.is(tipOf('refs/heads/autopack/demo/run-1'), base)
}))

test('keeps a review from being asked for', withSandbox(undefined, async (sandbox) => {
  const workspace = await sandbox.acquire(await sandbox.open())
  await workspace.beforeBuild()
  sandbox.build(workspace, 'echo new > src/new.ts')
  const guarded = await workspace.guard({ write: [], readOnly: [], protect: [] })
  assert.is(guarded.type, 'clean')
  const ref = 'refs/autopack/review/demo/run-1/one'
  const ask = async (): Promise<string> =>
    await workspace.commit({ tree: (guarded as { tree: string }).tree, message: 'one', trailers: {}, guardWrite: async () => undefined, ref, fence: fenceOf('stopped') }).then(() => '', (error: Error) => error.name)
  assert.is(await ask(), '')
  sandbox.git(['update-ref', '-d', ref])
  await raiseFence(await sandbox.open(), 'stopped', sandbox.git(['rev-parse', 'HEAD']).trim())
  assert.is(await ask(), 'BranchMovedError')
  assert.is(sandbox.git(['for-each-ref', ref]), '')
}))

test('an attempt is found by its commit, at the tip of the branch or below others', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const base = sandbox.git(['rev-parse', 'HEAD']).trim()
  const commits = ['1a', '2b', '3c'].map((attempt) => sandbox.commitAll(`${attempt}: do it\n\nAutopack-Attempt: ${attempt}`))
  sandbox.git(['branch', 'autopack/demo/run-1'])
  const find = async (attempt: string, since?: string) => (await commitOfAttempt(repository, 'autopack/demo/run-1', attempt, since))?.commit
  assert.equal([await find('3c', base), await find('1a', base), await find('2b', base)], [commits[2], commits[0], commits[1]])
  assert.equal([await find('3c'), await find('1a'), await find('1a', commits[0]), await find('b', base), await find('4d', base)], [commits[2], undefined, undefined, undefined, undefined])
  assert.is(await commitOfAttempt(repository, 'autopack/demo/run-2', '1a', base), undefined)
  assert.equal(await attemptsBetween(repository, base, commits[2]!), ['3c', '2b', '1a'])
  assert.equal([await attemptsBetween(repository, commits[2]!, commits[2]!), await attemptsBetween(repository, commits[2]!, base)], [[], undefined])
  assert.equal(await attemptsBetween(repository, base, sandbox.commitAll('by hand')), ['', '3c', '2b', '1a'])
}))

test.run()
