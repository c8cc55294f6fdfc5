import { compareText } from '../model/compare-text.ts'
import { fingerprintVersion, unknownFingerprint } from './fingerprint.ts'

/** What the failures of an old fingerprint are now, and how many of them. */
export interface Successor { fingerprint: string; members: number }

/** Old fingerprints and what has become of them, after their failures were classified again. */
export interface FingerprintMapping {
  /** Versions that were met besides the current one, oldest first. */
  from: string[]
  to: string
  /** By old fingerprint, the one with most members first. A fingerprint of the current version is not in here. */
  successors: ReadonlyMap<string, readonly Successor[]>
  /** Old buckets that are several now. */
  splits: { from: string; into: readonly Successor[] }[]
  /** Buckets that several old ones have become. */
  merges: { into: string; from: readonly string[] }[]
}

/** `v1`; undefined for what has none: `unknown`, and fingerprints that classifiers gave. */
export function versionOf(fingerprint: string): string | undefined {
  return /^(v\d+)-[0-9a-f]{12}$/.exec(fingerprint)?.[1]
}

/** Whether a fingerprint was made by other rules than today's, so that it says nothing about a failure of today. */
export function isOfAnotherVersion(fingerprint: string, version: string = fingerprintVersion): boolean {
  const own = versionOf(fingerprint)
  return own !== undefined && own !== version
}

/** Maps the fingerprints of other versions: `before` as stored, `after` as the same failure is classified now. Pure. */
export function mapFingerprints(classified: Iterable<{ before: string; after: string }>, version: string = fingerprintVersion): FingerprintMapping {
  const counts = new Map<string, Map<string, number>>()
  for (const { before, after } of classified) {
    if (!isOfAnotherVersion(before, version)) continue
    const into = counts.get(before) ?? new Map<string, number>()
    counts.set(before, into.set(after, (into.get(after) ?? 0) + 1))
  }
  const successors = new Map([...counts].map(([before, into]) => [before, [...into].map(([fingerprint, members]) => ({ fingerprint, members })).toSorted(byMembers)]))
  const origins = new Map<string, string[]>()
  for (const [before, into] of successors) for (const { fingerprint } of into) origins.set(fingerprint, [...(origins.get(fingerprint) ?? []), before])
  return {
    from: [...new Set([...successors.keys()].map((one) => versionOf(one)!))].toSorted((left, right) => Number(left.slice(1)) - Number(right.slice(1))),
    to: version,
    successors,
    splits: [...successors].flatMap(([from, into]) => (into.length > 1 ? [{ from, into }] : [])),
    // What cannot be told from anything is no bucket.
    merges: [...origins].flatMap(([into, from]) => (from.length > 1 && into !== unknownFingerprint ? [{ into, from }] : [])),
  }
}

function byMembers(left: Successor, right: Successor): number {
  return right.members - left.members || compareText(left.fingerprint, right.fingerprint)
}

/**
 * Takes open buckets over into the current version. A bucket that was split stays open in every part: a probe of each closes what is well, whereas a
 * closed part would cost tokens again. `lost`: buckets without a failure that could be classified again, or whose failures are `unknown` now.
 */
export function carryOver(open: Iterable<string>, mapping: FingerprintMapping): { open: Map<string, string[]>; lost: string[] } {
  const carried = new Map<string, string[]>()
  const lost: string[] = []
  for (const fingerprint of open) {
    const into = isOfAnotherVersion(fingerprint, mapping.to)
      ? (mapping.successors.get(fingerprint) ?? []).map((one) => one.fingerprint).filter((one) => one !== unknownFingerprint)
      : [fingerprint]
    if (into.length === 0) lost.push(fingerprint)
    for (const one of into) carried.set(one, [...(carried.get(one) ?? []), fingerprint])
  }
  return { open: carried, lost }
}
