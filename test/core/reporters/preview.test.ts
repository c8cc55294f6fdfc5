import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventSchema } from '../../../core/model/event-schema.ts'
import { previewLines } from '../../../core/reporters/preview.ts'
import { createStyle } from '../../../core/reporters/style.ts'

const test = suite('preview')

type Preview = Parameters<typeof previewLines>[0]
const phase = (name: string, more: object = {}) => ({ phase: name, state: 'QUEUED', builder: 'command', action: 'would run', ...more })
const preview = (expected: Preview['expected']): Preview => ({
  at: '2026-11-22T10:00:00.000Z', type: 'drain-previewed', caps: { parallel: '1' }, checks: [], runsDir: '/p/runs', expected,
  runs: [{ run: 'r', base: 'HEAD', branch: 'b', source: 'r.yaml', phases: [phase('a', { expected: { basis: 'phase', attempts: 2, tokens: 12_000, cost: 0.05, durationMs: 61_000 } }), phase('b')] }],
})
const print = (event: Preview) => previewLines(eventSchema.parse(event) as Preview, { style: createStyle(false), columns: 100, cwd: '/p' })

test('each phase with what it is expected to cost, and all of them together', () => {
  const lines = print(preview({ phases: 3, known: 2, unknown: 1, tokens: 12_000, cost: 0.05, durationMs: 90_000 }))
  assert.equal(lines.slice(4, 6), ['  a  command  would run  about 12k tokens · $0.05 · 1m 01s', '  b  command  would run'])
  assert.ok(lines.includes('expected  about 12k tokens · $0.05 · 1m 30s, of 2 of 3 phases, tokens unknown of 1, one attempt each, by what earlier ones took'), lines.join('\n'))
})

test('without a history nothing is expected', () => {
  assert.not.match(print(preview({ phases: 2, known: 0, unknown: 0, tokens: null, cost: null, durationMs: null })).join('\n'), /expected/)
})

test('numbers say the order where it is not the one from top to bottom; of a run that is left alone the reasons are counted', () => {
  const nothing = { phases: 0, known: 0, unknown: 0, tokens: null, cost: null, durationMs: null }
  const of = (run: string, phases: Preview['runs'][number]['phases']) => ({ run, base: 'HEAD', branch: 'b', source: 'r.yaml', phases })
  const inTurn = [of('r', [phase('a', { order: 1 }), phase('b', { order: 2 })]), of('s', [phase('c', { order: 3 })])]
  assert.not.match(print({ ...preview(nothing), runs: inTurn }).join('\n'), /1\./)
  const lines = print({ ...preview(nothing), runs: [
    of('r', [phase('a', { order: 2, action: 'would be tried again' }), phase('b', { order: 1 })]),
    of('idle', [phase('c', { action: 'held: ask' }), phase('d', { action: 'complete' }), phase('e', { action: 'complete' })]),
  ] })
  assert.equal(lines.slice(4, 6), ['  2.  a  command  would be tried again', '  1.  b  command  would run'])
  assert.ok(lines.includes('idle  2 complete, 1 held: ask'), lines.join('\n'))
})

test('what was spent so far, beside what a retry loop would have spent', () => {
  const nothing = { phases: 0, known: 0, unknown: 0, tokens: null, cost: null, durationMs: null }
  const comparison = { policy: 'retry' as const, attemptsPerPhase: 5, sessions: 2, spent: { calls: 3, tokens: 1_000, cost: 0.5, durationMs: 60_000 }, loop: { calls: 9, tokens: 3_000, cost: 1.5, durationMs: 180_000 }, parked: { phases: 0, calls: 0, tokens: null, cost: null, durationMs: 0 } }
  const texts = print({ ...preview(nothing), comparison }).join('\n')
  assert.match(texts, /compared {2}2 sessions so far took 3 builder calls · 1k tokens · \$0\.50 · 1m 00s\n {10}a plain retry loop, .* would have taken about 9 builder calls · 3k tokens/)
  assert.not.match(texts, 'parked')
  const parked = { phases: 2, calls: 10, tokens: 4_000, cost: 2, durationMs: 240_000 }
  assert.match(print({ ...preview(nothing), comparison: { ...comparison, parked } }).join('\n'), 'and on 2 phases that were parked and never tried, if they had failed like the others, 10 builder calls · 4k tokens · $2.00 · 4m 00s more (an estimate)')
  assert.match(print({ ...preview(nothing), comparison: { ...comparison, loop: { calls: 0, tokens: null, cost: null, durationMs: 0 } } }).join('\n'), /compared {2}nothing yet/)
})

test.run()
