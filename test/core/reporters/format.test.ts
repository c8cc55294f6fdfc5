import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatBytes, formatCost, formatCount, formatUsage, padEnd, plainLine, plural, shellQuote, shortPath, truncate } from '../../../core/reporters/format.ts'
import { createStyle } from '../../../core/reporters/style.ts'
import { formatTable, wrapText } from '../../../core/reporters/table.ts'

const test = suite('format')

test('counts, bytes and costs are said briefly, and nothing is rounded to nothing', () => {
  assert.equal([0, 950, 1_000, 12_345, 999_949, 999_950, 4_100_000].map(formatCount), ['0', '950', '1k', '12.3k', '999.9k', '1M', '4.1M'])
  assert.equal([0, 999, 1_000, 1_300_000_000, 999_600].map(formatBytes), ['0 B', '999 B', '1 kB', '1.3 GB', '1 MB'])
  assert.equal([0, 0.004, 0.04, 12.5].map(formatCost), ['$0.00', '<$0.01', '$0.04', '$12.50'])
  assert.equal([plural(1, 'phase'), plural(0, 'phase')], ['1 phase', '0 phases'])
})

test('unknown usage is unknown, never 0; an estimated cost says so', () => {
  assert.is(formatUsage('unknown'), 'tokens unknown')
  assert.is(formatUsage({ inputTokens: 12_000, outputTokens: 345 }), '12.3k tokens')
  assert.is(formatUsage({ inputTokens: 1, outputTokens: 0, cost: 0.5, costEstimated: true }), '1 tokens · ~$0.50')
  assert.is(formatUsage({ inputTokens: 12_000, outputTokens: 345, cost: 1.2, unpricedTokens: 3_000, unpricedModels: ['local/own'] }), '12.3k tokens · at least $1.20, no price for 3k (local/own)')
  assert.is(formatUsage({ inputTokens: 12_000, outputTokens: 345, unpricedTokens: 12_345, unpricedModels: ['local/own'] }), '12.3k tokens · no price for local/own')
  assert.is(formatUsage({ inputTokens: 12_000, outputTokens: 345, cost: 1.2, costEstimated: true, incomplete: true }), 'at least 12.3k tokens · at least ~$1.20')
})

test('colours count for no width, and what a tool printed cannot move the cursor', () => {
  const { red } = createStyle(true)
  assert.is(red('x'), '\u001b[31mx\u001b[39m')
  assert.is(createStyle(false).red('x'), 'x')
  assert.is(padEnd(red('ab'), 4), `${red('ab')}  `)
  assert.is(plainLine('a\u001b[2Jb\r\nc\u0007\td'), 'ab c d')
})

test('long text is cut with a mark, or broken at spaces', () => {
  assert.is(truncate('häuser und mehr', 6), 'häuse…')
  assert.is(truncate('short', 6), 'short')
  assert.equal(wrapText('one two three\nfour', 7), ['one two', 'three', 'four'])
  assert.equal(wrapText('unbreakable', 4), ['unbreakable'])
})

test('tables align, without a space at the end of a line', () => {
  assert.equal(formatTable([['a', 'bb', ''], ['ccc', 'd', 'e']], { indent: 2 }), ['  a    bb', '  ccc  d   e'])
})

test('paths and arguments can be typed as they are printed', () => {
  assert.equal([shortPath('/p/a/b', '/p'), shortPath('/pp/a', '/p'), shortPath('/p', '/p'), shortPath('/a', '/')], ['a/b', '/pp/a', '.', 'a'])
  assert.equal([shellQuote('run-1'), shellQuote("it's here"), shellQuote('')], ['run-1', "'it'\\''s here'", "''"])
})

test.run()
