import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bounded, clean } from '../../../core/failure/index.ts'

const test = suite('clean')

test('colours, titles, links and cursor movements go; the text stays', () => {
  assert.is(clean('\u001b[31;1mError:\u001b[0m boom \u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\\u001b[2K'), 'Error: boom link')
  assert.is(clean('a \u001b]0;never ended\nb'), 'a \nb')
})

test('line ends are one, and of a rewritten line the last text is kept', () => {
  assert.is(clean('one\r\ntwo\r\n'), 'one\ntwo\n')
  assert.is(clean(' 10%\r 50%\r100%\ndone'), '100%\ndone')
  assert.is(clean('kept\r'), 'kept')
})

test('control characters, byte order marks and stamps before lines go', () => {
  assert.is(clean('\uFEFFa\u0000\u0007b'), 'ab')
  assert.is(clean('2026-11-17T07:53:40.2897801Z Error: x\n[2026-11-17 07:53:41,123] y'), 'Error: x\ny')
})

test('a long output is bounded to its head and tail, cut at line ends', () => {
  const text = Array.from({ length: 1000 }, (_, index) => `line ${index}`).join('\n')
  const window = bounded(text, { head: 100, tail: 200 })
  assert.ok(window.startsWith('line 0\n') && window.endsWith('line 999'))
  assert.match(window, /\n\[… \d+ characters left out …\]\nline \d+\n/)
  assert.ok(window.length < 400, String(window.length))
  assert.is(bounded('short', { head: 100, tail: 100 }), 'short')
  assert.ok(bounded('x'.repeat(10_000), { head: 10, tail: 10 }).length < 100, 'one endless line')
})

test.run()
