import { writeAtomic } from '../layout/atomic.ts'
import type { RunLayout } from '../layout/layout.ts'
import { paced, type Paced } from '../layout/paced.ts'
import { hasReviewCommand, reviewCommand } from '../model/command-text.ts'
import { formatDuration } from '../model/duration.ts'
import { grouped } from '../model/grouped.ts'
import { isAccepted } from '../model/phase.ts'
import { addUsage, totalTokens, unpricedPart, type Usage } from '../model/usage.ts'
import type { AttemptRecord, PhaseRecord, RunRecord, Store } from '../store/store.ts'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Engine } from './engine.ts'
import { branchOf } from './run-base.ts'

/** The summaries of runs that are at work: each is written as its phases end, as often as that costs little, and at the end by `flush`, which waits for what is written afterwards too. */
export interface Summaries {
  phaseEnded(run: RunRecord): Promise<void>
  flush(): Promise<void>
}

/** Why phases of a run are parked, if they are; asked anew for each summary. */
export type ParkedReasons = (run: RunRecord) => Promise<(phase: PhaseRecord) => string | undefined>

export function createSummaries(context: Pick<Engine, 'store' | 'layout' | 'runtime' | 'config' | 'emit' | 'afterwards'>, parkedReasons?: ParkedReasons): Summaries {
  const { store, layout, runtime, emit, afterwards } = context
  const runs = new Map<string, Paced>()
  const write = (run: RunRecord) => writeSummary(store, layout, run.id, branchOf(context, run), hasReviewCommand(context.config), parkedReasons).catch((error: Error) =>
    emit({ type: 'notice', level: 'warning', run: run.id, message: `the run summary could not be written: ${error.message}` }))
  return {
    async phaseEnded(run) {
      if (!runs.has(run.id)) runs.set(run.id, paced(runtime, () => write(run)))
      await runs.get(run.id)!.ask()
    },
    async flush() {
      await afterwards.settled()
      for (const one of runs.values()) await one.flush()
    },
  }
}

/** Writes `run_summary.md` anew from the store: what a person reads the morning after. */
export async function writeSummary(store: Store, layout: RunLayout, runId: string, branch: string, hasReview: boolean, parkedReasons?: ParkedReasons): Promise<void> {
  const [run] = await store.runs({ ids: [runId] })
  if (!run) return
  const paths = layout.run(run)
  const parked = await parkedReasons?.(run)
  const rows: string[] = []
  const sections: string[] = []
  const receipts: Receipt[] = []
  const spent = createSpent()
  await store.eachPhase(runId, (phase, attempts) => {
    const attempt = attempts.at(-1)
    const time = attempt?.endedAt === undefined ? '' : formatDuration(attempt.endedAt - attempt.startedAt)
    rows.push(`| ${cell(phase.id)} | ${phase.state} | ${phase.attempts} | ${time} | ${cell(resultOf(phase, attempt, parked?.(phase)))} |`)
    for (const one of attempts) spent.add(one)
    if (phase.state === 'REVIEW') sections.push(`## ${phase.id}: waits for a review`, '', `- \`${reviewCommand(run.id, phase.id, hasReview)}\``, `- work: commit ${attempt?.commit ?? '(unknown)'}, not on the branch yet`, '')
    else if (attempt && phase.state !== 'COMPLETE' && phase.state !== 'QUEUED') sections.push(...failureSection(run, phase.id, attempt, path.relative(paths.dir, paths.phase(phase).attempt(attempt.number).dir)))
    if (attempt?.endedAt !== undefined) receipts.push({ id: phase.id, key: phase.key, index: phase.index, attempt: attempt.number })
  }, { attempts: true })
  const warnings = await warningsOf(receipts, ({ attempt, ...phase }) => paths.phase(phase).attempt(attempt).receipt)
  // Asked at the end of each phase, and there is mostly none before the last.
  const landed = run.state === 'complete' ? (await store.landings({ run: runId })).findLast((landing) => landing.outcome === 'landed') : undefined
  const lines = [
    `# ${run.id}`, '',
    ...(run.goal ? [run.goal.trim(), ''] : []),
    `- state: ${run.state}`,
    `- branch: \`${branch}\`, from ${run.baseRef}${run.baseCommit ? ` (${run.baseCommit.slice(0, 12)})` : ''}`,
    ...(landed?.move && landed.endedAt !== undefined ? [`- landed: in ${landed.move.target.branch} (${landed.move.to.slice(0, 12)}), ${new Date(landed.endedAt).toISOString()}`] : []),
    `- plan: ${run.source}`,
    `- tokens: ${spent.text()}`, '',
    '| phase | state | attempts | time | result |', '|---|---|---|---|---|',
    ...rows,
    '',
    ...sections,
    ...(warnings.all > 0 ? ['## Warnings', '', ...warnings.lines, ...(warnings.all > mostWarnings ? [`- and ${warnings.all - mostWarnings} more, in the receipts`] : [])] : []),
  ]
  await writeAtomic(paths.summary, `${lines.join('\n').trimEnd()}\n`, { derived: true })
}

const mostWarnings = 50

interface Receipt { id: string; key: string; index: number; attempt: number }

/** What did not block and should be known (a flaky test, a file left out, a test that is gone), from the receipt of each phase's latest attempt: how many, and the first of them. */
async function warningsOf(receipts: readonly Receipt[], fileOf: (receipt: Receipt) => string): Promise<{ all: number; lines: string[] }> {
  const lines: string[] = []
  let all = 0
  for (const receipt of receipts) {
    for (const warning of await receiptWarnings(fileOf(receipt))) if (++all <= mostWarnings) lines.push(`- ${receipt.id}: ${warning.replace(/\s+/g, ' ')}`)
  }
  return { all, lines }
}

async function receiptWarnings(file: string): Promise<string[]> {
  try {
    const { warnings } = JSON.parse(await readFile(file, 'utf8')) as { warnings?: unknown }
    return Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === 'string') : []
  } catch {
    // An attempt that crashed may have none; the summary has more to tell than this.
    return []
  }
}

function resultOf(phase: PhaseRecord, attempt: AttemptRecord | undefined, parked: string | undefined): string {
  const { state, holdReason } = phase
  if (holdReason) return `held: ${holdReason}`
  if (parked !== undefined && state === 'QUEUED') return `parked: ${parked}`
  if (state === 'REVIEW') return 'waits for a review'
  if (isAccepted(phase)) return `accepted against ${phase.class}: ${phase.title}; commit ${phase.commit?.slice(0, 12)}`
  if (state === 'COMPLETE') return attempt?.commit ? `commit ${attempt.commit.slice(0, 12)}` : 'complete'
  return attempt?.classification ? `${attempt.classification.class}: ${attempt.classification.title}` : ''
}

/** Of one phase: a summary is read, not searched. */
const mostProblems = 20

function failureSection(run: RunRecord, phase: string, attempt: AttemptRecord, dir: string): string[] {
  const { classification, failure } = attempt
  if (!classification) return []
  // What the title says already is not said again.
  // An assertion of several lines would be a list of its own there.
  const problems = (failure?.problems ?? []).map((problem) => problem.message.replace(/\s+/g, ' ').trim()).filter((message) => message !== classification.title)
  const evidence = classification.evidence.filter((line) => ![classification.title, ...problems].includes(line.replace(/\s+/g, ' ').trim()))
  return [
    `## ${phase}: ${classification.title}`, '',
    `- class ${classification.class}, fingerprint ${classification.fingerprint}, blame ${classification.blame}, confidence ${classification.confidence}`,
    `- at stage ${attempt.stage} of attempt ${attempt.number} of ${run.id}`,
    `- logs, patch and receipt: \`${dir.split(path.sep).join('/')}\``,
    ...problems.slice(0, mostProblems).map((problem) => `- ${problem}`),
    ...(problems.length > mostProblems ? [`- and ${problems.length - mostProblems} more, all in the receipt`] : []),
    ...(evidence.length > 0 ? ['', '```', ...evidence.map((line) => line.replaceAll('```', "'''")), '```'] : []), '',
  ]
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ')

/** What attempts cost together, told one after another. A sum of what is known is not passed off as the whole. */
function createSpent(): { add(attempt: AttemptRecord): void; text(): string } {
  let [usage, attempts, unknown]: [Usage, number, number] = ['unknown', 0, 0]
  let known: Usage | undefined
  return {
    add(attempt) {
      attempts++
      if (attempt.builderReached && attempt.usage === 'unknown') unknown++
      if (attempt.usage !== 'unknown' || attempt.builderReached) usage = known = addUsage(known, attempt.usage)
    },
    text() {
      const total = totalTokens(usage)
      if (usage === 'unknown') return 'unknown'
      const tokens = total === undefined ? 'unknown' : `${usage.incomplete ? 'at least ' : ''}${grouped(total)}`
      return `${tokens}${costOf(usage)}${unknown === 0 ? '' : `; unknown of ${unknown} of ${attempts} attempts`}`
    },
  }
}

function costOf(usage: Usage): string {
  if (usage === 'unknown') return ''
  const unpriced = unpricedPart(usage)
  const models = unpriced && unpriced.models.length > 0 ? ` (${unpriced.models.join(', ')})` : ''
  const missing = unpriced && (usage.cost !== undefined || models !== '') ? `; no price for ${grouped(unpriced.tokens)} of the tokens${models}` : ''
  return `${usage.cost === undefined ? '' : `, ${unpriced || usage.incomplete ? 'at least ' : ''}$${usage.cost.toFixed(2)}${usage.costEstimated ? ' (estimated)' : ''}`}${missing}`
}
