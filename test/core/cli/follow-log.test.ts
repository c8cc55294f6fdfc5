import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { followLog } from '../../../core/cli/follow-log.ts'
import type { FollowedLog } from '../../../core/cli/follow-log.ts'
import { createRedactor } from '../../../core/process/redact.ts'

const test = suite('follow log')

async function following(use: (log: FollowedLog, file: string, printed: () => string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'autopack-test-'))
  let text = ''
  const file = join(folder, 'builder.log')
  const log = followLog(file, { redactor: createRedactor({ secrets: ['verysecret', 'correct horse battery staple'] }), print: (part) => { text += part }, closed: new AbortController().signal })
  await use(log, file, () => text)
  await rm(folder, { recursive: true })
}

test('prints what comes, whole lines only, and the rest at the end', () => following(async (log, file, printed) => {
  assert.is(await log.look(false), false)
  await writeFile(file, 'one\ntw')
  assert.is(await log.look(false), true)
  assert.is(printed(), 'one\n')
  await appendFile(file, 'o verysec')
  await log.look(false)
  assert.is(printed(), 'one\n')
  await appendFile(file, 'ret ö'.slice(0, -1))
  await appendFile(file, Buffer.from('ö').subarray(0, 1))
  await log.look(false)
  await appendFile(file, Buffer.from('ö').subarray(1))
  await log.look(true)
  assert.is(printed(), 'one\ntwo [redacted] ö')
}))

test('a redacted file in its place is gone on with, whatever its length', () => following(async (log, file, printed) => {
  await writeFile(file, 'a verysecret\nb\nhalf')
  await log.look(false)
  await writeFile(`${file}.redacting`, 'a [redacted, and longer than before]\nb\nhalf a line\nend\n')
  await rename(`${file}.redacting`, file)
  await log.look(true)
  assert.is(printed(), 'a [redacted]\nb\nhalf a line\nend\n')
}))

test('a line that never ends is printed in pieces, and none ends in a secret', () => following(async (log, file, printed) => {
  await writeFile(file, 'x'.repeat(100_000))
  await log.look(false)
  assert.ok(printed().length > 60_000)
  for (let inside = 0; inside < 30; inside++) {
    await appendFile(file, `${'. '.repeat(40_000)}correct horse battery staple`.slice(0, 80_000 + inside))
    await log.look(false)
    await appendFile(file, `${'correct horse battery staple'.slice(inside)}${' .'.repeat(10_000 + inside)}`)
    await log.look(false)
  }
  await log.look(true)
  for (const part of ['correct', 'horse', 'staple']) assert.not.ok(printed().includes(part), part)
  assert.is(printed().split('[redacted]').length, 31)
}))

test('a key of several lines waits for its end, and takes none of the lines below it along', () => following(async (log, file, printed) => {
  const [begin, end] = ['-----BEGIN ', '-----END '].map((word) => `${word}PRIVATE KEY-----`)
  const key = [begin, ...Array.from({ length: 5 }, () => 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7'), end].join('\n')
  await writeFile(file, `before\n${key.slice(0, 200)}`)
  await log.look(false)
  assert.is(printed(), 'before\n')
  await appendFile(file, `${key.slice(200)}\nafter\n`)
  await log.look(false)
  assert.is(printed(), 'before\n[redacted]\nafter\n')
  await writeFile(`${file}.redacting`, 'before\n[redacted]\nafter\nmore\nend\n')
  await rename(`${file}.redacting`, file)
  await log.look(true)
  assert.is(printed(), 'before\n[redacted]\nafter\nmore\nend\n')
}))

test.run()
