import { readFileSync } from 'node:fs'
import { historyPackText, historyText, readHistoryPack, type HistorySection } from '../context/index.ts'
import { writeAtomic } from '../layout/atomic.ts'
import type { RunPaths } from '../layout/run-paths.ts'
import type { LastPhase, PhaseRecord, RunRecord } from '../store/store.ts'
import { filesOfCommit, type ChangedFile } from '../workspace/index.ts'
import type { Engine } from './engine.ts'

/** Phases that the pack holds, the latest in the order of the plan. */
const most = 50
const told = ['COMPLETE', 'FAILED', 'SKIPPED', 'REVIEW'] as const

/** What is known of a phase that just ended, so that git need not be asked. */
export interface JustEnded { phase: string; changed: readonly ChangedFile[]; stat?: { added: number; removed: number } | undefined }

/** Whether a section tells of the phase as it is now. */
export const isOf = (section: HistorySection, phase: LastPhase): boolean => section.phase === phase.id && section.state === phase.state && section.attempt === phase.attempts

/** The sections of a run's pack; none where there is no pack, or none that can be read. */
export function historyOf(paths: Pick<RunPaths, 'historyPack'>): HistorySection[] {
  return readHistoryPack(readIfThere(paths.historyPack) ?? '')
}

/**
 * Brings `history_pack.md` up to date with the store: a section for each phase that has ended and has none, or ended anew since. So what a crash cut off, or
 * somebody deleted, is caught up with. Never fails what it is called for: what goes wrong is a notice.
 */
export async function writeHistoryPack(engine: Engine, run: RunRecord, ended?: JustEnded): Promise<void> {
  try {
    const paths = engine.layout.run(run)
    const before = readIfThere(paths.historyPack)
    const known = readHistoryPack(before ?? '')
    const phases = await engine.store.lastPhases(run.id, told, most)
    const sections: HistorySection[] = []
    for (const phase of phases) {
      const kept = known.find((section) => isOf(section, phase))
      const whole = kept ? undefined : await engine.store.phase(run.id, phase.id)
      if (kept) sections.push(kept)
      else if (whole) sections.push({ phase: whole.id, state: whole.state, attempt: whole.attempts, text: await sectionOf(engine, run, whole, ended?.phase === whole.id ? ended : undefined) })
    }
    const text = engine.redact(historyPackText(run.id, sections))
    if (text !== before && sections.length > 0) await writeAtomic(paths.historyPack, text, { derived: 'anew' })
  } catch (error) {
    engine.emit({ type: 'notice', level: 'warning', run: run.id, message: `the history pack could not be written: ${error instanceof Error ? error.message : String(error)}` })
  }
}

async function sectionOf(engine: Engine, run: RunRecord, phase: PhaseRecord, ended: JustEnded | undefined): Promise<string> {
  const passed = phase.state !== 'FAILED'
  const attempts = (await engine.store.attempts({ run: run.id, phase: phase.id })).toSorted((left, right) => left.number - right.number)
  const last = attempts.at(-1)
  const failed = attempts.findLast((attempt) => attempt.classification !== undefined && (passed ? attempt !== last : true))
  const commit = phase.commit
  const changed = commit === undefined ? [] : (ended?.changed ?? (await filesOfCommit(engine.repository, commit)).map((path) => ({ path })))
  const summary = last && readIfThere(engine.layout.run(run).phase(phase).attempt(last.number).summary)
  // Before it is cut: of half a secret nobody could tell what it is.
  return historyText(engine.redactAll({
    goal: phase.spec.goal, changed, passed,
    ...(commit !== undefined && { commit }), ...(commit !== undefined && ended?.stat && { stat: ended.stat }), ...(summary !== undefined && { summary }),
    ...(failed?.classification && { failed: { class: failed.classification.class, title: failed.classification.title, attempt: failed.number } }),
  }))
}

/** The text of a file; undefined where there is none. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
