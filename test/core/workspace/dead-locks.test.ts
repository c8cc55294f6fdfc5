import { spawn } from 'node:child_process'
import { rmSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lockState } from '../../../core/workspace/index.ts'
import { makeSandbox } from './support.ts'

const test = suite('locks that were left')

/** A command that has begun its work, and ends with the test. */
async function running(command: string, args: string[], cwd: string): Promise<AsyncDisposable> {
  const child = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  return { async [Symbol.asyncDispose]() { child.kill('SIGKILL'); await ended } }
}

test('one is dead when it is old, nobody has it open and no git is at work there; the lock of a living git is never dead', async () => {
  const sandbox = makeSandbox()
  const elsewhere = makeSandbox()
  try {
    const file = path.join(sandbox.root, '.git/refs/heads/main.lock')
    const now = Date.now()
    const ask = () => {
      const state = lockState({ file, places: [sandbox.root], now, youngestMs: 60_000 })
      return state.type === 'unproven' ? state.why.replace(/\d+/, 'N') : state.type
    }
    assert.is(ask(), 'none')
    sandbox.write('.git/refs/heads/main.lock', '')
    assert.is(ask(), 'it is too young')
    utimesSync(file, now / 1_000 - 120, now / 1_000 - 120)
    if (process.platform !== 'linux') {
      assert.is(ask(), 'this system does not tell which processes have it open')
      return
    }
    {
      await using _holder = await running('sh', ['-c', `exec 9< '${file}'; echo; exec cat`], elsewhere.root)
      // It may not have got that far yet: until then it is dead.
      while (ask() === 'dead') await new Promise(setImmediate)
      assert.is(ask(), 'process N has it open')
    }
    {
      await using _git = await running('git', ['hash-object', '--stdin'], path.join(sandbox.root, 'src'))
      assert.is(ask(), 'a git is at work there, process N')
    }
    await using _other = await running('git', ['hash-object', '--stdin'], elsewhere.root)
    await using _reader = await running('git', ['-c', 'gc.auto=0', 'cat-file', '--batch'], sandbox.root)
    assert.is(ask(), 'dead')
    rmSync(file)
    assert.is(ask(), 'none')
  } finally {
    sandbox.clean()
    elsewhere.clean()
  }
})

test.run()
