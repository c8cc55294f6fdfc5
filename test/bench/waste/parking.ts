import { minute, type SimPhase } from './backlog.ts'
import type { World } from './world.ts'

/** Healthy phases that a policy left alone: how many; the most probes of one fault that one of them waited for; how long the longest wait was, while drains ran. */
export interface Parked { phases: number; probes: number; minutes: number }

export interface Parking {
  /** From now on these are left alone, each for what its keys name (buckets, a run); others no longer are. */
  leaves(at: number, phases: ReadonlyMap<SimPhase, readonly string[]>): void
  /** An attempt that is to find out whether what is left alone for `key` may go on. */
  probed(key: string): void
  /** The drain is over: what passes until the next one is nobody's waiting. */
  rests(at: number): void
  sum(): Parked
}

/** Watches how long healthy phases are left alone: those that no fault hits at that time, and that do not fail of themselves whatever is tried. */
export function watchParking(world: World): Parking {
  let left: ReadonlyMap<SimPhase, readonly string[]> = new Map()
  let since = 0
  const waits = new Map<SimPhase, { minutes: number; probes: Map<string, number> }>()
  const healthy = new Set<SimPhase>()
  const most: Parked = { phases: 0, probes: 0, minutes: 0 }

  const pass = (at: number): void => {
    for (const phase of left.keys()) {
      const hitting = world.faults.filter((fault) => fault.hits(phase) && fault.from < at && fault.until > since)
      if (phase.nature.type === 'fails') continue
      if (hitting.some((fault) => fault.until >= at)) {
        waits.delete(phase)
        continue
      }
      const from = Math.max(since, ...hitting.map((fault) => fault.until))
      const wait = waits.get(phase) ?? { minutes: 0, probes: new Map<string, number>() }
      waits.set(phase, wait)
      wait.minutes += (at - from) / minute
      healthy.add(phase)
      most.minutes = Math.max(most.minutes, wait.minutes)
    }
    since = at
  }
  return {
    leaves(at, phases) {
      pass(at)
      for (const [phase, wait] of waits) {
        const keys = phases.get(phase)
        if (!keys) waits.delete(phase)
        else for (const key of wait.probes.keys()) if (!keys.includes(key)) wait.probes.delete(key)
      }
      left = phases
    },
    probed(key) {
      for (const [phase, wait] of waits) {
        if (!left.get(phase)?.includes(key)) continue
        wait.probes.set(key, (wait.probes.get(key) ?? 0) + 1)
        most.probes = Math.max(most.probes, wait.probes.get(key)!)
      }
    },
    rests(at) {
      pass(at)
      left = new Map()
    },
    sum: () => ({ ...most, phases: healthy.size }),
  }
}
