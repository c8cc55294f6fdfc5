import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lineStream, type StreamLine } from '../../../core/builders/stream.ts'

const test = suite('stream', { folder: '' })
test.before.each((context) => { context.folder = mkdtempSync(join(tmpdir(), 'autopack-stream-')) })
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

const text = [
  '{"type":"a","text":"zwölf Boxkämpfer 🥊 jagen"}', 'warning: something', '', '{"type":"b"} trailing', 'WARN {"type":"c"}', '{"half":', '  {"type":"d"}\r', '[1]', 'null', '{"type":"e"}',
].join('\n')
const whole: StreamLine[] = [
  { type: 'event', event: { type: 'a', text: 'zwölf Boxkämpfer 🥊 jagen' } }, { type: 'text', text: 'warning: something' }, { type: 'text', text: '{"type":"b"} trailing' }, { type: 'event', event: { type: 'c' } },
  { type: 'text', text: '{"half":' }, { type: 'event', event: { type: 'd' } }, { type: 'text', text: '[1]' }, { type: 'text', text: 'null' }, { type: 'event', event: { type: 'e' } },
]

test('lines are the same, however they are written and read', async ({ folder }) => {
  const bytes = Buffer.from(text)
  for (let seed = 1; seed <= 40; seed++) {
    let state = seed
    const below = (limit: number) => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) % limit
    const file = join(folder, `${seed}.jsonl`)
    const stream = await lineStream(file)
    const lines: StreamLine[] = []
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + below(20)
      appendFileSync(file, bytes.subarray(at, end))
      at = end
      if (below(2) === 0) await stream.read((line) => lines.push(line), false)
    }
    assert.not.ok(lines.some((line) => line.type === 'event' && line.event['type'] === 'e'), `seed ${seed}: the last line has no end yet`)
    await stream.read((line) => lines.push(line), true)
    await stream.close()
    assert.equal(lines, whole, `seed ${seed}`)
  }
})

test('a line that is too long is passed over, and nothing of it is kept', async ({ folder }) => {
  const file = join(folder, 'a.jsonl')
  writeFileSync(file, `{"type":"a"}\n{"type":"long","text":"${'x'.repeat(8 * 1024 * 1024)}"}\n{"type":"b"}\n`)
  const stream = await lineStream(file)
  const lines: StreamLine[] = []
  await stream.read((line) => lines.push(line), true)
  await stream.close()
  assert.equal(lines, [{ type: 'event', event: { type: 'a' } }, { type: 'event', event: { type: 'b' } }])
})

test('what another file in its place says is not read, and what was there before is passed over when asked', async ({ folder }) => {
  const file = join(folder, 'a.jsonl')
  writeFileSync(file, '{"type":"before"}\n')
  const stream = await lineStream(file, 18)
  rmSync(file)
  writeFileSync(file, `${'{"type":"another"}\n'.repeat(3)}`)
  const lines: StreamLine[] = []
  await stream.read((line) => lines.push(line), true)
  await stream.close()
  assert.equal(lines, [])
})

test.run()
