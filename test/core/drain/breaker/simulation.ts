import { noBuckets, fold } from '../../../../core/drain/breaker/fold.ts'
import { chooseProbe } from '../../../../core/drain/breaker/choose.ts'
import { bucketsParking, waitsFor } from '../../../../core/drain/breaker/parked.ts'
import type { Traits } from '../../../../core/drain/breaker/radius.ts'
import type { BreakerEvent, BreakerFact, BreakerState, Evidence } from '../../../../core/model/bucket.ts'

/** A small generator of numbers, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface SimPhase extends Traits { state: 'queued' | 'failed' | 'done'; attempts: number }

/** What an attempt at a phase comes to now: undefined completes it. */
export type Verdict = { found: Partial<Evidence> & { fingerprint: string }; stage?: BreakerEvent extends infer E ? (E extends { stage: infer S } ? S : never) : never; builderReached?: boolean } | undefined

/** Drains a backlog with the policy alone: chooses, executes with `parallel`, folds what happened. */
export class Simulation {
  readonly events: BreakerEvent[] = []
  readonly phases: SimPhase[]
  state: BreakerState = noBuckets()
  now = 1_000_000
  /** Attempts in the order in which they ended. */
  readonly calls: { phase: SimPhase; fingerprint: string | undefined; probeOf: string[]; startedAt: number }[] = []
  #drains = 0

  constructor(phases: SimPhase[]) {
    this.phases = phases
  }

  tell(fact: BreakerFact): string[] {
    const event: BreakerEvent = { ...fact, seq: this.events.length + 1, at: this.now }
    this.events.push(event)
    const { state, released } = fold(this.state, event)
    this.state = state
    return released.map((member) => `${member.run}/${member.phase}`)
  }

  /** One drain: until nothing can be executed. `take` may choose among what is runnable; default: the first. */
  drain(options: { verdict: (phase: SimPhase) => Verdict; parallel?: number; repeats?: number; attempts?: number; random?: () => number; each?: () => void }): void {
    const { verdict, parallel = 1, repeats = 3, attempts = 2, random } = options
    for (const phase of this.phases) phase.attempts = 0
    this.tell({ type: 'drain', session: `s${++this.#drains}`, breakers: true, repeats, executing: [] })
    const active: { phase: SimPhase; startedAt: number; probeOf: string[]; ends: number }[] = []
    for (;;) {
      this.now += 1_000
      const busy = (phase: SimPhase) => active.some((one) => one.phase.run === phase.run)
      const left = this.phases.filter((phase) => phase.state !== 'done' && phase.attempts < attempts && !busy(phase) && !waitsFor(this.state, phase, active.map((one) => one.phase)))
      const ordered = [...left.filter((phase) => phase.state === 'queued'), ...left.filter((phase) => phase.state === 'failed')]
      let chosen: SimPhase | undefined
      let probeOf: string[] = []
      if (active.length < parallel) {
        const candidates = ordered.map((phase) => ({ traits: phase, failed: phase.state === 'failed', repairs: [], spent: this.calls.filter((call) => call.phase === phase).length }))
        const free = ordered.filter((phase) => bucketsParking(this.state, phase).length === 0)
        const probe = chooseProbe(this.state, candidates, { now: this.now, idle: free.length === 0 && active.length === 0 })
        chosen = probe ? (probe.candidate.traits as SimPhase) : free[random ? Math.floor(random() * free.length) : 0]
        probeOf = probe ? probe.buckets.map((bucket) => bucket.fingerprint) : []
      }
      if (chosen) {
        if (probeOf.length > 0) this.tell({ type: 'probe', fingerprints: probeOf, run: chosen.run, phase: chosen.phase })
        active.push({ phase: chosen, startedAt: this.now, probeOf, ends: this.now + 1_000 + Math.floor((random ?? (() => 0))() * 60_000) })
        options.each?.()
        if (active.length < parallel) continue
      }
      if (active.length === 0) return
      active.sort((a, b) => a.ends - b.ends)
      const ended = active.shift()!
      this.now = Math.max(this.now, ended.ends)
      this.#end(ended.phase, verdict(ended.phase), ended)
      options.each?.()
    }
  }

  #end(phase: SimPhase, verdict: Verdict, { startedAt, probeOf }: { startedAt: number; probeOf: string[] }): void {
    phase.attempts++
    phase.state = verdict ? 'failed' : 'done'
    this.calls.push({ phase, fingerprint: verdict?.found.fingerprint, probeOf, startedAt })
    const found: Evidence | undefined = verdict && { class: 'import_crash', title: 'it crashes', blame: 'project', confidence: 'high', flaky: false, onBase: false, ...verdict.found }
    const released = this.tell({
      type: 'attempt', run: phase.run, family: phase.family, phase: phase.phase, attempt: phase.attempts, session: `s${this.#drains}`, host: phase.host, ...(phase.builder !== undefined && { builder: phase.builder }), checks: [...phase.checks],
      stage: verdict ? (verdict.stage ?? 'delta') : 'commit', outcome: verdict ? 'failed' : 'complete', builderReached: verdict?.builderReached ?? true, startedAt, ...(found && { found }),
    })
    for (const one of this.phases) if (released.includes(`${one.run}/${one.phase}`)) one.attempts = 0
  }
}

/** Families of runs of phases, all on one host with one builder and the check `tests`, unless told otherwise. */
export function backlogOf(shape: { families: number; runs: number; phases: number }, change: (phase: SimPhase) => Partial<SimPhase> = () => ({})): SimPhase[] {
  const phases: SimPhase[] = []
  for (let family = 0; family < shape.families; family++)
    for (let run = 0; run < shape.runs; run++)
      for (let index = 0; index < shape.phases; index++) {
        const phase: SimPhase = { run: `f${family}-r${run}`, family: `f${family}`, phase: `p${index}`, host: 'here', builder: 'claude', checks: ['tests'], state: 'queued', attempts: 0 }
        phases.push({ ...phase, ...change(phase) })
      }
  return phases
}
