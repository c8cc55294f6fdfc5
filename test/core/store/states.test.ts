import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { phaseStates, phaseTransitions } from '../../../core/model/phase.ts'
import type { PhaseState } from '../../../core/model/phase.ts'
import type { AttemptEnd, Claim } from '../../../core/store/store.ts'
import { claimRequest, ending, generator, newStore, plan, temporaryFolders } from './support.ts'

const test = suite('phase states')
const folders = temporaryFolders()
test.after(() => folders.remove())

test('random operations, legal or not, never break an invariant', async () => {
  for (const seed of [1, 2, 3]) {
    const opened = await newStore(folders.make())
    const { store, runtime, dead } = opened
    const random = generator(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    const runs = ['a', 'b']
    for (const run of runs) await store.importPlan(plan(run, ['one', 'two', 'three']), 'x')
    const claims: Claim[] = []
    let before = await store.phases()
    for (let step = 0; step < 150; step++) {
      const [run, phase] = [pick(runs), pick(['one', 'two', 'three'])]
      const requeues = random()
      const operations: (() => Promise<unknown>)[] = [
        async () => {
          const result = await store.claim({ ...claimRequest(opened.owner(pick([1, 2, 3])), run, phase), maxAttempts: 3, requeueFailed: requeues < 0.5 })
          if (result.type === 'claimed') claims.push(result.claim)
        },
        () => store.finish(pick(claims), ending(pick<AttemptEnd['outcome']>(['complete', 'failed', 'deferred', 'interrupted']), random() < 0.8 ? pick<PhaseState>(['FAILED', 'QUEUED']) : pick(phaseStates), { charged: random() < 0.5 })),
        () => store.requeue(run, phase, { reason: 'x' }),
        async () => {
          const [orphan] = await store.orphans((owner) => !dead.has(owner.pid))
          const claim = orphan && (await store.takeOver(orphan.id, opened.owner(pick([2, 3])), 30))
          if (claim) claims.push(claim)
        },
        () => store.grantAllowance(`s${Math.floor(random() * 20)}`),
        async () => { runtime.advance(random() * 20_000) },
        async () => { if (random() < 0.2) dead.add(pick([1, 2])) },
        () => store.importPlan(plan(run, [{ id: 'one', goal: `Do ${random()}` }, 'two', 'three']), 'x'),
      ]
      const at = `seed ${seed}, step ${step}`
      // An illegal operation throws and must change nothing; the invariants below see to that.
      await pick([...operations, operations[0]!, operations[1]!])().catch(() => undefined)
      const after = await store.phases()
      const unfinished = await store.attempts({ unfinished: true })
      for (const [index, one] of after.entries()) {
        const old = before[index]!
        // A claim may queue a FAILED phase again: two steps in one transaction.
        const legal = (from: PhaseState, to: PhaseState) => from === to || phaseTransitions[from].includes(to) || (from === 'FAILED' && to === 'EXECUTING')
        assert.ok(legal(old.state, one.state), `${old.state} to ${one.state}, ${at}`)
        assert.ok(one.charged >= 0 && one.charged <= one.chargedEver && one.chargedEver <= one.attempts, `counts, ${at}`)
        assert.ok(one.attempts >= old.attempts, `numbers never restart, ${at}`)
        const open = unfinished.filter((attempt) => attempt.run === one.run && attempt.phase === one.id).length
        assert.is(open, one.state === 'EXECUTING' ? 1 : 0, `one open attempt for each phase that executes, ${at}`)
        const numbers = (await store.attempts({ run: one.run, phase: one.id })).map((attempt) => attempt.number)
        assert.equal(numbers, numbers.map((_, position) => position + 1), `numbers without a gap, ${at}`)
      }
      before = after
    }
    assert.equal(await store.verify(), [])
    assert.ok(before.some((phase) => phase.attempts > 1), 'the walk reached something')
    await store.close()
  }
})

test.run()
