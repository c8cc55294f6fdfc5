import type { Classification, Failure } from '../model/failure.ts'
import type { AttemptRecord, Store } from '../store/store.ts'

/** How a stored failure is classified now. */
export interface Replayed {
  run: string
  phase: string
  attempt: number
  before: Classification
  after: Classification
}

export interface ReplayReport {
  /** How many stored failures were classified again. */
  failures: number
  unchanged: number
  /** One bucket becomes several. */
  splits: { from: string; title: string; into: { fingerprint: string; class: string; title: string; members: number }[] }[]
  /** Several buckets become one. */
  merges: { into: string; class: string; title: string; from: { fingerprint: string; title: string; members: number }[] }[]
  /** The same members under another fingerprint. */
  renamed: { from: string; to: string; title: string; members: number }[]
  classes: { fingerprint: string; before: string; after: string; members: number }[]
  blames: { fingerprint: string; before: string; after: string; members: number }[]
}

/** Every failure on record with its classification, oldest first. */
export async function storedFailures(store: Store): Promise<(AttemptRecord & { failure: Failure; classification: Classification })[]> {
  const attempts = await store.attempts({})
  return attempts
    .filter((attempt): attempt is AttemptRecord & { failure: Failure; classification: Classification } => attempt.failure !== undefined && attempt.classification !== undefined)
    .sort((left, right) => left.startedAt - right.startedAt)
}

/** Pure: what another classification makes of the buckets. */
export function compareReplay(replayed: readonly Replayed[]): ReplayReport {
  const report: ReplayReport = { failures: replayed.length, unchanged: 0, splits: [], merges: [], renamed: [], classes: [], blames: [] }
  const old = group(replayed, (one) => one.before.fingerprint)
  const now = group(replayed, (one) => one.after.fingerprint)
  for (const [fingerprint, members] of old) {
    const into = group(members, (one) => one.after.fingerprint)
    if (into.size > 1) {
      report.splits.push({ from: fingerprint, title: members[0]!.before.title, into: [...into].map(([to, part]) => ({ fingerprint: to, class: part[0]!.after.class, title: part[0]!.after.title, members: part.length })) })
    } else {
      const [to] = into.keys()
      if (to !== fingerprint && group(now.get(to!)!, (one) => one.before.fingerprint).size === 1) report.renamed.push({ from: fingerprint, to: to!, title: members[0]!.after.title, members: members.length })
    }
    changes(members, fingerprint, (one) => one.class, report.classes)
    changes(members, fingerprint, (one) => one.blame, report.blames)
  }
  for (const [fingerprint, members] of now) {
    const from = group(members, (one) => one.before.fingerprint)
    if (from.size > 1) report.merges.push({ into: fingerprint, class: members[0]!.after.class, title: members[0]!.after.title, from: [...from].map(([before, part]) => ({ fingerprint: before, title: part[0]!.before.title, members: part.length })) })
  }
  report.unchanged = replayed.filter(({ before, after }) => before.fingerprint === after.fingerprint && before.class === after.class && before.blame === after.blame).length
  return report
}

function group<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const members = groups.get(key(item))
    if (members) members.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

function changes(members: readonly Replayed[], fingerprint: string, of: (classification: Classification) => string, into: ReplayReport['classes']): void {
  for (const [pair, part] of group(members.filter((one) => of(one.before) !== of(one.after)), (one) => `${of(one.before)}\u0000${of(one.after)}`)) {
    const [before, after] = pair.split('\u0000')
    into.push({ fingerprint, before: before!, after: after!, members: part.length })
  }
}
