import { explainNothing, skippedRuns, type BacklogRun, type SelectionRules } from '../drain/index.ts'
import type { Emit } from '../model/events.ts'

/** Runs that are told of, and reasons of each; of more the number. */
const mostRuns = 20
const mostReasons = 10

/** Says why a drain that executed nothing left each run alone, and what to type: phases of one reason together. */
export function tellNothing(runs: readonly BacklogRun[], rules: SelectionRules, hasReview: boolean, tell: Emit): void {
  // Of a run that is skipped that was told already, with the command that would change it.
  const told = new Set(skippedRuns({ runs }, rules).map((one) => one.run))
  const explained = explainNothing(runs, rules, hasReview).filter((one) => !told.has(one.run))
  for (const { run, reasons, next } of explained.slice(0, mostRuns)) {
    const groups = [...Map.groupBy(reasons, ({ state, reason }) => JSON.stringify([state, reason])).values()]
    for (const group of groups.slice(0, mostReasons)) {
      const { phase, state, reason } = group[0]!
      const others = group.length === 1 ? '' : ` and ${group.length - 1} more`
      tell({ type: 'notice', level: 'warning', run, ...(group.length === 1 && { phase }), message: `${phase}${others} ${group.length === 1 ? 'is' : 'are'} ${state}: ${reason}` })
    }
    if (groups.length > mostReasons) tell({ type: 'notice', level: 'warning', run, message: `and ${groups.length - mostReasons} more reasons: autopack status` })
    tell({ type: 'notice', level: 'info', run, message: `next: ${next}` })
  }
  if (explained.length > mostRuns) tell({ type: 'notice', level: 'info', message: `and ${explained.length - mostRuns} more runs: autopack status` })
}
