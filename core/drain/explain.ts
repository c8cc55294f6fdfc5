import type { BacklogRun } from './backlog.ts'
import { reviewCommand, shellQuote } from '../model/command-text.ts'
import { skippedRuns } from './skipped.ts'
import { whyNotRunnable, type SelectionRules } from './select.ts'

export interface RunExplanation {
  run: string
  /** How many phases are not done. */
  open: number
  reasons: { phase: string; state: string; reason: string }[]
  /** The command that would change it. */
  next: string
}

/** Why a drain that selected nothing left each run alone, and what to type; `hasReview`: there is `autopack review`. Runs without open phases are left out. */
export function explainNothing(runs: readonly BacklogRun[], rules: SelectionRules, hasReview: boolean): RunExplanation[] {
  return runs.flatMap((run) => {
    const open = run.phases.filter((phase) => phase.state !== 'COMPLETE' && phase.state !== 'SKIPPED')
    if (open.length === 0) return []
    let parked: string | undefined
    const [skipped] = skippedRuns({ runs: [run] }, rules)
    const reasons = open.map((phase) => {
      const why = whyNotRunnable(run, phase, { ...rules, now: Number.NEGATIVE_INFINITY })
      const held = rules.heldRuns.get(run.record.id)
      if (why?.type === 'parked') parked ??= why.fingerprint
      const reason = why?.type === 'parked' ? `parked, ${why.reason}; released by ${why.release}` : why?.reason
      return { phase: phase.id, state: phase.state, reason: held ?? reason ?? (phase.state === 'FAILED' ? skipped?.reason : undefined) ?? 'runnable' }
    })
    const failed = open.find((phase) => phase.state === 'FAILED')
    const waiting = open.find((phase) => phase.state === 'REVIEW')
    const heldPhase = open.find((phase) => phase.holdReason)
    const again = failed ?? heldPhase
    const names = (phase: { id: string }) => `${shellQuote(run.record.id)} ${shellQuote(phase.id)}`
    // Nothing but the flags stands in its way.
    const { filter: _filter, ...everything } = rules
    const wouldRun = rules.filter !== undefined && open.some((phase) => whyNotRunnable(run, phase, rules)?.type === 'not-chosen' && !whyNotRunnable(run, phase, everything))
    const next = skipped !== undefined || wouldRun ? `autopack drain --run ${shellQuote(run.record.id)}`
      : parked !== undefined ? `autopack explain ${parked}`
      : again ? `autopack requeue ${names(again)} --reason '…'`
      : waiting ? reviewCommand(run.record.id, waiting.id, hasReview)
      : `autopack show ${shellQuote(run.record.id)}`
    return [{ run: run.record.id, open: open.length, reasons, next }]
  })
}
