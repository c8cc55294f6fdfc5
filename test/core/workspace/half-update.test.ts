import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { undoHalfUpdate } from '../../../core/workspace/index.ts'
import { withSandbox } from './support.ts'

const test = suite('a checkout that was half brought up to date')

const before = { 'a.txt': 'a 1\n', 'b.txt': 'b 1\n', 'c.txt': 'c 1\n', 'gone.txt': 'gone\n', 'mine.txt': 'mine 1\n', 'same.txt': 'same\n' }
const after = { 'a.txt': 'a 2\nmore\n', 'b.txt': 'b 2\nmore\n', 'c.txt': 'c 2\n', 'mine.txt': 'mine 2\n', 'new.txt': 'new\nmore\n', 'later.txt': 'later\n' }

/** A checkout at `from`, and a commit `to` on top of that. */
async function prepare(sandbox: Parameters<Parameters<typeof withSandbox>[1]>[0]): Promise<{ from: string; to: string }> {
  const from = sandbox.git(['rev-parse', 'HEAD']).trim()
  for (const [file, content] of Object.entries(after)) sandbox.write(file, content)
  rmSync(path.join(sandbox.root, 'gone.txt'))
  const to = sandbox.commitAll('to')
  sandbox.git(['reset', '-q', '--hard', from])
  return { from, to }
}

test('what git had written, whole or in part, is taken back; what is like neither stays and is named', withSandbox(before, async (sandbox) => {
  const { from, to } = await prepare(sandbox)
  const repository = await sandbox.open()
  sandbox.write('a.txt', after['a.txt'])
  sandbox.write('b.txt', 'b 2\n')
  rmSync(path.join(sandbox.root, 'c.txt'))
  rmSync(path.join(sandbox.root, 'gone.txt'))
  sandbox.write('new.txt', 'new')
  sandbox.write('mine.txt', 'my own\n')
  sandbox.write('same.txt', 'my own too\n')
  assert.equal(await undoHalfUpdate(repository, sandbox.root, from, to), ['mine.txt'])
  assert.is(sandbox.git(['status', '--porcelain']), ' M mine.txt\n M same.txt\n')
  assert.equal([existsSync(path.join(sandbox.root, 'new.txt')), readFileSync(path.join(sandbox.root, 'mine.txt'), 'utf8')], [false, 'my own\n'])
}))

test('so is a whole update whose branch had not moved', withSandbox(before, async (sandbox) => {
  const { from, to } = await prepare(sandbox)
  sandbox.git(['read-tree', '-m', '-u', from, to])
  sandbox.write('untracked.txt', 'my own\n')
  assert.equal(await undoHalfUpdate(await sandbox.open(), sandbox.root, from, to), [])
  assert.is(sandbox.git(['status', '--porcelain']), '?? untracked.txt\n')
  assert.equal(await undoHalfUpdate(await sandbox.open(), sandbox.root, from, to), [], 'there is nothing left to do')
}))

test.run()
