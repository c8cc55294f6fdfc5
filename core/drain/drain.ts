import type { DrainRules } from '../model/drain.ts'
import type { Emit } from '../model/events.ts'
import type { PhaseResult } from '../model/phase-result.ts'
import type { Runtime } from '../model/runtime.ts'
import { unreachable } from '../model/unreachable.ts'
import type { Store } from '../store/store.ts'
import { readBacklog, type Backlog, type BacklogRun } from './backlog.ts'
import { capsInForce, count, noCounters, runsHeldByTimeouts, stopByRules, type Counters, type Stop } from './counters.ts'
import { nextDeferral, phaseName, selectNext, type Selection, type SelectionRules } from './select.ts'
import type { Session } from './session.ts'

export interface DrainDependencies {
  store: Store
  runtime: Runtime
  emit: Emit
  project: string
  /** Executes exactly this phase: claim, pipeline, record. Must not throw for anything that a phase can do. */
  execute(request: { run: string; phase: string; session: string; rules: DrainRules; remaining: { tokens: number; cost: number }; signal: AbortSignal }): Promise<PhaseResult>
  /** Before the first phase of a run: the project's preflight on the tree that the run starts from. */
  preflight(run: BacklogRun, signal: AbortSignal): Promise<{ type: 'passed' } | { type: 'failed'; detail: string }>
  /** What a person asked to stop, if anything: looked at about once a second. */
  stopRequest(): Promise<{ run?: string; phase?: string; at?: string } | undefined>
  /** Called once a request was honoured, or turned out to be about runs that this drain does not have. */
  consumeStop(request: { run?: string; phase?: string; at?: string }): Promise<void>
  /** Writes the session, atomically, after every phase. */
  save(session: Session): Promise<void>
}

export interface DrainRequest {
  command: 'run' | 'drain'
  session: string
  /** Undefined: the whole backlog. */
  runs: readonly string[] | undefined
  rules: DrainRules
  /** How many phases at most; undefined: no limit. */
  batch: number | undefined
  /** Counters and exclusions of the session that goes on. */
  resumed?: Session
  /** Aborted by the first Ctrl-C. */
  signal: AbortSignal
}

export interface DrainResult {
  session: Session
  backlog: Backlog
  stop: Stop
  exitCode: number
  /** How many phases were executed in this process. */
  executed: number
}

/** How often a stop request is looked for, in milliseconds: a stop reaches a drain within a second. */
const stopPollMs = 500

/** One pass over the backlog: selects, executes, counts, and stops with one reason. Knows nothing of how a phase runs. */
export async function drain(dependencies: DrainDependencies, request: DrainRequest): Promise<DrainResult> {
  return new Drain(dependencies, request).run()
}

class Drain {
  readonly #dependencies: DrainDependencies
  readonly #request: DrainRequest
  readonly #excluded = new Map<string, string>()
  readonly #failedHere = new Set<string>()
  readonly #heldByStop = new Map<string, string>()
  readonly #stoppedNames = new Set<string>()
  readonly #active = new Map<string, { run: string; phase: string; controller: AbortController; done: Promise<void> }>()
  readonly #preflighted = new Set<string>()
  readonly #session: Session
  #backlog!: Backlog
  #counters: Counters
  #stop: Stop | undefined
  #executed = 0
  #clock: number

  constructor(dependencies: DrainDependencies, request: DrainRequest) {
    this.#dependencies = dependencies
    this.#request = request
    this.#counters = request.resumed?.counters ?? noCounters()
    for (const entry of request.resumed?.excluded ?? []) this.#excluded.set(phaseName(entry.run, entry.phase), entry.reason)
    for (const entry of request.resumed?.failedHere ?? []) this.#failedHere.add(phaseName(entry.run, entry.phase))
    this.#clock = dependencies.runtime.monotonic()
    const at = this.#timestamp()
    this.#session = {
      version: 1, id: request.session, project: dependencies.project, command: request.command, runs: [...(request.runs ?? [])], rules: request.rules,
      startedAt: request.resumed?.startedAt ?? at, updatedAt: at, counters: this.#counters,
      excluded: request.resumed?.excluded ?? [], failedHere: request.resumed?.failedHere ?? [], outcomes: request.resumed?.outcomes ?? [],
    }
  }

  async run(): Promise<DrainResult> {
    const { store, emit } = this.#dependencies
    this.#backlog = await readBacklog(store, this.#request.runs)
    const selectable = this.#backlog.runs.flatMap((run) => run.phases).filter((phase) => phase.state === 'QUEUED' && !phase.holdReason).length
    emit({
      type: 'drain-started', session: this.#session.id, runs: this.#backlog.runs.map((run) => run.record.id),
      phases: this.#request.batch === undefined ? selectable : Math.min(selectable, this.#request.batch), caps: capsInForce(this.#request.rules, this.#request.batch),
    })
    await this.#save()
    // Before the first phase is chosen: what was asked for already is not started.
    await this.#honourStop()
    await using _poll = this.#pollForStops()
    await this.#loop()
    await Promise.all([...this.#active.values()].map((entry) => entry.done))
    const stop = this.#stop ?? this.#stoppedByName() ?? { reason: 'drained', detail: this.#isAllDone() ? 'nothing to do: every phase is done' : `nothing runnable is left${this.#leftAlone()}` }
    this.#session.stop = stop
    this.#session.endedAt = this.#timestamp()
    await this.#save()
    return { session: this.#session, backlog: this.#backlog, stop, exitCode: this.#exitCode(stop), executed: this.#executed }
  }

  async #loop(): Promise<void> {
    const { rules, signal } = this.#request
    for (;;) {
      this.#tick()
      if (signal.aborted) this.#stopFor({ reason: 'interrupted', detail: 'interrupted by a signal' })
      // What is at work counts towards the batch, or a parallel drain would take more than it was given.
      const batch = this.#request.batch === undefined ? undefined : this.#request.batch - this.#active.size
      if (!this.#stop) { const stop = stopByRules(this.#counters, rules, batch); if (stop && !(stop.reason === 'batch_done' && this.#active.size > 0)) this.#stopFor(stop) }
      if (this.#stop) return
      const mayTake = this.#active.size < rules.parallel && (batch === undefined || this.#counters.executed < batch)
      const selection = mayTake ? selectNext(this.#backlog.runs, this.#selectionRules()) : undefined
      if (selection) {
        if (await this.#preflight(selection)) this.#start(selection)
        continue
      }
      if (this.#active.size > 0) { await Promise.race([...this.#active.values()].map((entry) => entry.done)); continue }
      if (!(await this.#waitForDeferred())) return
    }
  }

  #start(selection: Selection): void {
    const run = selection.run.record.id
    const phase = selection.phase.id
    const controller = new AbortController()
    const signal = AbortSignal.any([this.#request.signal, controller.signal])
    const done = this.#execute(selection, signal).finally(() => this.#active.delete(run))
    this.#active.set(run, { run, phase, controller, done })
  }

  async #execute(selection: Selection, signal: AbortSignal): Promise<void> {
    const { store } = this.#dependencies
    const run = selection.run.record.id
    const phase = selection.phase.id
    const { rules } = this.#request
    try {
      if (selection.kind === 'failed') await store.requeueForDrain(run, phase)
      const remaining = { tokens: rules.maxTokens.drain - this.#counters.tokens, cost: rules.maxCost.drain - this.#counters.cost }
      const result = await this.#dependencies.execute({ run, phase, session: this.#session.id, rules, remaining, signal })
      await this.#record(selection, result)
    } catch (error) {
      this.#stopFor({ reason: 'infrastructure', detail: error instanceof Error ? error.message : String(error) })
    }
    await this.#backlog.refresh(run, phase).catch((error: Error) => this.#stopFor({ reason: 'infrastructure', detail: error.message }))
    await this.#save().catch((error: Error) => this.#stopFor({ reason: 'infrastructure', detail: error.message }))
  }

  async #record(selection: Selection, result: PhaseResult): Promise<void> {
    const run = selection.run.record.id
    const phase = selection.phase.id
    const name = phaseName(run, phase)
    switch (result.type) {
      case 'not-claimed':
        // Whoever has it will record what becomes of it; this drain does not ask again.
        this.#exclude(run, phase, result.reason)
        return
      case 'infrastructure':
        this.#stopFor({ reason: 'infrastructure', detail: result.fix ? `${result.message}; ${result.fix}` : result.message })
        return
      case 'ended': {
        this.#executed++
        const heldBefore = runsHeldByTimeouts(this.#counters, this.#request.rules).has(run)
        this.#counters = count(this.#counters, run, result)
        const held = heldBefore ? undefined : runsHeldByTimeouts(this.#counters, this.#request.rules).get(run)
        if (held) this.#dependencies.emit({ type: 'notice', level: 'warning', run, message: `run ${run} is left alone for the rest of this drain: ${held}` })
        const failureClass = result.classification?.class
        if (result.outcome === 'failed') {
          this.#failedHere.add(name)
          this.#session.failedHere.push({ run, phase })
          // The same base gives the same verdict before the builder: asking again within this drain brings nothing.
          if (!result.charged) this.#exclude(run, phase, 'failed before the builder')
          if (this.#request.rules.stopOnFirstFailure) this.#stopFor({ reason: 'first_failure', detail: `${run} ${phase} failed` })
        }
        if (result.runBlocked !== undefined) this.#heldByStop.set(run, result.runBlocked)
        if (failureClass === 'auth') this.#stopFor({ reason: 'auth', detail: result.classification?.title ?? 'authentication failed' })
        if (result.outcome === 'usage-limit' && result.notBefore === undefined)
          this.#stopFor({ reason: 'builder_paused', detail: result.reason ?? 'the usage limit of the builder is reached' })
        if (result.outcome === 'interrupted' && !this.#request.signal.aborted) this.#excluded.set(phaseName(run, phase), 'stopped by request')
        this.#note(run, phase, result)
        return
      }
      default: unreachable(result)
    }
  }

  #note(run: string, phase: string, result: Extract<PhaseResult, { type: 'ended' }>): void {
    const { classification } = result
    const entry = {
      run, phase, state: result.state, attempts: result.attempt, outcome: result.outcome, warnings: [...result.warnings], durationMs: result.durationMs, usage: result.usage,
      ...(classification && { class: classification.class, fingerprint: classification.fingerprint, title: classification.title }),
      ...(result.reason !== undefined && { reason: result.reason }),
    }
    const index = this.#session.outcomes.findIndex((other) => other.run === run && other.phase === phase)
    if (index === -1) this.#session.outcomes.push(entry)
    else this.#session.outcomes[index] = entry
  }

  async #preflight(selection: Selection): Promise<boolean> {
    const id = selection.run.record.id
    if (this.#preflighted.has(id)) return true
    const result = await this.#dependencies.preflight(selection.run, this.#request.signal)
    if (result.type === 'failed') {
      this.#stopFor({ reason: 'preflight_failed', detail: result.detail })
      return false
    }
    this.#preflighted.add(id)
    return true
  }

  /** Waits for the next deferred phase, within what may be spent on pauses. False: nothing to wait for. */
  async #waitForDeferred(): Promise<boolean> {
    const { runtime, emit } = this.#dependencies
    const until = nextDeferral(this.#backlog.runs, this.#selectionRules())
    if (until === undefined) return false
    const wait = until - runtime.now()
    const left = this.#request.rules.maxPauseMinutes * 60_000 - this.#counters.pausedMs
    if (wait > left) {
      this.#stopFor({ reason: 'builder_paused', detail: `the next phase may start at ${new Date(until).toISOString()}, later than maxPauseMinutes allows` })
      return true
    }
    emit({ type: 'notice', level: 'info', message: `waiting until ${new Date(until).toISOString()} for the next deferred phase` })
    await runtime.sleep(Math.max(0, wait), this.#stopSignal())
    this.#counters = { ...this.#counters, pausedMs: this.#counters.pausedMs + Math.max(0, wait) }
    this.#clock = runtime.monotonic()
    return true
  }

  readonly #stopController = new AbortController()
  #stopSignal(): AbortSignal { return AbortSignal.any([this.#request.signal, this.#stopController.signal]) }

  #pollForStops(): AsyncDisposable {
    const finished = new AbortController()
    const { runtime } = this.#dependencies
    const poll = async (): Promise<void> => {
      while (!finished.signal.aborted) {
        await runtime.sleep(stopPollMs, finished.signal)
        if (!finished.signal.aborted) await this.#honourStop()
      }
    }
    const polling = poll().catch((error: Error) => this.#stopFor({ reason: 'infrastructure', detail: error.message }))
    return { async [Symbol.asyncDispose]() { finished.abort(); await polling } }
  }

  async #honourStop(): Promise<void> {
    const asked = await this.#dependencies.stopRequest()
    if (!asked) return
    if (asked.run === undefined) {
      this.#stopFor({ reason: 'stop_signal', detail: 'autopack stop' })
      for (const entry of this.#active.values()) entry.controller.abort()
      await this.#dependencies.consumeStop(asked)
      return
    }
    if (this.#backlog.runs.some((run) => run.record.id === asked.run)) this.#honourNamed({ run: asked.run, phase: asked.phase })
    await this.#dependencies.consumeStop(asked)
  }

  /** What is stopped by name is left alone by this drain alone: who resumes the session wants it to go on. */
  #honourNamed(asked: { run: string; phase: string | undefined }): void {
    const name = asked.phase === undefined ? asked.run : `${asked.run} ${asked.phase}`
    this.#stoppedNames.add(name)
    this.#dependencies.emit({ type: 'notice', level: 'warning', run: asked.run, ...(asked.phase !== undefined && { phase: asked.phase }), message: `autopack stop ${name}: it is left alone from here on` })
    if (asked.phase === undefined) this.#heldByStop.set(asked.run, 'stopped by autopack stop')
    else this.#excluded.set(phaseName(asked.run, asked.phase), 'stopped by autopack stop')
    const active = this.#active.get(asked.run)
    if (active && (asked.phase === undefined || active.phase === asked.phase)) active.controller.abort()
  }

  /** Work that somebody stopped by name is not drained. */
  #stoppedByName(): Stop | undefined {
    if (this.#stoppedNames.size === 0 || !selectNext(this.#backlog.runs, this.#unrestricted())) return undefined
    return { reason: 'stop_signal', detail: `autopack stop ${[...this.#stoppedNames].join(', ')}` }
  }

  /** Whether there was nothing to do from the beginning. */
  #isAllDone(): boolean {
    return this.#executed === 0 && this.#backlog.runs.every((run) => run.phases.every((phase) => phase.state === 'COMPLETE' || phase.state === 'SKIPPED'))
  }

  /** What this drain could still execute if nothing were held or excluded. */
  #unrestricted(): SelectionRules {
    return { ...this.#selectionRules(), busyRuns: new Set<string>(), heldRuns: new Map<string, string>(), excluded: new Map<string, string>() }
  }

  #selectionRules(): SelectionRules {
    const { rules } = this.#request
    return {
      now: this.#dependencies.runtime.now(), maxAttemptsPerPhase: rules.maxAttemptsPerPhase, absoluteAttemptCap: rules.absoluteAttemptCap,
      skipRunsWithQueued: rules.skipRunsWithQueued, busyRuns: new Set(this.#active.keys()), heldRuns: new Map([...runsHeldByTimeouts(this.#counters, rules), ...this.#heldByStop]),
      excluded: this.#excluded, oldFailures: this.#request.command === 'drain', failedHere: this.#failedHere,
    }
  }

  /** Runs with work left that a rule holds: without this the drain would seem to have forgotten them. */
  #leftAlone(): string {
    const held = runsHeldByTimeouts(this.#counters, this.#request.rules)
    const open = this.#backlog.runs.filter((run) => held.has(run.record.id) && run.phases.some((phase) => phase.state === 'QUEUED'))
    return open.map((run) => `; ${run.record.id} is left alone: ${held.get(run.record.id)!}`).join('')
  }

  #exclude(run: string, phase: string, reason: string): void {
    this.#excluded.set(phaseName(run, phase), reason)
    this.#session.excluded.push({ run, phase, reason })
  }

  #stopFor(stop: Stop): void {
    this.#stop ??= stop
    this.#stopController.abort()
  }

  #tick(): void {
    const now = this.#dependencies.runtime.monotonic()
    this.#counters = { ...this.#counters, activeMs: this.#counters.activeMs + (now - this.#clock) }
    this.#clock = now
  }

  async #save(): Promise<void> {
    this.#session.counters = this.#counters
    this.#session.updatedAt = this.#timestamp()
    await this.#dependencies.save(this.#session)
  }

  #timestamp(): string { return new Date(this.#dependencies.runtime.now()).toISOString() }

  /** Section 13's order: interrupted, infrastructure, stopped with work left, failed, fine. */
  #exitCode(stop: Stop): number {
    if (stop.reason === 'interrupted') return 130
    if (stop.reason === 'preflight_failed' || stop.reason === 'infrastructure' || stop.reason === 'auth') return 4
    if (stop.reason !== 'drained' && selectNext(this.#backlog.runs, this.#unrestricted())) return 3
    const failed = this.#backlog.runs.some((run) => run.phases.some((phase) => phase.state === 'FAILED'))
    if (failed && this.#executed === 0) return 3
    return failed ? 1 : 0
  }
}
