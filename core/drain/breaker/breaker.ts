import type { BacklogPhase } from '../backlog.ts'
import { phaseName, type BreakerFact, type BreakerState, type Bucket, type BucketMember, type BucketState } from '../../model/bucket.ts'
import type { Emit } from '../../model/events.ts'
import type { Runtime } from '../../model/runtime.ts'
import type { RunRecord, Store } from '../../store/store.ts'
import { chooseProbe, wantsProbe } from './choose.ts'
import { fold, noBuckets } from './fold.ts'
import { bucketsParking, bucketState, isTokenless, mayProbe, parkedText, waitsFor, type Parked } from './parked.ts'
import { isLive, isSystemic, radiusText, type Traits } from './radius.ts'

/** What the drain does not know of a phase: the name of its builder, those of its checks, and which files it may change by name. */
export type Reach = (phase: BacklogPhase) => Pick<Traits, 'builder' | 'checks' | 'mends'>

export interface BreakerOptions {
  store: Store
  runtime: Pick<Runtime, 'now' | 'host'>
  emit: Emit
  session: string
  /** The session goes on. */
  resumed: boolean
  /** `maxFingerprintRepeats`. */
  repeats: number
  /** Left out: this drain has no buckets, breakers or probes. */
  reach: Reach | undefined
}

/** Successes that may wait to be taken in: whoever looks at the store reads them each time. */
const mostBehind = 100

/** A phase with what selection knows of it. */
export interface InRun { run: { record: RunRecord }; phase: BacklogPhase; kind: 'queued' | 'failed' }

/** The buckets of a drain while it goes on: what is parked, what may be probed, and what has come of the attempts that ended. */
export class Breaker {
  readonly #options: BreakerOptions
  #state: BreakerState = noBuckets()
  /** Successes that are not in the state yet. */
  #behind = 0
  /** A backlog is looked through for each phase; records are replaced when they change. */
  readonly #known = new WeakMap<BacklogPhase, Traits>()

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  get on(): boolean { return this.#options.reach !== undefined }

  /** A drain begins: what is open may be probed at once. */
  async begin(): Promise<void> {
    const { store, session, repeats, emit, resumed } = this.#options
    const { state, after } = await store.storedBreaker()
    const executing: { run: string; phase: string }[] = []
    for (const { probe } of after.reduce((one, event) => fold(one, event).state, state ?? noBuckets()).buckets.values())
      if (probe && (await store.phase(probe.run, probe.phase))?.state === 'EXECUTING') executing.push(probe)
    await this.#advance([{ type: 'drain', session, ...(resumed && { resumed }), breakers: this.on, repeats, executing }], false)
    if (!this.on) return
    for (const bucket of this.#state.buckets.values()) if (bucket.opened !== undefined) emit(changeEvent(bucket, this.#stateOf(bucket)))
  }

  /**
   * Takes in what has ended since, here or elsewhere; returns the phases whose bucket closed: they have a new allowance. `passed`: all that is known to have
   * happened is that something succeeded, which can wait as long as there is no bucket.
   */
  async catchUp({ passed = false } = {}): Promise<readonly BucketMember[]> {
    if (passed && this.#state.buckets.size === 0 && ++this.#behind < mostBehind) return []
    this.#behind = 0
    return await this.#advance([], true)
  }

  /** Why a phase is parked, if it is. */
  parked(run: { record: RunRecord }, phase: BacklogPhase): (Parked & { mayProbe: boolean }) | undefined {
    if (!this.on || this.#state.buckets.size === 0) return undefined
    const traits = this.#traits(run, phase)
    const buckets = bucketsParking(this.#state, traits, phase.spec.repairs)
    const now = this.#options.runtime.now()
    return buckets[0] && { ...parkedText(buckets[0], now), mayProbe: buckets.every((bucket) => mayProbe(bucket, traits, now, true)) }
  }

  /** The fingerprint with which the latest calls for a phase ended, `maxFingerprintRepeats` or more in a row, if they did: another tells nothing new. */
  repeated(run: string, phase: string): { fingerprint: string; times: number } | undefined {
    if (!this.on) return undefined
    for (const { fingerprint, members } of this.#state.buckets.values()) {
      const member = members.find((one) => one.run === run && one.phase === phase)
      if (member && !member.again && (member.times ?? 1) >= this.#options.repeats) return { fingerprint, times: member.times ?? 1 }
    }
    return undefined
  }

  /** Whether a phase has to wait for one of those at work: see `waitsFor`. */
  waits(run: { record: RunRecord }, phase: BacklogPhase, active: readonly { run: { record: RunRecord }; phase: BacklogPhase }[]): boolean {
    return this.on && active.length > 0 && waitsFor(this.#state, this.#traits(run, phase), active.map((one) => this.#traits(one.run, one.phase)))
  }

  /** The phase that is executed next to see whether a fault is still there; `candidates`: what could be executed if nothing were parked, in order. */
  choose<Item extends InRun>(candidates: Iterable<Item>, idle: boolean): { selection: Item; buckets: readonly Bucket[] } | undefined {
    if (!this.on || !wantsProbe(this.#state)) return undefined
    const of = function* (breaker: Breaker) {
      for (const item of candidates) yield { item, traits: breaker.#traits(item.run, item.phase), failed: item.kind === 'failed', repairs: item.phase.spec.repairs, spent: item.phase.chargedEver }
    }
    const found = chooseProbe(this.#state, of(this), { now: this.#options.runtime.now(), idle })
    return found && { selection: found.candidate.item, buckets: found.buckets }
  }

  /** Puts on record that a phase is a probe, before it is executed; what of the buckets can be told without a builder. */
  async startProbe(run: string, phase: string, buckets: readonly Bucket[]): Promise<{ fingerprint: string; check?: string }[]> {
    await this.#advance([{ type: 'probe', fingerprints: buckets.map((bucket) => bucket.fingerprint), run, phase }], true)
    return buckets.filter(isTokenless).flatMap(({ fingerprint, checks }) => (checks ? checks.map((check) => ({ fingerprint, check })) : [{ fingerprint }]))
  }

  /** It was not executed after all. */
  async dropProbe(run: string, phase: string): Promise<void> {
    if (this.on && [...this.#state.buckets.values()].some(({ probe }) => probe && probe.run === run && probe.phase === phase)) await this.#advance([{ type: 'probe-over', run, phase }], true)
  }

  /** The phases that are executed as probes of these buckets, here or elsewhere. */
  probesOf(fingerprints: Iterable<string>): { run: string; phase: string; fingerprint: string }[] {
    return [...new Set(fingerprints)].flatMap((fingerprint) => {
      const probe = this.#state.buckets.get(fingerprint)?.probe
      return probe ? [{ ...probe, fingerprint }] : []
    })
  }

  /** Buckets that park something, for the report. */
  live(): { bucket: Bucket; state: BucketState; radius: string }[] {
    if (!this.on) return []
    return [...this.#state.buckets.values()].map((bucket) => ({ bucket, state: this.#stateOf(bucket), radius: radiusText(bucket) })).filter(({ state }) => state !== 'closed')
  }

  async #advance(facts: readonly BreakerFact[], tell: boolean): Promise<readonly BucketMember[]> {
    if (!this.on && facts.length === 0) return []
    const { state, before, released } = await this.#options.store.advanceBreaker({ known: this.#state, facts, fold })
    this.#state = state
    if (tell && this.on) this.#tell(before)
    return released
  }

  /** What a person should know: a bucket opened, closed, began to suspect, or reaches less far than it did. */
  #tell(before: BreakerState): void {
    const { emit } = this.#options
    const shape = (bucket: Bucket | undefined) => (bucket === undefined ? 'closed' : bucket.opened !== undefined ? 'open' : bucket.cells.some(isLive) ? 'suspended' : 'closed')
    for (const bucket of new Set([...before.buckets.values(), ...this.#state.buckets.values()].map(({ fingerprint }) => fingerprint))) {
      const [old, now] = [before.buckets.get(bucket), this.#state.buckets.get(bucket)]
      if (old === now) continue
      const state = shape(now)
      if (shape(old) === state && (state === 'closed' || radiusText(old!) === radiusText(now!))) continue
      emit(changeEvent((now ?? old)!, state))
    }
  }

  #stateOf(bucket: Bucket): BucketState {
    return bucketState(bucket, this.#options.runtime.now())
  }

  #traits({ record }: { record: RunRecord }, phase: BacklogPhase): Traits {
    let traits = this.#known.get(phase)
    if (!traits) this.#known.set(phase, (traits = { run: record.id, family: record.family, phase: phase.id, host: this.#options.runtime.host, ...this.#options.reach!(phase) }))
    return traits
  }
}

function changeEvent(bucket: Bucket, state: BucketState): Parameters<Emit>[0] {
  return {
    type: 'bucket-changed', fingerprint: bucket.fingerprint, state, class: bucket.class, title: bucket.title, blame: bucket.blame, systemic: isSystemic(bucket.blame),
    radius: state === 'closed' ? '' : radiusText(bucket), members: new Set(bucket.members.map(({ run, phase }) => phaseName(run, phase))).size,
  }
}
