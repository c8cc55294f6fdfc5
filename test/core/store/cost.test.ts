/** What the store costs, told without a clock: pages that a claim writes, and how its statements find their rows. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders } from './support.ts'

const test = suite('what the store costs')
const folders = temporaryFolders()
test.after(() => folders.remove())

/** Runs `work` and returns the text of each statement that it prepared. */
async function statementsOf(work: () => Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>()
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    seen.add(sql)
    return prepare.call(this, sql, ...rest)
  }
  try {
    await work()
  } finally {
    DatabaseSync.prototype.prepare = prepare
  }
  return seen
}

test('what a phase asks and writes is found by a key, and the latest attempts without sorting all of them', async () => {
  const { store, layout, owner } = await newStore(folders.make())
  await store.importPlan(plan('r', ['one', 'two', 'three']), 'x')
  const statements = await statementsOf(async () => {
    const one = claimed(await store.claim(claimRequest(owner(1), 'r', 'one')))
    const two = claimed(await store.claim({ ...claimRequest(owner(1), 'r', 'two'), beside: [one.attemptId] }))
    for (const claim of [one, two]) {
      await store.setStage(claim, 'build')
      await store.setBase(claim, 'c0ffee', `/w/${claim.number}`)
      await store.recordProcess(claim, { pid: 1, startTime: 'x' })
      await store.setBuilderReached(claim)
      await store.heartbeat(claim, 60)
      await store.finish(claim, ending('complete', 'COMPLETE'))
    }
    await store.orphans(() => true)
    await store.attempts({ run: 'r', phase: 'one' })
    await store.telemetry({ limit: 5 })
    await store.telemetry({ since: 5 })
  })
  const database = new DatabaseSync(layout.database)
  const plans = [...statements].filter((sql) => /\b(attempts|phases|leases)\b/.test(sql) && !/integrity|pragma/.test(sql))
    .map((sql) => ({ sql, steps: database.prepare(`explain query plan ${sql}`).all().map((row) => String(row['detail'])) }))
  database.close()
  assert.ok(plans.length > 15, `${plans.length} statements`)
  for (const { sql, steps } of plans) {
    // From the last row back, to its limit. The attempts of one phase are few: they may be sorted.
    const latest = /from "attempts".* limit/.test(sql)
    const ofPhase = /"phase" = \? order by "seq"/.test(sql)
    const wrong = steps.filter((step) => (/^SCAN (attempts|phases|leases|runs)/.test(step) && !latest) || (/TEMP B-TREE/.test(step) && !ofPhase))
    assert.equal(wrong, [], `${sql}\n${steps.join('\n')}`)
  }
})

test('a claim and its end write fewer than eight pages', async () => {
  const { store, layout, owner } = await newStore(folders.make())
  const phases = Array.from({ length: 60 }, (_, index) => `phase-${index}`)
  await store.importPlan(plan('r', phases), 'x')
  const cycle = async (phase: string) => store.finish(claimed(await store.claim(claimRequest(owner(1), 'r', phase))), ending('complete', 'COMPLETE'))
  await cycle(phases[0]!)
  // A frame of the log is a page and 24 bytes; nothing was taken over into the database yet.
  const frames = () => (statSync(`${layout.database}-wal`).size - 32) / (4_096 + 24)
  const before = frames()
  for (const phase of phases.slice(1)) await cycle(phase)
  const each = (frames() - before) / (phases.length - 1)
  // Lease, attempt, its key and phase; attempt, phase and fact. The rest are pages that were full.
  assert.ok(each >= 7 && each < 8, `${each} pages`)
  await store.close()
})

test.run()
