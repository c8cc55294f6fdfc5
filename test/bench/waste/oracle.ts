import { minute, type SimPhase } from './backlog.ts'
import type { Fault } from './faults.ts'
import { everyNight, type Ledger } from './ledger.ts'
import { plainAttempt } from './plain.ts'
import { checkMinutes, effort, faultAt, type World } from './world.ts'

/** The rules of a drain of ours. */
const rules = { batch: 30, attempts: 2, cap: 10, longestPauseMinutes: 360 }

/**
 * Knows every systemic fault and when it is mended, and not which phases fail or flake: it never calls a builder that a fault would defeat,
 * waits where that is worth it, and gives what fails as many attempts as a drain of ours does.
 * `asks`: does not know what happened since the night before. It sees at once what checks show on the base, and whom else a fault hits from the first call that
 * meets it; so each night has one call for every fault that is still there, and nobody who does not see into the future can do with fewer.
 */
export async function oracle(world: World, ledger: Ledger, { asks = false } = {}): Promise<void> {
  await everyNight(world, ledger, (start) => {
    let now = start
    let waited = 0
    const tonight = new Map<SimPhase, number>()
    const isOnBase = ({ shows, from, until }: Fault): boolean => (shows === 'tests' || shows === 'build') && from <= start && start < until
    const known = new Set(world.faults.filter((fault) => !asks || isOnBase(fault)))
    const mayTry = (phase: SimPhase): boolean => {
      const { done, held, calls } = ledger.history(phase)
      return !done && !held && calls < rules.cap && (tonight.get(phase) ?? 0) < rules.attempts
    }
    for (let attempts = 0; attempts < rules.batch;) {
      const open = world.phases.filter(mayTry)
      const free = open.filter((phase) => !faultsOf(world, ledger, phase, now).some((fault) => known.has(fault)))
      const phase = free.find((one) => ledger.history(one).calls === 0) ?? free[0]
      if (phase) {
        const [met] = faultsOf(world, ledger, phase, now)
        if (met) known.add(met)
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

/** The faults that would defeat an attempt that begins now, the first that it would meet first. */
function faultsOf(world: World, ledger: Ledger, phase: SimPhase, at: number): Fault[] {
  const built = at + effort(world, phase, ledger.history(phase).calls + 1).minutes * minute
  const tested = built + checkMinutes * minute
  const found = [faultAt(world, phase, 'builder', at), faultAt(world, phase, 'deliverables', at), faultAt(world, phase, 'tests', tested), faultAt(world, phase, 'build', tested + checkMinutes * minute)]
  return found.filter((fault) => fault !== undefined)
}
