import { phaseName } from '../model/bucket.ts'
import type { PhaseResult } from '../model/phase-result.ts'
import { unreachable } from '../model/unreachable.ts'
import { addUsage, type Usage } from '../model/usage.ts'
import { count, runsHeldByTimeouts, type Counters, type Stop } from './counters.ts'
import type { Session } from './session.ts'

/** Why a phase is not touched again that failed so. */
export const beforeBuilder = 'failed before the builder'

type Ended = Extract<PhaseResult, { type: 'ended' }>

/** What the results of phases mean for the rest of a drain: its counters, what it leaves alone from here on, and the session's record of it all. */
export class Results {
  readonly session: Session
  /** Phases that are not touched again, by `phaseName`, with the reason. */
  readonly excluded: Map<string, string>
  /** Phases that failed within this drain, by `phaseName`. */
  readonly failedHere: Set<string>
  /** Phases that this drain has executed, by `phaseName`. */
  readonly touched: Set<string>
  /** Runs of which nothing can be executed before somebody mends something, with the reason. */
  readonly blockedRuns = new Map<string, string>()
  /** Phases whose attempts so far started no builder, by `phaseName`. */
  readonly #unbuilt = new Set<string>()
  /** Where in the session's outcomes each phase is, by `phaseName`. */
  readonly #places: Map<string, number>
  counters: Counters
  /** Attempts that ended in this process; a resumed session's counters have those of the others too. */
  executed = 0

  constructor(session: Session, touched: readonly { run: string; phase: string }[] = []) {
    this.session = session
    this.touched = new Set([...session.outcomes, ...touched].map(({ run, phase }) => phaseName(run, phase)))
    this.#places = new Map(session.outcomes.map(({ run, phase }, index) => [phaseName(run, phase), index]))
    this.counters = session.counters
    this.excluded = new Map(session.excluded.map(({ run, phase, reason }) => [phaseName(run, phase), reason]))
    this.failedHere = new Set(session.failedHere.map(({ run, phase }) => phaseName(run, phase)))
  }

  /** Takes a result in; returns why the drain has to stop, if it has to. */
  take(run: string, phase: string, result: PhaseResult): Stop | undefined {
    switch (result.type) {
      // It waits until its builder may be asked again.
      case 'builder-paused': return undefined
      case 'not-claimed':
        // Whoever has it will record what becomes of it. Not for the session's record: when that is resumed, they may be through.
        this.excluded.set(phaseName(run, phase), result.reason)
        return undefined
      case 'infrastructure': return { reason: 'infrastructure', detail: result.fix ? `${result.message}; ${result.fix}` : result.message }
      case 'ended': return this.#takeEnded(run, phase, result)
      default: return unreachable(result)
    }
  }

  /** Why a run is left alone after too many timeouts, if it is. */
  heldByTimeouts(run: string): string | undefined {
    return runsHeldByTimeouts(this.counters, this.session.rules).get(run)
  }

  /** The bucket of a phase closed: what was tried in vain before its builder may go better now. */
  release(run: string, phase: string): void {
    const name = phaseName(run, phase)
    if (this.excluded.get(name) !== beforeBuilder) return
    this.excluded.delete(name)
    this.session.excluded = this.session.excluded.filter((one) => one.run !== run || one.phase !== phase)
  }

  #takeEnded(run: string, phase: string, result: Ended): Stop | undefined {
    this.executed++
    this.touched.add(phaseName(run, phase))
    this.counters = count(this.counters, run, { ...result, class: result.classification?.class }, this.session.rules)
    this.#note(run, phase, result)
    if (result.outcome === 'failed') this.#noteFailure(run, phase, result.charged)
    // Not for the session's record: who stopped it wants it to go on when the session does.
    if (result.outcome === 'interrupted') this.excluded.set(phaseName(run, phase), result.reason ?? 'stopped by request')
    if (result.runBlocked !== undefined) this.blockedRuns.set(run, result.runBlocked)
    return stopAfter(run, phase, result, this.session.rules.stopOnFirstFailure)
  }

  #noteFailure(run: string, phase: string, charged: boolean): void {
    const name = phaseName(run, phase)
    if (!this.failedHere.has(name)) this.session.failedHere.push({ run, phase })
    this.failedHere.add(name)
    // The same base gives the same verdict before the builder: asking again within this drain brings nothing.
    if (charged || this.excluded.has(name)) return
    this.excluded.set(name, beforeBuilder)
    this.session.excluded.push({ run, phase, reason: beforeBuilder })
  }

  #note(run: string, phase: string, result: Ended): void {
    const { classification } = result
    const { outcomes } = this.session
    const name = phaseName(run, phase)
    const index = this.#places.get(name) ?? outcomes.length
    const entry = {
      run, phase, state: result.state, attempts: result.attempt, outcome: result.outcome, warnings: [...result.warnings], durationMs: result.durationMs,
      // What its earlier attempts cost was spent as well.
      usage: this.#usageWith(name, outcomes[index]?.usage, result),
      ...(classification && { class: classification.class, fingerprint: classification.fingerprint, title: classification.title }),
      ...(result.reason !== undefined && { reason: result.reason }),
    }
    outcomes[index] = entry
    this.#places.set(name, index)
  }

  /** Attempts that started no builder spent nothing, and leave nothing unknown. */
  #usageWith(name: string, before: Usage | undefined, { usage, builderReached }: Ended): Usage {
    const isNothing = usage === 'unknown' && !builderReached
    if (before === undefined && isNothing) this.#unbuilt.add(name)
    if (isNothing) return before ?? usage
    return addUsage(this.#unbuilt.delete(name) ? undefined : before, usage)
  }
}

function stopAfter(run: string, phase: string, result: Ended, stopOnFirstFailure: boolean): Stop | undefined {
  if (result.refused !== undefined) return { reason: 'auth', detail: result.refused }
  if (result.outcome === 'failed' && stopOnFirstFailure) return { reason: 'first_failure', detail: `${run} ${phase} failed` }
  return undefined
}
