import { day, firstEvening, minute, type SimPhase } from './backlog.ts'
import type { Fault } from './faults.ts'
import { watchParking, type Parked, type Parking } from './parking.ts'
import type { World } from './world.ts'

/** One attempt at a phase, as it really was. */
export interface AttemptNote {
  phase: SimPhase
  /** Whether the builder was called. */
  called: boolean
  tokens: number
  complete: boolean
  /** The systemic fault that it met. */
  fault: Fault | undefined
}

export interface Figures {
  calls: number
  tokens: number
  /** Calls of the builder that could not succeed, their tokens, and what they met: a fault, or a phase that fails whatever is tried. */
  wastedCalls: number
  wastedTokens: number
  wastedOn: Record<string, number>
  done: number
  /** Phases that could have been done and are not. */
  undone: string[]
  nights: number
  drains: number
  drainMinutes: number
  parked: Parked
}

/** `failedItself`: the latest attempt failed, and no fault had to do with it. */
export interface PhaseHistory { done: boolean; held: boolean; calls: number; undisturbed: number; attempts: number; failedItself: boolean }

/** What a policy did, by the world's own knowledge: no policy reads more of it than a person in front of the logs would know. */
export interface Ledger {
  history(phase: SimPhase): Readonly<PhaseHistory>
  note(attempt: AttemptNote): void
  drained(from: number, until: number): void
  readonly parking: Parking
  /** A person reads what failed: a phase that failed by itself in two nights, three times or more, is taken off the backlog. */
  morning(): void
  /** Whether every phase is done or taken off the backlog. */
  nothingLeft(): boolean
  figures(): Figures
}

export function createLedger(world: World): Ledger {
  const histories = new Map(world.phases.map((phase) => [phase.id, { done: false, held: false, calls: 0, undisturbed: 0, attempts: 0, failedItself: false, ownFailures: 0, ownNights: new Set<number>() }]))
  const of = (phase: SimPhase) => histories.get(phase.id)!
  const sum = { calls: 0, tokens: 0, wastedCalls: 0, wastedTokens: 0, nights: 0, drains: 0, drainMinutes: 0 }
  const wastedOn: Record<string, number> = {}
  const parking = watchParking(world)
  return {
    history: of,
    note({ phase, called, tokens, complete, fault }) {
      const history = of(phase)
      history.attempts++
      if (complete) history.done = true
      if (called) history.failedItself = !complete && !fault
      if (!called) return
      history.calls++
      sum.calls++
      sum.tokens += tokens
      if (!fault) history.undisturbed++
      if (!fault && !complete) {
        history.ownFailures++
        history.ownNights.add(sum.nights)
      }
      if (complete || (!fault && phase.nature.type !== 'fails')) return
      sum.wastedCalls++
      sum.wastedTokens += tokens
      const reason = fault?.id ?? 'phases that fail'
      wastedOn[reason] = (wastedOn[reason] ?? 0) + 1
    },
    drained(from, until) {
      sum.drains++
      sum.drainMinutes += (until - from) / minute
    },
    parking,
    morning() {
      sum.nights++
      for (const history of histories.values()) if (!history.done && history.ownNights.size >= 2 && history.ownFailures >= 3) history.held = true
    },
    nothingLeft: () => [...histories.values()].every((history) => history.done || history.held),
    figures: () => ({
      ...sum, wastedOn: { ...wastedOn }, parked: parking.sum(), done: [...histories.values()].filter((history) => history.done).length,
      undone: world.phases.filter((phase) => phase.nature.type !== 'fails' && !of(phase).done).map((phase) => phase.id),
    }),
  }
}

/** No policy goes on for longer. */
const mostNights = 40

/**
 * A drain every evening until nothing is left, or nothing that the policy still tries once every fault is mended. `drain` gets the time at which it begins and
 * returns the time at which it ended.
 */
export async function everyNight(world: World, ledger: Ledger, drain: (start: number) => number | Promise<number>): Promise<void> {
  let free = firstEvening
  for (let night = 0; night < mostNights && !ledger.nothingLeft(); night++) {
    const start = Math.max(firstEvening + night * day, free)
    const { calls } = ledger.figures()
    free = await drain(start)
    ledger.morning()
    if (ledger.figures().calls === calls && world.faults.every((fault) => fault.until < start)) return
  }
}
