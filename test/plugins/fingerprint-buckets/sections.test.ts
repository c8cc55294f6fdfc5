import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { BucketReport, BucketSummary } from '../../../core/index.ts'
import { runHook } from '../../../core/testing/index.ts'
import { fingerprintBuckets } from '../../../plugins/index.ts'
import { fingerprintBucketsSchemas } from '../../../plugins/fingerprint-buckets/outputs.ts'
import { bucketDetails, bucketLines, goNoGoLines, ofSession, runLines, tableLines } from '../../../plugins/fingerprint-buckets/sections.ts'

const test = suite('what fingerprintBuckets shows')

const bucket = (given: Partial<BucketSummary> = {}): BucketSummary => ({
  fingerprint: 'v1-3f9c2a71b04d', class: 'import_crash', title: 'No module named shop', blame: 'project', state: 'open', radius: 'the project', count: 3, share: 0.75,
  firstSeen: '2026-03-01T06:00:00.000Z', lastSeen: '2026-03-02T06:00:00.000Z', runs: ['a', 'b'], phases: [{ run: 'a', phase: 'one', attempts: 2, member: true }, { run: 'b', phase: 'one', attempts: 1, member: true }],
  spent: { tokens: 1_234_567, cost: 3.5, unknown: 1, unpriced: 0 }, parked: 12, parkedSince: '2026-03-01T06:10:00.000Z', parkedBy: null, probe: null, nextProbeAt: '2026-03-02T06:15:00.000Z', release: 'a probe of the next drain',
  trend: [{ session: 's1', failures: 2 }, { session: 's2', failures: 1 }], next: 'autopack explain v1-3f9c2a71b04d', ...given,
})
const closed = bucket({ fingerprint: 'v1-000000000001', class: 'test_failed', title: 'It\nfails', state: 'closed', radius: null, release: null, count: 1, share: 0.25, parked: 0, parkedSince: null, nextProbeAt: null, runs: ['b'], spent: { tokens: null, cost: null, unknown: 0, unpriced: 0 }, trend: [{ session: 's1', failures: 1 }] })
const report: BucketReport = { on: true, failures: 4, buckets: [bucket(), closed], runs: [{ run: 'a', failures: 2, fingerprint: 'v1-3f9c2a71b04d', share: 1 }, { run: 'b', failures: 2, fingerprint: 'v1-000000000001', share: 0.5 }] }

test('a table that a person can act on, and what parks something in full', () => {
  assert.equal(tableLines(report), [
    'bucket   count  share  state  parked  tokens    runs  blame',
    '3f9c2a7  3      75 %   open   12      1.2 M +?  2     project',
    '         import_crash: No module named shop',
    '0000000  1      25 %                  0         1     project',
    '         test_failed: It fails',
  ])
  const wide = bucket({ class: 'deliverables_validation_failed', state: 'half-open', blame: 'machine', title: 'long '.repeat(40) })
  assert.ok(tableLines({ ...report, buckets: [wide] }).every((line) => line.length <= 80), 'readable in a terminal of 80 columns')
  assert.equal(bucketDetails(bucket()), [
    'v1-3f9c2a71b04d  import_crash: No module named shop', '  state   open since 2026-03-01 06:10 UTC', '  parks   12 phases of the project; blame project',
    '  seen    3 times in 2 phases of 2 runs, 2026-03-01 06:00 UTC to 2026-03-02 06:00 UTC', '  trend   2 → 1', '  release a probe of the next drain',
  ])
  assert.match(bucketDetails(bucket({ parkedBy: { by: 'ann', reason: 'wait', at: '2026-03-01T06:10:00.000Z' } })).join('\n'), 'parked by ann: wait')
})

test('the lines of a drain: its own buckets and what parks something, runs by their dominant fingerprint, go/no-go by its criteria', () => {
  assert.equal(ofSession(report, 's2').buckets.map((one) => one.fingerprint), ['v1-3f9c2a71b04d'])
  assert.equal(bucketLines(report.buckets), [
    '3f9c2a7  3 times (75 %)  import_crash: No module named shop', '         open: parks 12 phases of the project; released by a probe of the next drain', '0000000  once (25 %)  test_failed: It fails',
  ])
  assert.equal(runLines(report), ['a  3f9c2a7 (100 % of 2)  import_crash: No module named shop', 'b  0000000 (50 % of 2)  test_failed: It fails'])
  assert.equal(goNoGoLines({
    verdict: 'no-go', attempts: 25, needed: 20, reason: '',
    criteria: [{ name: 'import-time-failures', value: 2, limit: 0, met: false }, { name: 'collection-share', value: 0.04, limit: 0.05, met: true }, { name: 'phases-with-events', value: 0.8, limit: 0.6, met: true }],
  }), ['no-go, by 25 charged attempts', 'not met  import-time failures: 2', 'met  failed at collection: 4 %', 'met  phases with events: 80 %'])
})

test('what is printed is what is published', () => {
  assert.equal(fingerprintBucketsSchemas.buckets.parse({ project: 'shop', ...report }), { project: 'shop', ...report })
})

test('a drain in which nothing failed has no section', async () => {
  assert.equal((await runHook(fingerprintBuckets(), 'afterDrain', {})).said.sections, [])
})

test.run()
