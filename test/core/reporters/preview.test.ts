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

test.run()
