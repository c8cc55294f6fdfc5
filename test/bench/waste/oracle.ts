import { minute, type SimPhase } from './backlog.ts'
import { everyNight, type Ledger } from './ledger.ts'
import { plainAttempt } from './plain.ts'
import { checkMinutes, effort, faultAt, type World } from './world.ts'

/** The rules of a drain of ours. */
const rules = { batch: 30, attempts: 2, cap: 10, longestPauseMinutes: 360 }

/**
 * Knows every systemic fault and when it is mended, and not which phases fail or flake: it never calls a builder that a fault would defeat,
 * waits where that is worth it, and gives what fails as many attempts as a drain of ours does.
 */
export async function oracle(world: World, ledger: Ledger): Promise<void> {
  await everyNight(world, ledger, (start) => {
    let now = start
    let waited = 0
    const tonight = new Map<SimPhase, number>()
    const mayTry = (phase: SimPhase): boolean => {
      const { done, held, calls } = ledger.history(phase)
      return !done && !held && calls < rules.cap && (tonight.get(phase) ?? 0) < rules.attempts
    }
    for (let attempts = 0; attempts < rules.batch;) {
      const open = world.phases.filter(mayTry)
      const free = open.filter((phase) => !isHit(world, ledger, phase, now))
      const phase = free.find((one) => ledger.history(one).calls === 0) ?? free[0]
      if (phase) {
        now = plainAttempt(world, ledger, phase, now).until
        tonight.set(phase, (tonight.get(phase) ?? 0) + 1)
        attempts++
        continue
      }
      const mended = Math.min(...world.faults.filter((fault) => fault.until > now && open.some((one) => fault.hits(one))).map((fault) => fault.until))
      waited += (mended - now) / minute
      if (open.length === 0 || !(waited <= rules.longestPauseMinutes)) break
      now = mended
    }
    ledger.drained(start, now)
    return now
  })
}

/** Whether any fault would defeat an attempt that begins now. */
function isHit(world: World, ledger: Ledger, phase: SimPhase, at: number): boolean {
  const built = at + effort(world, phase, ledger.history(phase).calls + 1).minutes * minute
  const tested = built + checkMinutes * minute
  return [faultAt(world, phase, 'builder', at), faultAt(world, phase, 'deliverables', at), faultAt(world, phase, 'tests', tested), faultAt(world, phase, 'build', tested + checkMinutes * minute)].some(Boolean)
}
