import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lineNumber, readLogWindow } from '../../../core/project/log-window.ts'

const test = suite('the window of a log')

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('a short log is kept whole, in pieces of any size', async () => {
  for (const size of [1, 3, 1_000]) {
    const window = await readLogWindow(pieces('één\ntwee\ndrie', size), { head: 4, tail: 100 })
    assert.equal([window.text, window.bytes, window.lines, window.leftOut], ['één\ntwee\ndrie', 15, 3, 0])
    assert.is(lineNumber(window, 2), 3)
  }
  assert.equal(await readLogWindow(pieces('', 1)).then(({ text, lines, bytes }) => [text, lines, bytes]), ['', 0, 0])
  assert.is((await readLogWindow(pieces('a\nb\n', 2))).lines, 2)
  assert.is((await readLogWindow(pieces('a', 2))).lines, 1)
})

test('of a long one beginning and end are kept, and every line keeps its number in the log', async () => {
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index + 1} ${'x'.repeat(index % 7)}`)
  for (const size of [1, 7, 64, 5_000]) {
    const window = await readLogWindow(pieces(`${lines.join('\n')}\n`, size), { head: 100, tail: 300 })
    assert.is(window.lines, 500)
    const seen = window.text.split('\n')
    let checked = 0
    for (const [index, text] of seen.entries()) {
      const number = lineNumber(window, index)
      // Cut lines are those at the edges of what was left out.
      if (number === undefined || lines[number - 1] !== text) continue
      checked++
      assert.is(text, lines[number - 1], `size ${size}`)
    }
    assert.ok(checked >= seen.length - 4, `size ${size}: ${checked} of ${seen.length}`)
  }
})

test.run()
