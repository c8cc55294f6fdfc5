import { compareText } from '../model/compare-text.ts'
import type { ClosedBucket, Knowledge, KnownFlake } from '../model/knowledge.ts'
import type { LearnedRule } from '../model/learning.ts'

/** Runs or phases that one thing names, the latest. */
const mostSeen = 20

/**
 * What two know together. Whoever is asked first, however often and in whatever groups, the answer is the same: every field is a largest or a least, or a
 * union. Pure.
 */
export function joinKnowledge(one: Knowledge, other: Knowledge): Knowledge {
  return {
    version: 1, project: one.project,
    rules: joinBy([...one.rules, ...other.rules], (rule) => rule.id, joinRules),
    flakes: joinBy([...one.flakes, ...other.flakes], (flake) => JSON.stringify([flake.check, flake.test]), joinFlakes),
    buckets: joinBy([...one.buckets, ...other.buckets], (bucket) => bucket.fingerprint, joinBuckets),
  }
}

/** Joins what has the same name; sorted by it, each in its one form. */
function joinBy<Item>(items: readonly Item[], nameOf: (item: Item) => string, join: (one: Item, other: Item) => Item): Item[] {
  const known = new Map<string, Item>()
  for (const item of items) {
    const before = known.get(nameOf(item))
    known.set(nameOf(item), join(before ?? item, item))
  }
  return [...known].sort(([left], [right]) => compareText(left, right)).map(([, item]) => item)
}

const latest = (left: string, right: string): string => (left > right ? left : right)
const earliest = (left: string, right: string): string => (left < right ? left : right)

/** The larger by what is handed in, compared as text. */
const larger = <Item>(one: Item, other: Item, textOf: (item: Item) => string): Item => (textOf(one) >= textOf(other) ? one : other)

interface Seen { run: string; phase: string; at: string }

/** The latest of each run, or of each phase of a run; oldest first. */
function joinSeen(items: readonly Seen[], nameOf: (one: Seen) => string): Seen[] {
  const byName = new Map<string, Seen>()
  for (const item of items) {
    const before = byName.get(nameOf(item))
    byName.set(nameOf(item), before ? larger(before, item, seenText) : item)
  }
  return [...byName.values()].sort((left, right) => compareText(seenText(left), seenText(right))).slice(-mostSeen)
}
const seenText = ({ run, phase, at }: Seen): string => JSON.stringify([at, run, phase])

/** Whoever switched a rule off has a reason, so off it is; the words are those of who had it last, the files the fewest that anybody found to be enough. */
export function joinRules(one: LearnedRule, other: LearnedRule): LearnedRule {
  const words = larger(one, other, (rule) => JSON.stringify([lastOf(rule), rule.title, rule.evidence, rule.class, rule.fingerprint, rule.check ?? '']))
  const { check } = words
  const scope = one.scope.length === 0 || other.scope.length === 0 ? [] : [...new Set([...one.scope, ...other.scope])].sort(compareText)
  const touched = (rule: LearnedRule) => [...new Set(rule.touched)].sort(compareText)
  const fewest = [touched(one), touched(other)].sort((left, right) => (left.length || Infinity) - (right.length || Infinity) || compareText(JSON.stringify(left), JSON.stringify(right)))[0]!
  return {
    id: one.id, class: words.class, fingerprint: words.fingerprint, title: words.title, evidence: words.evidence, ...(check !== undefined && { check }), touched: fewest, scope,
    runs: joinSeen([...one.runs, ...other.runs], (seen) => seen.run), promotedAt: earliest(one.promotedAt, other.promotedAt), enabled: one.enabled && other.enabled,
  }
}

const lastOf = (rule: LearnedRule): string => rule.runs.map((seen) => seen.at).reduce(latest, '')

/** Counts are of one machine each: the larger, for a file that comes twice must not count twice. */
function joinFlakes(one: KnownFlake, other: KnownFlake): KnownFlake {
  return { check: one.check, test: one.test, seen: Math.max(one.seen, other.seen), lastAt: latest(one.lastAt, other.lastAt) }
}

function joinBuckets(one: ClosedBucket, other: ClosedBucket): ClosedBucket {
  const words = larger(one, other, (bucket) => JSON.stringify([bucket.lastSeen, bucket.title, bucket.class, bucket.blame]))
  const { closed } = larger(one, other, (bucket) => JSON.stringify([bucket.closed.at, bucket.closed.by, bucket.closed.reason]))
  return {
    fingerprint: one.fingerprint, class: words.class, title: words.title, blame: words.blame,
    phases: joinSeen([...one.phases, ...other.phases], (seen) => JSON.stringify([seen.run, seen.phase])),
    firstSeen: earliest(one.firstSeen, other.firstSeen), lastSeen: latest(one.lastSeen, other.lastSeen), closed: { at: closed.at, by: closed.by, reason: closed.reason },
  }
}
