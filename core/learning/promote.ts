import type { LearnedRules, LearningRules, RulesUpdated, RunHint, SharedLesson } from '../model/learning.ts'
import { mostPaths } from './text.ts'

/** Runs that a rule names, the latest. */
const mostRuns = 20
/** Candidates that are kept, the latest: one that is forgotten still stands in its run's hints. */
const mostCandidates = 200

/** Takes the hints of a run into what the project knows: a rule that comes again is renewed, a candidate that enough runs have had becomes a rule. Pure. */
export function takeIn(known: LearnedRules, run: string, hints: readonly RunHint[], { promoteAfter }: Pick<LearningRules, 'promoteAfter'>, at: string): { known: LearnedRules; promoted: string[] } {
  const rules = [...known.rules]
  let candidates = [...known.candidates]
  const promoted: string[] = []
  for (const hint of hints) {
    const place = rules.findIndex((rule) => rule.id === hint.id)
    if (place >= 0) {
      rules[place] = { ...rules[place]!, ...renewed(rules[place]!, run, hint) }
      continue
    }
    const candidate = renewed(candidates.find((one) => one.id === hint.id), run, hint)
    candidates = candidates.filter((one) => one.id !== hint.id)
    if (new Set(candidate.runs.map((one) => one.run)).size < promoteAfter) candidates.push(candidate)
    else {
      rules.push({ ...candidate, promotedAt: at, enabled: true })
      promoted.push(hint.id)
    }
  }
  return { known: { ...known, rules, candidates: candidates.slice(-mostCandidates) }, promoted }
}

function renewed(before: SharedLesson | undefined, run: string, hint: RunHint): SharedLesson {
  const { phase, failedAttempt: _failed, passedAttempt: _passed, at, ...lesson } = hint
  const runs = [...(before?.runs ?? []).filter((one) => one.run !== run), { run, phase, at }].slice(-mostRuns)
  if (!before) return { ...lesson, runs }
  // What every change that passed has touched is what it takes; where there is no such file, what any of them has.
  const common = before.touched.filter((file) => lesson.touched.includes(file))
  return { ...lesson, touched: common.length > 0 ? common : union(before.touched, lesson.touched), scope: before.scope.length === 0 || lesson.scope.length === 0 ? [] : union(before.scope, lesson.scope), runs }
}

const union = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])].slice(0, mostPaths)

/** The marker, if it does not tell of the latest promotion yet: also after a crash between the two files. */
export function nextMarker(before: RulesUpdated | undefined, { rules }: LearnedRules): RulesUpdated | undefined {
  const latest = rules.filter((rule) => before === undefined || rule.promotedAt > before.at || (rule.promotedAt === before.at && !before.rules.some((one) => one.id === rule.id)))
  if (latest.length === 0) return undefined
  const at = latest.map((rule) => rule.promotedAt).toSorted().at(-1)!
  return { version: 1, at, rules: latest.map(({ id, title }) => ({ id, title })), promotions: (before?.promotions ?? 0) + latest.length }
}
