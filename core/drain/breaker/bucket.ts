import { phaseName, type BreakerEvent, type Bucket, type BucketMember, type Evidence, type RadiusCell } from '../../model/bucket.ts'
import { blames, type Blame } from '../../model/blame.ts'
import { stages, type Stage } from '../../model/phase.ts'
import { cellsOf, holds, isExposed, isLive, isPhase, isSystemic, levelIndex, widestOf } from './radius.ts'

type Attempt = Extract<BreakerEvent, { type: 'attempt' }>
type Failed = Attempt & { found: Evidence }

/** From an open bucket to the next probe within a drain, in milliseconds; doubled by each probe that failed since it opened, in earlier drains too. */
const firstBackoffMs = 15 * 60_000
const longestBackoffMs = 24 * 3_600_000

/** The bucket after an attempt failed with its fingerprint. `repeats`: distinct phases at which a bucket opens whatever its blame. */
export function addFailure(before: Bucket | undefined, event: Failed, repeats: number): Bucket {
  const { found } = event
  const name = phaseName(event.run, event.phase)
  const reliable = found.confidence !== 'low' && !found.flaky && !found.mends
  const earlier = before?.members.find((one) => isPhase(one, event))
  const times = earlier ? (earlier.times ?? 1) + (event.builderReached ? 1 : 0) : 1
  const member: BucketMember = {
    run: event.run, phase: event.phase, family: event.family, reliable, at: event.at,
    ...(event.builder !== undefined && { builder: event.builder }), ...(found.check !== undefined && { check: found.check }),
    ...((event.outcome === 'retry' || event.outcome === 'deferred') && { again: true }),
    ...(times > 1 && { times }),
  }
  const wasProbe = before?.probe !== undefined && isPhase(before.probe, event)
  const { probe, checks: seenAt, files: brokenBefore, ...known } = before ?? { members: [], cells: [], callsInDrain: 0, failedInDrain: 0, failedProbes: 0 }
  const fresh = before === undefined || before.members.length === 0
  const checks = found.check === undefined || (!fresh && seenAt === undefined) ? undefined : [...new Set([...(fresh ? [] : seenAt!), found.check])]
  const files = [...new Set([...(fresh ? [] : (brokenBefore ?? [])), ...(found.files ?? [])])]
  const bucket: Bucket = {
    ...known, ...(files.length > 0 && { files }), ...(probe && !wasProbe && { probe }),
    fingerprint: found.fingerprint, class: found.class, title: found.title, ...(checks && { checks }), stage: event.stage, onBase: found.onBase,
    // One fault may be blamed in two ways; what was systemic once stays so while the bucket has members.
    blame: fresh ? found.blame : wider(before.blame, found.blame),
    members: [...known.members.filter((one) => !isPhase(one, event)), member],
    callsInDrain: known.callsInDrain + (event.builderReached ? 1 : 0),
    failedInDrain: known.failedInDrain + (wasProbe ? 1 : 0),
    failedProbes: known.failedProbes + (wasProbe && before.opened !== undefined ? 1 : 0),
  }
  if (!reliable) return bucket
  const distinct = reliableOf(bucket)
  const cells = withFailure(bucket, event, name, (cell) => (isSystemic(bucket.blame) ? cell.failures >= 2 : distinctIn(cell) >= repeats))
  const opened = bucket.opened ?? (distinct >= repeats || cells.some((cell) => cell.state === 'open') ? event.at : undefined)
  if (opened === undefined) return { ...bucket, cells }
  const { byHand } = bucket
  return { ...bucket, cells, opened, ...(!byHand && { nextProbeAt: event.at + backoff(bucket.failedProbes) }) }
}

/** The cells with one more failure in those that hold it; new ones up to the widest in which it was suspected, or where nothing suspected it, that its blame allows. */
function withFailure(bucket: Bucket, event: Failed, name: string, opens: (cell: RadiusCell) => boolean): RadiusCell[] {
  const systemic = isSystemic(bucket.blame)
  const found = { ...event, check: event.found.check }
  const holding = bucket.cells.filter((cell) => cellsOf(found, 'machine').some((one) => isSame(one, cell)))
  const widest = holding.toSorted((left, right) => levelIndex(left.level) - levelIndex(right.level))[0]?.level ?? widestOf(bucket.blame)
  const wanted = cellsOf(found, widest)
  const cells = bucket.cells.map((cell) => (wanted.some((one) => isSame(one, cell)) ? addTo(cell, name) : cell))
  for (const one of wanted)
    if (!cells.some((cell) => isSame(cell, one))) cells.push({ ...one, state: systemic ? 'suspended' : 'watched', since: event.at, failures: 1, phases: [name] })
  return cells.map((cell) => {
    const state = opens(cell) ? 'open' : cell.state
    return state === cell.state ? cell : { ...cell, state }
  })
}

const addTo = (cell: RadiusCell, name: string): RadiusCell => ({ ...cell, failures: cell.failures + 1, phases: cell.phases.includes(name) ? cell.phases : [...cell.phases, name] })
const reliableOf = (bucket: Bucket): number => bucket.members.filter((one) => one.reliable).length
const distinctIn = (cell: RadiusCell): number => cell.phases.length
const isSame = (left: Pick<RadiusCell, 'level' | 'value'>, right: Pick<RadiusCell, 'level' | 'value'>): boolean => left.level === right.level && left.value === right.value
const backoff = (failedProbes: number): number => Math.min(longestBackoffMs, firstBackoffMs * 2 ** failedProbes)
const stageIndex = (stage: Stage): number => stages.indexOf(stage)

/** The bucket after an attempt ended in another way: what began after the fault and got past it narrows the radius; a member that did closes it. */
export function otherOutcome(bucket: Bucket, event: Attempt, repeats: number): { bucket: Bucket; released: BucketMember[] } {
  const wasProbe = bucket.probe !== undefined && isPhase(bucket.probe, event)
  const wasMember = bucket.members.some((member) => isPhase(member, event))
  const passed = event.outcome === 'complete' || event.outcome === 'review'
  // A failure tells something of another fault only where it got as far, and only of a probe is it known that nothing else was changed meanwhile.
  // All checks of a phase are run, and one of them is told of: what failed at another says nothing of the bucket's.
  const elsewhere = event.found?.check !== undefined && bucket.checks !== undefined && !bucket.checks.includes(event.found.check)
  const tells = passed || (wasProbe && !elsewhere && stageIndex(event.stage) >= stageIndex(bucket.stage))
  const refuted = tells && !bucket.byHand ? bucket.cells.filter((cell) => event.startedAt >= cell.since && holds(cell, event) && isExposed(bucket, event)) : []
  if (!wasProbe && !wasMember && refuted.length === 0) return { bucket, released: [] }
  const { probe, ...rest } = bucket
  const members = bucket.members.filter((member) => !isPhase(member, event))
  const after: Bucket = { ...rest, ...(probe && !wasProbe && { probe }), members }
  if (!tells || bucket.byHand) return { bucket: after, released: [] }
  if (wasMember && (bucket.opened !== undefined || bucket.cells.some(isLive))) return closeWith(after, refuted, repeats)
  return narrowed(after, refuted, repeats)
}

/** What lies around them does not have the fault: of an open bucket, members that nothing suspects any more may try again. */
function narrowed(bucket: Bucket, refuted: readonly RadiusCell[], repeats: number): { bucket: Bucket; released: BucketMember[] } {
  const cells = spared(bucket.cells.filter((cell) => !refuted.includes(cell)))
  const inLive = (member: BucketMember, among: readonly RadiusCell[]) => among.some((cell) => isLive(cell) && cell.phases.includes(phaseName(member.run, member.phase)))
  const released = bucket.opened === undefined ? [] : bucket.members.filter((member) => inLive(member, refuted) && !inLive(member, cells))
  return { bucket: settled({ ...bucket, cells, members: bucket.members.filter((member) => !released.includes(member)) }, repeats), released }
}

/** One probe has told: what it left is not parked any longer, and opens by the next failure. */
const spared = (cells: readonly RadiusCell[]): RadiusCell[] => cells.map((cell) => (cell.state === 'suspended' ? { ...cell, state: 'watched' } : cell))

/** A member does not have the fault any more: its cells are gone, and every other that holds only failures of theirs. */
function closeWith(bucket: Bucket, refuted: readonly RadiusCell[], repeats: number): { bucket: Bucket; released: BucketMember[] } {
  const explained = new Set(refuted.flatMap((cell) => cell.phases))
  const cells = spared(bucket.cells.filter((cell) => !refuted.includes(cell) && !cell.phases.every((phase) => explained.has(phase))))
  if (!cells.some(isLive)) return closed(bucket)
  // Another part of the bucket has its own radius, and stays until a probe of its own.
  const stays = (member: BucketMember) => cells.some((cell) => isLive(cell) && cell.phases.includes(phaseName(member.run, member.phase)))
  return { bucket: settled({ ...bucket, cells, members: bucket.members.filter(stays) }, repeats), released: bucket.members.filter((member) => !stays(member)) }
}

function closed(bucket: Bucket): { bucket: Bucket; released: BucketMember[] } {
  const { opened: _opened, byHand: _byHand, nextProbeAt: _next, probe: _probe, ...rest } = bucket
  return { bucket: { ...rest, members: [], cells: [], failedProbes: 0 }, released: bucket.members }
}

/** A bucket that is open by its radius is so while there is one; one that is open by the count of its members until one of them gets past the fault. */
function settled(bucket: Bucket, repeats: number): Bucket {
  if (bucket.opened === undefined || bucket.cells.some((cell) => cell.state === 'open') || reliableOf(bucket) >= repeats) return bucket
  const { opened: _opened, nextProbeAt: _next, ...rest } = bucket
  return rest
}

export const closeByHand = (bucket: Bucket): { bucket: Bucket; released: BucketMember[] } => closed(bucket)

/** Stays until somebody closes it: who parks by hand does not want it probed. */
export function parkByHand(bucket: Bucket, event: { at: number; by: string; reason: string }): Bucket {
  const { nextProbeAt: _next, ...rest } = bucket
  const { at, by, reason } = event
  return { ...rest, opened: bucket.opened ?? at, byHand: { by, reason, at }, cells: bucket.cells.map((cell) => (cell.state === 'suspended' ? { ...cell, state: 'open' } : cell)) }
}

/** A new drain, or a person who asks for it, may probe at once. */
export function probeAgain(bucket: Bucket, at: number): Bucket {
  // Two calls show how far a new fault reaches; whether one from before is over, a single one tells.
  const fresh = { ...bucket, callsInDrain: bucket.opened === undefined ? 0 : 1, failedInDrain: 0 }
  return bucket.opened === undefined || bucket.byHand ? fresh : { ...fresh, nextProbeAt: at }
}

function wider(left: Blame, right: Blame): Blame {
  return blames.indexOf(left) > blames.indexOf(right) ? left : right
}
