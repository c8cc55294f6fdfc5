import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Attempt } from '../../../core/pipeline/attempt.ts'
import { noteSkipped } from '../../../core/pipeline/skipped.ts'

const test = suite('files that a check left out')

function told(files: readonly string[], fix: (file: string) => string | undefined = () => undefined) {
  const attempt = { warnings: [] as string[], skipped: [] as Attempt['skipped'][number][] }
  const skipped = files.map((file) => ({ file, reason: `${file.startsWith('x') ? 'extra' : 'praw'} is optional`, ...(fix(file) !== undefined && { fix: fix(file)! }) }))
  noteSkipped(attempt as unknown as Attempt, { check: 'tests', skipped })
  assert.equal(attempt.skipped, skipped.map((one) => ({ check: 'tests', ...one })), 'the record has each file')
  return attempt.warnings
}

test('one warning for each reason, however many files', () => {
  const fix = (file: string) => `mend ${file}`
  assert.equal(told(['a'], fix), ['check tests skipped a: praw is optional; for good: mend a'])
  assert.equal(told(['a', 'x1', 'b'], fix), ['check tests skipped a and b: praw is optional; for good: mend a, and alike in the other', 'check tests skipped x1: extra is optional; for good: mend x1'])
  assert.equal(told(['a', 'b', 'c']), ['check tests skipped a, b and c: praw is optional'])
})

test('names are many, and still a line', () => {
  const files = Array.from({ length: 30 }, (_, index) => `f${index}`)
  assert.equal(told(files), [`check tests skipped ${files.slice(0, 8).join(', ')} and 22 more: praw is optional`])
  assert.match(told(files.slice(0, 9)).join('\n'), 'f7 and f8:', 'as long as "and 1 more"')
})
test.run()
