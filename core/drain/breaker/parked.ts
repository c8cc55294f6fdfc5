import type { BreakerState, Bucket, BucketState, RadiusCell } from '../../model/bucket.ts'
import { stages } from '../../model/phase.ts'
import { holds, isExposed, isLive, isPhase, isSystemic, levelIndex, parkingCells, radiusText, type Traits } from './radius.ts'

/** What parks a phase, and what would release it. */
export interface Parked {
  fingerprint: string
  class: string
  title: string
  state: Exclude<BucketState, 'closed'>
  radius: string
  /** One sentence. */
  reason: string
  release: string
}

/** Builder calls that may end with one fingerprint in a drain before its bucket is left to the next one. */
const mostCalls = 2

/** The state of a bucket at a time. */
export function bucketState(bucket: Bucket, now: number): BucketState {
  if (bucket.opened === undefined) return bucket.cells.some(isLive) ? 'suspended' : 'closed'
  return bucket.probe || mayProbeOpen(bucket, now) ? 'half-open' : 'open'
}

/** The cells that park a phase. */
const cellsHolding = (bucket: Bucket, traits: Traits): RadiusCell[] => (isExposed(bucket, traits) ? parkingCells(bucket).filter((cell) => holds(cell, traits)) : [])
/** In which of its cells a phase lies: how much it shares with what failed. */
const sharedWith = (bucket: Bucket, traits: Traits): RadiusCell[] => bucket.cells.filter((cell) => holds(cell, traits))

const isMember = (bucket: Bucket, { run, phase }: Pick<Traits, 'run' | 'phase'>): boolean => bucket.members.some((member) => isPhase(member, { run, phase }))

/** Whether a phase waits for this bucket: it lies in the blast radius, or has the fault itself. `repairs`: checks that it is there to mend. */
export function isParkedBy(bucket: Bucket, traits: Traits, repairs: readonly string[] = []): boolean {
  if (bucket.checks?.some((check) => repairs.includes(check)) || bucket.files?.some((file) => traits.mends?.(file))) return false
  return (bucket.opened !== undefined && isMember(bucket, traits)) || cellsHolding(bucket, traits).length > 0
}

/** Whether a phase would tell more of a systemic fault: it lies where a probe has not been yet. Nothing is parked there, but it goes first. */
export function tells(bucket: Bucket, traits: Traits): boolean {
  return isSystemic(bucket.blame) && isExposed(bucket, traits) && bucket.cells.some((cell) => cell.state === 'watched' && holds(cell, traits))
}

/** Whether this phase may be executed now to see whether the fault is still there. `idle`: the drain has nothing else to do. */
export function mayProbe(bucket: Bucket, traits: Traits, now: number, idle: boolean): boolean {
  if (bucket.probe || bucket.byHand) return false
  const open = bucket.opened !== undefined && (isMember(bucket, traits) || cellsHolding(bucket, traits).some((cell) => cell.state === 'open'))
  if (!open) return true
  // What a classifier asked for it gets before the backoff is over, within the calls that a fault may cost: one that passes by itself is waited for.
  if (bucket.members.some((member) => member.again && isPhase(member, traits))) return mayCall(bucket)
  // Before a drain gives up it looks once whether the radius is as wide as it seems.
  return mayProbeOpen(bucket, now) || (idle && bucket.failedInDrain <= 1 && mayCall(bucket) && isFar(bucket, traits))
}

function mayProbeOpen(bucket: Bucket, now: number): boolean {
  return !bucket.byHand && bucket.nextProbeAt !== undefined && now >= bucket.nextProbeAt && mayCall(bucket)
}

/** A probe that ends before the builder costs no tokens. */
const mayCall = (bucket: Bucket): boolean => bucket.callsInDrain < mostCalls || isTokenless(bucket)
export const isTokenless = (bucket: Pick<Bucket, 'onBase' | 'stage'>): boolean => bucket.onBase || stages.indexOf(bucket.stage) < stages.indexOf('build')

/** Lies in the radius, and in no narrower part of it where the fault was seen: executing it tells whether the radius is as wide as it looks. */
function isFar(bucket: Bucket, traits: Traits): boolean {
  if (isMember(bucket, traits)) return false
  const cells = sharedWith(bucket, traits)
  return cells.length > 0 && !cells.some((cell) => cell.level === 'family' || cell.level === 'run') && bucket.members.every((member) => member.family !== traits.family)
}

/**
 * How little a phase tells as the next probe of a bucket; the least goes first. Where the fault was seen once, the phase that shares least with the one that
 * failed tells most of how far it reaches; of an open bucket a member tells whether it is over.
 */
export function probeCost(bucket: Bucket, traits: Traits, failed: boolean): number {
  if (bucket.asked && isPhase(bucket.asked, traits)) return -1
  // What is narrower names the cause more closely: it counts for more.
  const shared = sharedWith(bucket, traits).reduce((sum, cell) => sum + levelIndex(cell.level) + 1, 0)
  if (bucket.opened === undefined) return isMember(bucket, traits) ? 1_000 : shared + (failed ? 100 : 0)
  // Once a member has failed again in this drain, another that fails would tell nothing new.
  const memberFirst = bucket.failedInDrain % 2 === 0
  const index = bucket.members.findIndex((member) => isPhase(member, traits))
  if (index === -1) return !memberFirst ? shared : splits(bucket, traits) ? shared / 100 - 0.9 : 100 + shared
  // Where each is to blame for itself, the one that waits for the longest: the first of them may never get past it.
  return (memberFirst ? 0 : 100) + (isSystemic(bucket.blame) ? 0 : index / bucket.members.length)
}

/**
 * Lies in one of the cells that could each be all of the fault, and not in another. It tells more than a member does: where the fault reaches it, it costs the same
 * call; where it is done, what lies around it goes on, and a member is asked next. Otherwise, as long as the members fail, nobody would know.
 */
function splits(bucket: Bucket, traits: Traits): boolean {
  const open = bucket.cells.filter((cell) => cell.state === 'open')
  return isSystemic(bucket.blame) && open.some((cell) => holds(cell, traits)) && open.some((cell) => !holds(cell, traits) && open.every((other) => other.phases.every((phase) => cell.phases.includes(phase))))
}

export function parkedText(bucket: Bucket, now: number): Parked {
  const state = bucketState(bucket, now)
  const radius = radiusText(bucket)
  const probe = bucket.probe ? `${bucket.probe.run}/${bucket.probe.phase}` : undefined
  return {
    fingerprint: bucket.fingerprint, class: bucket.class, title: bucket.title, state: state === 'closed' ? 'open' : state, radius,
    reason: bucket.byHand ? `parked by ${bucket.byHand.by}: ${bucket.byHand.reason}` : state === 'suspended' ? `${bucket.fingerprint} was seen in ${radius}: one probe decides` : `${bucket.fingerprint} is open for ${radius}`,
    release: releaseText(bucket, probe, now),
  }
}

function releaseText(bucket: Bucket, probe: string | undefined, now: number): string {
  const close = `autopack buckets close ${bucket.fingerprint}`
  if (bucket.byHand) return close
  if (probe !== undefined) return `its probe ${probe} ends without it`
  if (bucket.opened === undefined) return 'the next phase of the radius that gets past it'
  if (!mayCall(bucket)) return `a probe of the next drain, or ${close}`
  return bucket.nextProbeAt !== undefined && bucket.nextProbeAt > now ? `a probe after ${new Date(bucket.nextProbeAt).toISOString()}, or ${close}` : `its next probe, or ${close}`
}

/** Every bucket that parks a phase, the open ones first. */
export function bucketsParking(state: BreakerState, traits: Traits, repairs: readonly string[] = []): Bucket[] {
  if (!state.on) return []
  const found = [...state.buckets.values()].filter((bucket) => isParkedBy(bucket, traits, repairs))
  return found.length < 2 ? found : found.toSorted((left, right) => Number(left.opened === undefined) - Number(right.opened === undefined))
}

/**
 * Whether a phase has to wait for one that is at work: of what a probe spared, one phase at a time is executed until one of them is through, so that a
 * fault that is there all the same costs no more than one call.
 */
export function waitsFor(state: BreakerState, traits: Traits, active: readonly Traits[]): boolean {
  if (!state.on || active.length === 0) return false
  for (const bucket of state.buckets.values()) {
    if (!isSystemic(bucket.blame) || !isExposed(bucket, traits)) continue
    if (bucket.cells.some((cell) => cell.state === 'watched' && holds(cell, traits) && active.some((one) => holds(cell, one)))) return true
  }
  return false
}
