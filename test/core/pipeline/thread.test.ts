import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keepThread, threadBefore } from '../../../core/pipeline/thread.ts'

const test = suite('thread')
const builder = { name: 'agent', passEnvironment: [], build: () => Promise.reject(new Error('not called')) }

test('a conversation is gone on with by its name, and never by what an agent would read as an option', () => {
  const folder = mkdtempSync(join(tmpdir(), 'autopack-thread-'))
  try {
    const [thread, before] = [join(folder, 'thread.json'), join(folder, 'before.json')]
    const attempt = { claim: { number: 2 }, paths: { thread, threadBefore: before } } as Parameters<typeof threadBefore>[0]
    for (const name of ['--dangerously-skip-permissions', '-', '', 'two words', '../../other']) {
      keepThread(attempt, builder, name)
      assert.not.ok(existsSync(thread), name)
      writeFileSync(before, JSON.stringify({ builder: 'agent', thread: name }))
      assert.is(threadBefore(attempt, builder), undefined, name)
    }
    for (const name of ['0199f3a1-7b1c-7d10-a5f3-0e9c6a1b2c3d', 'ses_4f2Xy', 'the-thread']) {
      keepThread({ ...attempt, paths: { ...attempt.paths, thread: before } }, builder, name)
      assert.is(threadBefore(attempt, builder), name)
    }
    assert.is(threadBefore(attempt, { ...builder, name: 'another' }), undefined)
    writeFileSync(before, '{"builder":')
    assert.is(threadBefore(attempt, builder), undefined)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
