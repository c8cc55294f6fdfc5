import { UserError } from '../errors.ts'
import { phaseName, type Bucket } from '../model/bucket.ts'
import type { PhaseResult, PhaseToExecute } from '../model/phase-result.ts'
import { Breaker } from './breaker/breaker.ts'
import { Active } from './active.ts'
import { AtWork } from './at-work.ts'
import { readBacklog, type Backlog, type BacklogRun } from './backlog.ts'
import { Book } from './book.ts'
import { Circuits } from './circuits.ts'
import type { DrainDependencies, DrainRequest, DrainResult } from './contract.ts'
import { capsInForce, runsHeldByTimeouts, stopByRules, type Stop } from './counters.ts'
import { exitCodeOf } from './exit-code.ts'
import { countSelectable, hasWork, parkedPhases, stopOfItself } from './left.ts'
import { tooLongText, waitingText } from './pause-text.ts'
import { probeElsewhere, probeTurnMs } from './probe-elsewhere.ts'
import { Results } from './results.ts'
import { Room, roomTurnMs } from './room.ts'
import { scaledBatch, scaleUp } from './scale.ts'
import { inOrder, nextDeferral, selectNext, type Selection, type SelectionRules } from './select.ts'
import { beginSession, type Session } from './session.ts'
import { skippedRuns, skippedNotice, type SkippedRun } from './skipped.ts'
import { StopRequests } from './stop-requests.ts'
import { TimeLeft } from './time-left.ts'
import { createUnpricedNotice } from './unpriced.ts'

/** One pass over the backlog: selects, executes, counts, and stops with one reason. Knows nothing of how a phase runs. */
export async function drain(dependencies: DrainDependencies, request: DrainRequest): Promise<DrainResult> {
  return new Drain(dependencies, request).run()
}

/** What is executed next, and the buckets of which it is the probe. */
interface Choice { selection: Selection; buckets: readonly Bucket[] }

class Drain {
  readonly #dependencies: DrainDependencies
  readonly #request: DrainRequest
  readonly #session: Session
  readonly #results: Results
  readonly #book: Book
  readonly #stops: StopRequests
  readonly #breaker: Breaker
  readonly #circuits: Circuits
  readonly #atWork: AtWork
  readonly #time: TimeLeft
  readonly #room: Room
  readonly #tellUnpriced: ReturnType<typeof createUnpricedNotice>
  /** By run: how many attempts were begun. */
  readonly #begun = new Map<string, number>()
  /** Runs and phases that somebody stopped by name, with the reason. */
  readonly #stoppedRuns = new Map<string, string>()
  readonly #stoppedPhases = new Map<string, string>()
  readonly #active: Active
  readonly #preflighted = new Set<string>()
  readonly #skippedTold = new Set<string>()
  /** Aborted when the drain stops. */
  readonly #stopping = new AbortController()
  /** Aborted when there may be something else to do than to wait for a deferred phase. */
  #waiting = new AbortController()
  /** What was told last of what is waited for. */
  #waitingFor = ''
  #backlog!: Backlog
  #stop: Stop | undefined
  /** How many phases it may take. */
  #batch: number | undefined
  /** Differs when another process wrote to the store. */
  #foreignWrites = 0

  constructor(dependencies: DrainDependencies, request: DrainRequest) {
    this.#dependencies = dependencies
    this.#request = request
    this.#batch = request.batch
    this.#session = beginSession(dependencies.project, request, this.#timestamp())
    this.#results = new Results(this.#session, request.touched)
    this.#book = new Book(dependencies.runtime, this.#results, (session) => dependencies.save(session))
    const { store, runtime, emit, reach } = dependencies
    this.#breaker = new Breaker({ store, runtime, emit, reach, session: request.session, resumed: request.resumed !== undefined, repeats: request.rules.maxFingerprintRepeats })
    this.#circuits = new Circuits({ store, runtime, emit, circuitOf: dependencies.circuitOf ?? (({ spec }) => spec.builder ?? '') })
    this.#time = new TimeLeft(request.rules, () => (this.#book.tick(), { ...this.#results.counters, executed: this.#results.executed }), dependencies.expectedMs)
    this.#atWork = new AtWork(request.rules, () => this.#results.counters, this.#time.ms)
    this.#active = new Active(request.rules, dependencies.mayGoBeside)
    this.#room = new Room(request.rules, runtime, emit)
    this.#tellUnpriced = createUnpricedNotice(emit, request.rules)
    this.#stops = new StopRequests({
      runtime: dependencies.runtime, emit: dependencies.emit,
      read: () => this.#book.keepTime().then(() => dependencies.stopRequest()),
      consume: (asked) => dependencies.consumeStop(asked),
      hasRun: (run) => this.#backlog.runs.some((one) => one.record.id === run),
      stopAll: () => this.#stopAll(),
      stopNamed: (run, phase) => this.#stopNamed(run, phase),
      failed: (error) => this.#stopForError(error),
    })
  }

  async run(): Promise<DrainResult> {
    const { store, emit } = this.#dependencies
    this.#backlog = await readBacklog(store, this.#request.runs)
    const selectable = countSelectable(this.#backlog, this.#selectionRules())
    const { kind, location, id } = store.identity
    emit({
      type: 'drain-started', session: this.#session.id, store: { kind, location, id }, runs: this.#backlog.runs.map((run) => run.record.id),
      phases: this.#request.batch === undefined ? selectable : Math.min(selectable, this.#request.batch), caps: { ...capsInForce(this.#request.rules, this.#batch), ...(this.#request.scale && { scale: `auto, to ${scaledBatch}` }) },
    })
    await this.#book.save()
    await this.#breaker.begin()
    await this.#circuits.refresh()
    // Before the first phase is chosen: what was asked for already is not started.
    await this.#stops.look()
    await using _poll = this.#stops.poll()
    // Whatever ends the loop, what is at work is waited for.
    await this.#loop().catch((error: unknown) => this.#stopForError(error))
    await Promise.all(this.#active.all().map((entry) => entry.done))
    await this.#breaker.catchUp().catch((error: unknown) => this.#stopForError(error))
    const skipped = this.#tellSkipped(this.#selectionRules(), true)
    const parked = parkedPhases(this.#backlog, this.#selectionRules())
    const work = parked.length > 0 || hasWork(this.#backlog, this.#selectionRules())
    const stop = this.#stop ?? stopOfItself(this.#backlog, { stoppedByName: work ? this.#stops.names : new Set(), parked, executed: this.#results.executed, held: runsHeldByTimeouts(this.#results.counters, this.#request.rules) })
    this.#session.stop = stop
    this.#session.endedAt = this.#timestamp()
    await this.#book.save()
    const failed = this.#backlog.runs.some((run) => run.phases.some((phase) => phase.state === 'FAILED'))
    const { executed } = this.#results
    return { session: this.#session, backlog: this.#backlog, stop, exitCode: exitCodeOf(stop, { work, failed, executed }), executed, breaker: this.#breaker, circuits: this.#circuits, skipped, filter: this.#request.filter }
  }

  async #loop(): Promise<void> {
    const { rules, signal } = this.#request
    for (;;) {
      this.#book.tick()
      if (signal.aborted) this.#stopFor(interrupted)
      const { counters } = this.#results
      // What is at work counts towards the batch, or a parallel drain would take more than it was given.
      const batch = this.#batch === undefined ? undefined : this.#batch - this.#active.size
      const stop = stopByRules(counters, rules, batch)
      if (stop && !(stop.reason === 'batch_done' && this.#active.size > 0)) {
        if (stop.reason === 'batch_done' && (await this.#scale(stop))) continue
        this.#stopFor(stop)
      }
      if (this.#stop) return
      const hasPlace = this.#active.hasPlace() && (batch === undefined || counters.executed < batch) && !this.#atWork.isSpent()
      const isFull = hasPlace && this.#active.size > 0 && this.#room.isFull()
      const mayTake = hasPlace && !isFull
      const choice = mayTake ? await this.#choose() : undefined
      if (choice && this.#time.isTooLong(choice.selection)) continue
      if (choice && !this.#preflighted.has(choice.selection.run.record.id)) await this.#preflight(choice.selection.run)
      else if (choice) await this.#start(choice)
      else if (this.#active.size > 0) await this.#waitForActive(mayTake, isFull)
      else if (!(await this.#waitForProbe()) && !(await this.#waitForDeferred())) return this.#time.stop && this.#stopFor(this.#time.stop)
    }
  }

  /** Once in a drain, and where more could be done: takes a larger batch if what it has seen so far says that it is worth it. */
  async #scale(stop: Stop): Promise<boolean> {
    const { store, emit } = this.#dependencies
    if (!this.#request.scale || this.#batch === undefined || this.#batch >= scaledBatch || !hasWork(this.#backlog, this.#selectionRules())) return false
    const { batch, why } = await scaleUp({ store, emit, session: this.#session.id }, this.#batch)
    stop.detail += why
    const larger = batch > this.#batch
    this.#batch = batch
    return larger
  }

  /** A probe before anything else: what is parked is not to wait for longer than it has to. */
  async #choose(): Promise<Choice | undefined> {
    const seen = await this.#dependencies.store.foreignWrites()
    if (seen !== this.#foreignWrites) {
      await this.#catchUp()
      await this.#circuits.refresh()
    }
    this.#foreignWrites = seen
    const rules = this.#selectionRules()
    const selection = selectNext(this.#backlog.runs, rules)
    if (selection?.kind !== 'queued') this.#tellSkipped(rules, false)
    const { parked: _parked, ...unparked } = rules
    // A member that failed tells more than one that was never tried, whatever else is queued in its run.
    const probe = this.#breaker.choose(inOrder(this.#backlog.runs, { ...unparked, skipRunsWithQueued: false }), selection === undefined && this.#active.size === 0)
    return probe ?? (selection && { selection, buckets: [] })
  }

  /** Runs whose failed phases are left alone, each told once: at once where the drain takes none of the queued ones either, else when it ends. */
  #tellSkipped(rules: SelectionRules, ends: boolean): readonly SkippedRun[] {
    const skipped = skippedRuns(this.#backlog, rules)
    const told = skipped.filter((one) => (ends || !one.goesOn) && !this.#skippedTold.has(one.run))
    for (const { run } of told) this.#skippedTold.add(run)
    for (const event of skippedNotice(told)) this.#dependencies.emit(event)
    return skipped
  }

  async #start({ selection, buckets }: Choice): Promise<void> {
    const run = selection.run.record.id
    const probes = buckets.length > 0 ? await this.#breaker.startProbe(run, selection.phase.id, buckets) : []
    const controller = new AbortController()
    const signal = AbortSignal.any([this.#request.signal, controller.signal])
    this.#begun.set(run, (this.#begun.get(run) ?? 0) + 1)
    const done = this.#execute(selection, probes, signal).finally(() => this.#active.end(run, selection.phase.id))
    this.#active.begin({ ...selection, startedAt: this.#dependencies.runtime.now(), controller, done })
  }

  async #execute(selection: Selection, probes: PhaseToExecute['probes'] & {}, signal: AbortSignal): Promise<void> {
    const run = selection.run.record.id
    const phase = selection.phase.id
    const name = phaseName(run, phase)
    const { rules } = this.#request
    try {
      const result = await this.#dependencies.execute({
        run, phase, requeueFailed: selection.kind === 'failed', session: this.#session.id, rules, ...this.#atWork.begin(name), ...(probes.length > 0 && { probes }), signal,
      })
      this.#atWork.end(name)
      this.#take(run, phase, result)
      if (this.#circuits.any || result.type === 'builder-paused' || (result.type === 'ended' && result.outcome === 'usage-limit')) await this.#circuits.refresh()
      await this.#catchUp({ passed: result.type === 'ended' && !result.classification })
      await this.#breaker.dropProbe(run, phase)
      await this.#backlog.refresh(run, phase)
      await this.#book.save()
    } catch (error) {
      this.#stopForError(error)
    } finally {
      this.#atWork.end(name)
    }
  }

  /** For the next of what is at work to end, or where there is room for more, for the next phase that may start. */
  async #waitForActive(mayTake: boolean, isFull: boolean): Promise<void> {
    const { runtime } = this.#dependencies
    const until = isFull ? runtime.now() + roomTurnMs : mayTake ? nextDeferral(this.#backlog.runs, this.#selectionRules()) : undefined
    const over = new AbortController()
    const waits = this.#active.all().map((entry) => entry.done)
    if (until !== undefined) waits.push(runtime.sleep(Math.max(0, until - runtime.now()), over.signal))
    await Promise.race(waits)
    // With a reason, however small: without one, an error is made with its stack.
    over.abort(null)
  }

  /** What has ended since, for the buckets; who was parked by one that closed may try again. */
  async #catchUp(known = {}): Promise<void> {
    const released = await this.#breaker.catchUp(known)
    for (const { run, phase } of released) this.#results.release(run, phase)
    for (const run of new Set(released.map((member) => member.run))) await this.#backlog.refresh(run)
  }

  #take(run: string, phase: string, result: PhaseResult): void {
    const before = this.#results.heldByTimeouts(run)
    const stop = this.#results.take(run, phase, result)
    if (result.type === 'ended') this.#tellUnpriced({ run, phase, usage: result.usage })
    const held = this.#results.heldByTimeouts(run)
    if (held !== undefined && before === undefined)
      this.#dependencies.emit({ type: 'notice', level: 'warning', run, message: `run ${run} is left alone for the rest of this drain: ${held}` })
    if (stop) this.#stopFor(stop)
  }

  async #preflight(run: BacklogRun): Promise<void> {
    const result = await this.#dependencies.preflight(run, this.#stopSignal())
    // One that was stopped says nothing about the tree.
    if (this.#stop || this.#request.signal.aborted) return
    if (result.type === 'passed') this.#preflighted.add(run.record.id)
    else this.#stopFor({ reason: 'preflight_failed', detail: result.detail })
  }

  /** Waits for the next deferred phase, within what may be spent on pauses. False: nothing to wait for. */
  async #waitForDeferred(): Promise<boolean> {
    const { runtime, emit } = this.#dependencies
    const until = nextDeferral(this.#backlog.runs, this.#selectionRules())
    if (until === undefined) return false
    const pause = { until, builder: this.#circuits.endingAt(until) }
    const wait = Math.max(0, until - runtime.now())
    const { maxPauseMinutes } = this.#request.rules
    if (wait > maxPauseMinutes * 60_000 - this.#results.counters.pausedMs) {
      this.#stopFor({ reason: 'builder_paused', detail: tooLongText(pause, maxPauseMinutes, `autopack ${this.#request.command} --resume ${this.#session.id}`) })
      return true
    }
    const message = waitingText(pause)
    if (message !== this.#waitingFor) emit({ type: 'notice', level: 'info', message })
    await this.#pause(message, wait)
    return true
  }

  /** Waits a turn while another process executes the probe that decides whether what is parked here is. False: there is none, or the time for pauses is over. */
  async #waitForProbe(): Promise<boolean> {
    const { store, runtime, emit } = this.#dependencies
    const parked = parkedPhases(this.#backlog, this.#selectionRules())
    const probe = await probeElsewhere(store, this.#breaker.probesOf(parked.map((one) => one.fingerprint)), runtime.now())
    if (!probe || this.#results.counters.pausedMs + probeTurnMs > this.#request.rules.maxPauseMinutes * 60_000) return false
    const message = `waiting for another process, which executes ${probe.run}/${probe.phase} to see whether ${probe.fingerprint} is over`
    if (message !== this.#waitingFor) emit({ type: 'notice', level: 'info', message })
    await this.#pause(message, probeTurnMs)
    return true
  }

  /** Nothing is at work meanwhile. `waitingFor`: what was told of it. */
  async #pause(waitingFor: string, milliseconds: number): Promise<void> {
    this.#waitingFor = waitingFor
    this.#book.tick()
    this.#book.pausing = true
    this.#waiting = new AbortController()
    await this.#dependencies.runtime.sleep(milliseconds, AbortSignal.any([this.#stopSignal(), this.#waiting.signal]))
    this.#book.tick()
    this.#book.pausing = false
  }

  #stopSignal(): AbortSignal { return AbortSignal.any([this.#request.signal, this.#stopping.signal]) }

  #stopAll(): void {
    this.#stopFor({ reason: 'stop_signal', detail: 'autopack stop' })
    for (const entry of this.#active.all()) entry.controller.abort()
  }

  #stopNamed(run: string, phase: string | undefined): void {
    const reason = 'stopped by autopack stop'
    if (phase === undefined) this.#stoppedRuns.set(run, reason)
    else this.#stoppedPhases.set(phaseName(run, phase), reason)
    for (const entry of this.#active.of(run, phase)) entry.controller.abort()
    this.#waiting.abort()
  }

  /** The first reason stands; what goes wrong after Ctrl-C is a consequence of it. */
  #stopFor(stop: Stop): void {
    this.#stop ??= this.#request.signal.aborted ? interrupted : stop
    this.#stopping.abort()
  }

  #stopForError(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    const fix = error instanceof UserError ? error.fix : undefined
    this.#stopFor({ reason: 'infrastructure', detail: fix === undefined ? message : `${message}; ${fix}` })
  }

  #selectionRules(): SelectionRules {
    const { rules, command } = this.#request
    const { counters, excluded, failedHere, blockedRuns } = this.#results
    const active = this.#active.all()
    return {
      now: this.#dependencies.runtime.now(), maxAttemptsPerPhase: rules.maxAttemptsPerPhase, absoluteAttemptCap: rules.absoluteAttemptCap,
      ...(rules.parallel > 1 && { begun: this.#begun }), skipRunsWithQueued: rules.skipRunsWithQueued, ...this.#active.places(), heldRuns: new Map([...runsHeldByTimeouts(counters, rules), ...blockedRuns, ...this.#stoppedRuns]),
      excluded: new Map([...excluded, ...this.#stoppedPhases, ...this.#time.tooLong]), oldFailures: command === 'drain', failedHere, filter: this.#request.filter, touched: this.#results.touched,
      ...(this.#circuits.any && { pausedUntil: (phase) => this.#circuits.pausedUntil(phase) }),
      parked: (run, phase) => this.#breaker.parked(run, phase), repeated: (run, phase) => this.#breaker.repeated(run.record.id, phase.id), waits: (run, phase) => this.#active.waits(run, phase) || this.#breaker.waits(run, phase, active) || this.#circuits.waits(phase, active),
    }
  }

  #timestamp(): string { return new Date(this.#dependencies.runtime.now()).toISOString() }
}

const interrupted: Stop = { reason: 'interrupted', detail: 'interrupted by a signal' }
