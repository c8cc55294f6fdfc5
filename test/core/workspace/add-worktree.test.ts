import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addWorktree } from '../../../core/workspace/add-worktree.ts'
import { withSandbox } from './support.ts'

const test = suite('a worktree of ours')

test('is one for git, whatever its folder is called', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const base = sandbox.git(['rev-parse', 'HEAD']).trim()
  const places = ['a/run', 'b/run', 'c/run', 'a/with space', 'a/..dots..', 'a/name.lock', 'a/-dash', 'a/zażółć', 'a/ü'].map((name) => path.join(sandbox.dir, 'trees', name))
  for (const place of places) await addWorktree(repository, place, base, false)
  for (const place of places) {
    assert.equal(sandbox.git(['rev-parse', 'HEAD', '--show-toplevel', '--abbrev-ref', 'HEAD'], { cwd: place }).trim().split('\n'), [base, place, 'HEAD'])
    sandbox.git(['reset', '--hard', '--quiet'], { cwd: place })
    assert.is(sandbox.git(['status', '--porcelain'], { cwd: place }), '')
  }
  const listed = sandbox.git(['worktree', 'list', '--porcelain', '-z']).split('\0').filter((line) => line.startsWith('worktree ')).map((line) => line.slice('worktree '.length))
  assert.equal(listed.sort(), [sandbox.root, ...places].sort())
  sandbox.git(['fsck', '--no-progress'])
  assert.equal(readdirSync(path.join(sandbox.root, '.git')).filter((name) => name.startsWith('autopack-')), [], 'nothing is left of the making')
  sandbox.git(['worktree', 'prune', '--expire', 'now'])
  assert.is(readdirSync(path.join(sandbox.root, '.git/worktrees')).length, places.length, 'none is taken for a lost one')
}))

test('that was deleted by hand is made anew, under one record', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const { path: place } = await sandbox.acquire(repository)
  for (const also of [[], [path.join(sandbox.dir, 'trees/.index')]]) {
    for (const gone of [place, ...also]) rmSync(gone, { recursive: true })
    await sandbox.acquire(repository)
    assert.is(sandbox.git(['status', '--porcelain'], { cwd: place }), '')
    assert.is(readdirSync(path.join(sandbox.root, '.git/worktrees')).length, 1)
  }
}))

test('is never seen half made', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const base = sandbox.git(['rev-parse', 'HEAD']).trim()
  const stop = path.join(sandbox.dir, 'stop')
  // What another drain's git does, or a person's: it reads the records of all worktrees.
  const looking = spawn('sh', ['-c', 'while [ ! -e "$STOP" ]; do git worktree list > /dev/null || exit 1; echo looked; done'], { cwd: sandbox.root, env: { ...sandbox.env, STOP: stop }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(looking, 'close')
  let told = ''
  looking.stderr.on('data', (text: Buffer) => (told += text.toString()))
  let looks = 0
  looking.stdout.on('data', () => looks++)
  await once(looking.stdout, 'data')
  for (let number = 0; number < 400 && told === ''; number++) {
    await addWorktree(repository, path.join(sandbox.dir, `trees/${number}`), base, false)
    if (number % 20 === 0) await new Promise(setImmediate)
  }
  writeFileSync(stop, '')
  assert.equal([...(await ended), told], [0, null, ''])
  assert.ok(looks > 1)
}))

test.run()
