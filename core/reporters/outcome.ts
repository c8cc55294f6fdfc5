import type { AutopackEvent } from '../model/events.ts'
import { unreachable } from '../model/unreachable.ts'
import type { Style } from './style.ts'

export type PhaseFinished = Extract<AutopackEvent, { type: 'phase-finished' }>

/** The word that opens the line of a finished phase. */
export function outcomeWord(outcome: string): string {
  if (outcome === 'usage-limit') return 'paused'
  return outcome === 'interrupted' ? 'stopped' : outcome
}

export function paintOutcome(outcome: PhaseFinished['outcome'], text: string, style: Style): string {
  switch (outcome) {
    case 'complete':
      return style.green(text)
    case 'failed':
      return style.red(text)
    case 'skipped':
      return style.dim(text)
    case 'review': case 'deferred': case 'held': case 'usage-limit': case 'interrupted': case 'retry':
      return style.yellow(text)
    default:
      return unreachable(outcome)
  }
}
