import { compareText } from '../model/compare-text.ts'
import { oneLine } from '../model/one-line.ts'
import type { LearnedRule, RunHint } from '../model/learning.ts'
import { longestEvidence, longestPath, longestTitle, mostEvidence, mostPaths } from './text.ts'

/** The phase that a prompt is for. */
export interface Situation {
  /** Fixed heads of its write scope; empty for everything. */
  scope: readonly string[]
  checks: readonly string[]
  /** How its attempt before failed. */
  previous?: { class: string; fingerprint: string } | undefined
}

export interface Chosen {
  /** For the prompt, the most relevant first. */
  lines: string[]
  /** Ids of what is relevant too, and was left out. */
  left: string[]
}

/** What of the hints of this run and the rules of the project goes into a prompt: the most relevant first, `most` of both together. Pure. */
export function chooseLessons(hints: readonly RunHint[], rules: readonly LearnedRule[], situation: Situation, most: number): Chosen {
  const off = new Set(rules.filter((rule) => !rule.enabled).map((rule) => rule.id))
  const candidates = [
    ...rules.filter((rule) => rule.enabled).map((rule) => ({ lesson: rule, at: rule.runs.at(-1)?.at ?? rule.promotedAt, runs: new Set(rule.runs.map((one) => one.run)).size })),
    ...hints.map((hint) => ({ lesson: hint, at: hint.at, runs: 0 })),
  ]
  // A rule says more than the hint that it came of.
  const byId = new Map<string, (typeof candidates)[number]>()
  for (const one of candidates.toSorted((left, right) => left.runs - right.runs || compareText(left.at, right.at))) if (!off.has(one.lesson.id)) byId.set(one.lesson.id, one)
  const ranked = [...byId.values()]
    .map((one) => ({ ...one, score: relevance(one.lesson, situation) }))
    .filter((one) => one.score > 0)
    .toSorted((left, right) => right.score - left.score || compareText(right.at, left.at) || compareText(left.lesson.id, right.lesson.id))
  return { lines: ranked.slice(0, most).map((one) => lineOf(one.lesson, one.runs)), left: ranked.slice(most).map((one) => one.lesson.id) }
}

/** The same cause before anything else; then by where it was, by the check, by the class. 0: nothing in common. */
function relevance({ fingerprint, class: failureClass, check, touched, scope }: RunHint | LearnedRule, situation: Situation): number {
  const places = [...touched, ...scope]
  const overlaps = situation.scope.length === 0 || places.some((place) => situation.scope.some((head) => within(place, head) || within(head, place)))
  return (
    (situation.previous?.fingerprint === fingerprint ? 8 : 0) + (overlaps ? 4 : 0) + (check !== undefined && situation.checks.includes(check) ? 2 : 0) +
    (situation.previous?.class === failureClass ? 1 : 0)
  )
}

const within = (inner: string, outer: string): boolean => outer === '' || inner === outer || inner.startsWith(`${outer.replace(/\/$/, '')}/`)

/** One line. Everything that came from a tool, a builder or a file is cut to one line once more, and stands between quotes. */
function lineOf(lesson: RunHint | LearnedRule, runs: number): string {
  const quoted = (text: string, longest: number) => JSON.stringify(oneLine(text, longest))
  const evidence = lesson.evidence.slice(0, mostEvidence).map((line) => quoted(line, longestEvidence))
  const files = lesson.touched.slice(0, mostPaths).map((file) => quoted(file, longestPath))
  const where = lesson.check === undefined ? '' : ` at check ${quoted(lesson.check, longestPath)}`
  const from = 'phase' in lesson ? `phase ${quoted(lesson.phase, longestPath)} of this run` : `${runs} runs of this project`
  return [
    `${oneLine(lesson.class, longestPath)}${where}: ${quoted(lesson.title, longestTitle)}`,
    ...(evidence.length > 0 ? [`printed ${evidence.join(' and ')}`] : []),
    files.length > 0 ? `what passed then had changed ${files.join(', ')} (${from})` : `(${from})`,
  ].join('; ')
}
