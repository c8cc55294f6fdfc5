import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf, classifyBuiltIn, clean, fingerprintOf, parametrise, readOutput } from '../../../core/failure/index.ts'
import { builtInExtractors } from '../../../core/failure/extract.ts'
import { longestLine } from '../../../core/failure/extractor.ts'
import { failureSchema } from '../../../core/model/failure.ts'
import { seeded } from '../../support/checks.ts'
import { failureFixtures } from '../../support/failures.ts'

const test = suite('hostile outputs')
const fixtures = failureFixtures()

/** Milliseconds that no output may take; a backtracking pattern takes minutes. The machine may be slow: a usual one takes a few. */
const limit = 10_000

function quick(name: string, text: string): void {
  const start = performance.now()
  const causes = causesOf(text)
  const took = performance.now() - start
  assert.ok(took < limit, `${name} took ${Math.round(took)} ms`)
  for (const cause of causes) {
    assert.ok(cause.title.length <= 200 && cause.template.length < 30_000 && cause.evidence.length <= 10 && cause.evidence.every((line) => line.length <= 500), name)
    assert.not.throws(() => fingerprintOf(cause), undefined, name)
  }
  assert.ok(causes.length <= 2_000, `${name}: ${causes.length} causes`)
}

test('one endless line, of any kind', () => {
  for (const piece of ['x', ' ', '(', "'", 'Error: ', 'at a (b:1:1) ', '/', '\\', '../', 'a.b.', '\u001b[31m', '\r', '=', '_', '0x', '1:', '{"a":', '\u0000', 'é', '😀']) {
    quick(`line of ${JSON.stringify(piece)}`, piece.repeat(Math.ceil(600_000 / piece.length)))
    quick(`line of ${JSON.stringify(piece)} after an error`, `Error: boom\n    at x (y.js:1:1)\n${piece.repeat(Math.ceil(300_000 / piece.length))}\nError: bang`)
  }
})

test('what makes careless patterns explode', () => {
  const bombs = [
    `Error: ${'a'.repeat(30_000)}!`, `${'\t'.repeat(50_000)}x`, `FAIL ${' > '.repeat(20_000)}`, `  File "${'a/'.repeat(20_000)}", line 1`, `${'a:'.repeat(20_000)} error: x`,
    `npm error ${'npm error '.repeat(10_000)}`, `${'_'.repeat(50_000)} x`, `E   ${'assert '.repeat(10_000)}`, `    at ${'x '.repeat(20_000)}(a.js:1:1)`, `${'('.repeat(20_000)}a.js:1:1${')'.repeat(20_000)}`,
    `${'C:\\a'.repeat(20_000)}`, `${'/a'.repeat(50_000)}`, `${'`'.repeat(50_000)}`, `${'‘'.repeat(50_000)}`, `${'1'.repeat(50_000)}:${'1'.repeat(50_000)}`, `${'2026-01-01T'.repeat(10_000)}`, `${'a-'.repeat(30_000)}`, `${'deadbeef'.repeat(10_000)}`,
  ]
  for (const [index, bomb] of bombs.entries()) {
    quick(`bomb ${index}`, bomb)
    quick(`bomb ${index} in short lines`, Array.from({ length: 200 }, () => bomb.slice(0, longestLine - 10)).join('\n'))
  }
})

test('many errors cost what the window costs', () => {
  for (const line of ['src/a.ts(1,1): error TS2304: x', 'Traceback (most recent call last):', '  ● a › b', 'E   Error: x', 'not ok 1 - a', '✖ a (1ms)', 'a.rb:1:in x: y (NameError)', '+-+---------------- 1 ----------------', 'Error: x', '____ a ____', ' FAIL  a.js > b', '  1) a', '[ERROR] x', 'error[E0308]: x']) {
    quick(line, `${line}\n`.repeat(Math.ceil(2_000_000 / line.length)))
  }
})

test('binary, halves of characters, control characters and nothing at all', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seeded(seed)
    const bytes = Buffer.from(Array.from({ length: 20_000 }, () => Math.floor(random() * 256)))
    quick(`bytes of seed ${seed}`, bytes.toString('utf8'))
    quick(`Latin bytes of seed ${seed}`, bytes.toString('latin1'))
  }
  quick('half a pair', `Error: ${'\ud83d'.repeat(1_000)}\n    at x (y.js:1:1)`)
  for (const text of ['', '\n', ' \r\n\t', '\u001b[0m', '\u0000']) assert.equal(causesOf(text), [])
})

test('fixtures that are cut, shuffled, doubled and mixed', () => {
  for (let seed = 1; seed <= 250; seed++) {
    const random = seeded(seed)
    const pick = () => fixtures[Math.floor(random() * fixtures.length)]!.text
    const lines = [...pick().split('\n'), ...pick().split('\n')]
    const kind = seed % 4
    const text = kind === 0 ? lines.toSorted(() => random() - 0.5).join('\n')
      : kind === 1 ? lines.join('\n').slice(Math.floor(random() * 500)).slice(0, Math.floor(random() * 3_000))
      : kind === 2 ? lines.map((line) => (random() < 0.2 ? `${line}${line}` : random() < 0.2 ? line.slice(0, random() * line.length) : line)).join('\n')
      : lines.flatMap((line) => (random() < 0.3 ? [line, pick().split('\n')[0]!] : [line])).join('\n')
    assert.not.throws(() => quick(`seed ${seed}`, text), undefined, `seed ${seed}`)
    const output = readOutput(text)
    for (const extractor of builtInExtractors) assert.not.throws(() => extractor.extract(output, {}), undefined, `${extractor.tool}, seed ${seed}`)
  }
})

test('every extractor by itself stays within its bounds and the text', () => {
  for (const { id, text, context } of fixtures.filter((_, index) => index % 3 === 0)) {
    const output = readOutput(text, context)
    for (const extractor of builtInExtractors) {
      for (const { at, span, key } of extractor.extract(output, context)) {
        const [from, to] = span ?? [at, at]
        assert.ok(at >= 0 && at < output.lines.length && from >= 0 && to < output.lines.length && from <= to, `${extractor.tool} on ${id}: ${at}, ${from}–${to} of ${output.lines.length}`)
        assert.ok(Array.isArray(key), id)
      }
    }
  }
})

test('masking and cleaning twice is as once', () => {
  for (const { id, text } of fixtures) {
    assert.is(clean(clean(text)), clean(text), id)
    for (const { template } of causesOf(text).slice(0, 3)) assert.is(parametrise(template), template, id)
  }
})

test('nothing to read is unknown, of low confidence', () => {
  for (const output of ['', '\n\n', '\u001b[0m\r\n']) {
    const answer = classifyBuiltIn(failureSchema.parse({ stage: 'checks', message: '', output }))
    assert.equal([answer.class, answer.confidence], ['unknown', 'low'])
  }
})

test.run()
