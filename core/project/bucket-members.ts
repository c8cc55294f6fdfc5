import { isOfAnotherVersion, mapFingerprints, type FingerprintMapping, type Successor } from '../failure/index.ts'
import type { Classification, Failure } from '../model/failure.ts'
import type { AttemptRecord } from '../store/store.ts'

export type StoredFailure = AttemptRecord & { failure: Failure; classification: Classification }

export type FoundBucket<Member> =
  /** `successors`: what the failures of a fingerprint of another version are now. `formerly`: fingerprints of other versions that members are stored under. */
  | { type: 'found'; fingerprint: string; members: Member[]; successors: readonly Successor[]; formerly: string[] }
  /** None, or several, begin with what was asked for. */
  | { type: 'ambiguous'; known: string[] }

/**
 * Finds the bucket whose fingerprint is, or begins with, `wanted`, by the fingerprint that its failures are stored under or, where that is of another
 * version, have today. `today` tells what a stored failure is now; it is asked only for failures of another version.
 */
export async function findBucket<Member extends Pick<StoredFailure, 'classification'>>(
  failures: readonly Member[], wanted: string, today: (failure: Member) => Promise<string>,
): Promise<FoundBucket<Member>> {
  const placed: { failure: Member; before: string; after: string }[] = []
  for (const failure of failures) {
    const before = failure.classification.fingerprint
    placed.push({ failure, before, after: isOfAnotherVersion(before) ? await today(failure) : before })
  }
  const known = [...new Set(placed.flatMap(({ before, after }) => [before, after]))]
  const chosen = choose(known, wanted)
  if (chosen === undefined) return { type: 'ambiguous', known: known.filter((fingerprint) => begins(fingerprint, wanted)) }
  const mapping: FingerprintMapping = mapFingerprints(placed)
  const successors = mapping.successors.get(chosen) ?? []
  // Where an old bucket is one bucket today, that one is meant; of a split one only what was in it.
  const meant = new Set([chosen, ...(successors.length === 1 ? [successors[0]!.fingerprint] : [])])
  const members = placed.filter(({ before, after }) => meant.has(before) || meant.has(after))
  return {
    type: 'found', fingerprint: chosen, members: members.map(({ failure }) => failure), successors,
    formerly: [...new Set(members.flatMap(({ before }) => (before !== chosen && isOfAnotherVersion(before) ? [before] : [])))],
  }
}

const begins = (fingerprint: string, wanted: string): boolean => fingerprint.startsWith(wanted) || fingerprint.replace(/^v\d+-/, '').startsWith(wanted)

/** The whole fingerprint wins over those that it begins; else exactly one may begin so. */
function choose(known: readonly string[], wanted: string): string | undefined {
  if (known.includes(wanted)) return wanted
  const found = known.filter((fingerprint) => begins(fingerprint, wanted))
  return found.length === 1 && wanted !== '' ? found[0] : undefined
}
