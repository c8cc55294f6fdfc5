import { access, readFile } from 'node:fs/promises'
import { hasReviewCommand, reviewCommand } from '../model/command-text.ts'
import { formatDuration } from '../model/duration.ts'
import { iso } from '../model/iso.ts'
import type { AttemptOutput, ShowOutput } from '../model/outputs.ts'
import type { Receipt } from '../model/receipt.ts'
import { formatUsage, padEnd, plainLine, plural, shellQuote, shortPath, truncate } from '../reporters/format.ts'
import { formatTable, wrapText } from '../reporters/table.ts'
import type { AttemptRecord, PhaseRecord, RunRecord } from '../store/store.ts'
import type { CliContext } from './context.ts'
import { attemptPathsOf } from './lookup.ts'
import type { ParkedOf } from './parked.ts'
import { acceptedText, paintState, stateWidth, stateWord, waitingText } from './phase-text.ts'
import type { LoadedProject } from './project.ts'
import { broughtText, expectedText, zeroYieldOf } from './yield-text.ts'

/** What `show` is about. `attempts` are those of `phase`, oldest first. */
export interface Shown {
  project: LoadedProject
  run: RunRecord
  phases: readonly PhaseRecord[]
  phase: PhaseRecord | undefined
  attempts: readonly AttemptRecord[]
  branch: string
  parkedOf: ParkedOf
  /** Those of `phases` whose approved work the next run takes over. */
  approved: ReadonlySet<PhaseRecord>
}

const labelWidth = 10

export function describeRun(context: CliContext, shown: Shown): string[] {
  const { run, phases, branch, project } = shown
  const { style } = context
  const now = context.runtime.now()
  const paths = project.layout.run(run)
  const fact = (label: string, text: string) => style.dim(padEnd(label, labelWidth)) + text
  const rows = phases.map((phase) => {
    const parked = shown.parkedOf(run, phase)
    const word = stateWord(phase, phases, now, parked)
    const facts = [phase.attempts > 0 && plural(phase.attempts, 'attempt'), phase.state === 'FAILED' && phase.class, acceptedText(phase), phase.commit?.slice(0, 10), waitingText(phase, phases, now, parked, shown.approved.has(phase))]
    return [paintState(word, padEnd(word, stateWidth), style), phase.id, style.dim(facts.filter(Boolean).join(' · '))]
  })
  return [
    `${style.bold(run.id)}  ${paintState(run.state, run.state, style)}`,
    ...(run.goal === undefined ? [] : wrapText(run.goal.trim(), Math.max(40, context.stdout.columns - 2))),
    '',
    fact('base', `${run.baseRef}${run.baseCommit === undefined ? '' : ` at ${run.baseCommit.slice(0, 10)}`}`),
    fact('branch', branch),
    fact('plan', run.source),
    fact('summary', shortPath(paths.summary, context.cwd)),
    '',
    ...formatTable(rows, { indent: 2 }),
  ]
}

export async function describePhase(context: CliContext, shown: Shown): Promise<string[]> {
  const { run, attempts } = shown
  const phase = shown.phase!
  const { style } = context
  const now = context.runtime.now()
  const parked = shown.parkedOf(run, phase)
  const word = stateWord(phase, shown.phases, now, parked)
  const waiting = waitingText(phase, shown.phases, now, parked, shown.approved.has(phase))
  const said = [acceptedText(phase), waiting].filter((text) => text !== undefined)
  const lines = [
    `${style.bold(`${run.id}/${phase.id}`)}  ${paintState(word, word, style)}${said.map((text) => style.dim(` · ${text}`)).join('')}`,
    ...wrapText(phase.spec.goal.trim(), Math.max(40, context.stdout.columns - 2)),
  ]
  if (parked) lines.push('', ...wrapText(`parked: ${plainLine(parked.title)} (${parked.reason}); released by ${parked.release}`, Math.max(40, context.stdout.columns - 2)))
  let blocked: string | undefined
  for (const attempt of attempts) {
    const receipt = await readReceipt(receiptOf(shown, attempt))
    blocked = receipt?.checks.find((check) => check.delta && check.delta.verdict.type !== 'passed')?.name
    lines.push('', ...describeAttempt(context, shown, attempt, receipt))
  }
  const names = `${shellQuote(run.id)} ${shellQuote(phase.id)}`
  const next = phase.commit !== undefined ? [`show ${names} --diff`] : attempts.length > 0 ? [`logs ${names}${blocked === undefined ? '' : ` --check ${shellQuote(blocked)}`}`, `show ${names} --patch`] : [`run ${shellQuote(run.id)}`]
  if (phase.state === 'REVIEW' && hasReviewCommand(shown.project.config)) next.unshift(reviewCommand(run.id, phase.id, true).replace(/^autopack /, ''))
  if (phase.state === 'FAILED' && attempts.some((attempt) => attempt.builderReached)) next.push(`accept ${names} --reason "…" --dry-run`)
  if (phase.state === 'FAILED' || phase.holdReason !== undefined) next.push(`requeue ${names} --reason "…"`)
  return [...lines, '', ...next.map((command, index) => `${style.dim(padEnd(index === 0 ? 'next' : '', labelWidth))}${context.program} ${command}`)]
}

function describeAttempt(context: CliContext, shown: Shown, attempt: AttemptRecord, receipt: Receipt | undefined): string[] {
  const { style, stdout, cwd } = context
  const fact = (label: string, text: string) => style.dim(padEnd(label, labelWidth)) + text
  const wrapped = (label: string, text: string) => wrapText(plainLine(text), Math.max(40, stdout.columns - labelWidth)).map((line, index) => fact(index === 0 ? label : '', line))
  const took = attempt.endedAt === undefined ? 'under way' : formatDuration(attempt.endedAt - attempt.startedAt)
  const outcome = attempt.outcome ?? 'executing'
  const found = attempt.classification
  const paths = attemptPathsOf(shown.project.layout, shown.run, shown.phase!, attempt.number)
  // Of one cause the title, the evidence and the problem are often the same sentence: it is said once.
  const said = new Set([found?.title ?? attempt.failure?.message])
  const evidence = (found?.evidence ?? []).filter((line) => !said.has(line))
  for (const line of evidence) said.add(line)
  const problems = (attempt.failure?.problems ?? []).filter((problem) => !said.has(problem.message))
  return [
    `${style.bold(`attempt ${attempt.number}`)}  ${paintState(outcome, outcome, style)}${style.dim(` · ${took} · ${formatUsage(attempt.usage)}${attempt.charged ? '' : ' · not charged'}`)}`,
    ...(found ? wrapped('failure', found.title) : attempt.failure ? wrapped('failure', attempt.failure.message) : []),
    ...(found ? [fact('class', `${found.class} · ${found.fingerprint} · blame ${found.blame} · confidence ${found.confidence}`)] : []),
    ...evidence.slice(0, 12).map((line, index) => fact(index === 0 ? 'evidence' : '', truncate(plainLine(line), Math.max(40, stdout.columns - labelWidth)))),
    ...problemLines(problems, wrapped, fact),
    ...(attempt.outcome === 'complete' ? [] : [fact('stage', attempt.stage)]),
    ...(receipt?.checks ?? []).map((check) => fact('check', checkText(check))),
    ...(receipt?.accepted ? [...wrapped('accepted', `by ${receipt.accepted.by}: ${receipt.accepted.reason}`), ...wrapped('overruled', `attempt ${receipt.accepted.attempt}, ${receipt.accepted.class}: ${receipt.accepted.title}`)] : []),
    ...(receipt?.warnings ?? []).flatMap((warning) => wrapped('warning', warning)),
    ...(attempt.outcome === undefined ? [] : [fact('brought', broughtText(attempt))]),
    ...(attempt.estimate ? [fact('expected', expectedText(attempt.estimate))] : []),
    ...(attempt.commit === undefined ? [] : [fact('commit', attempt.commit)]),
    fact('files', shortPath(paths.dir, cwd)),
    ...(receipt ? [fact('receipt', shortPath(paths.receipt, cwd))] : []),
  ]
}

/** Problems that the screen names; the receipt has them all. */
const mostProblems = 12

function problemLines(problems: readonly { message: string }[], wrapped: (label: string, text: string) => string[], fact: (label: string, text: string) => string): string[] {
  const lines = problems.slice(0, mostProblems).flatMap((problem) => wrapped('problem', problem.message))
  return problems.length > mostProblems ? [...lines, fact('', `and ${problems.length - mostProblems} more, all in the receipt`)] : lines
}

/** A check as a receipt has it. */
export function checkText(check: Receipt['checks'][number]): string {
  const { delta } = check
  if (!delta) return `${check.name}: ${check.ended === 'exit' ? `exit ${check.exitCode}` : check.ended}`
  const counts = [['new', delta.newFailures], ['disappeared', delta.disappeared], ['skipped now', delta.newlySkipped], ['failed before too', delta.preexisting], ['flaky', delta.flaky], ['fixed', delta.fixed]] as const
  const text = counts.filter(([, list]) => list.length > 0).map(([name, list]) => `${list.length} ${name}`).join(', ')
  return `${check.name}: ${delta.verdict.type}${text === '' ? '' : ` (${text})`}`
}

function receiptOf(shown: Shown, attempt: AttemptRecord): string {
  return attemptPathsOf(shown.project.layout, shown.run, shown.phase!, attempt.number).receipt
}

/** The receipt as it lies there, unchecked (`autopack verify` checks); undefined where there is none. */
async function readReceipt(file: string): Promise<Receipt | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Receipt
  } catch {
    return undefined
  }
}

function parkedOutput(parked: ReturnType<ParkedOf>): ShowOutput['phases'][number]['parked'] {
  return parked ? { fingerprint: parked.fingerprint, title: parked.title, reason: parked.reason, release: parked.release } : null
}

export async function showOutput(shown: Shown): Promise<ShowOutput> {
  const { run, phases, branch, project } = shown
  const paths = project.layout.run(run)
  return {
    project: project.config.project,
    run: {
      id: run.id, family: run.family, state: run.state, goal: run.goal ?? null, branch, base: run.baseRef, baseCommit: run.baseCommit ?? null,
      source: run.source, dir: paths.dir, summary: await existing(paths.summary),
    },
    phases: phases.map((phase) => ({
      id: phase.id, state: phase.state, stage: phase.stage ?? null, goal: phase.spec.goal, attempts: phase.attempts, class: phase.class ?? null,
      fingerprint: phase.fingerprint ?? null, title: phase.title ?? null, commit: phase.commit ?? null, holdReason: phase.holdReason ?? null, parked: parkedOutput(shown.parkedOf(run, phase)),
    })),
    attempts: await Promise.all(shown.attempts.map((attempt) => attemptOutput(shown, attempt))),
  }
}

async function attemptOutput(shown: Shown, attempt: AttemptRecord): Promise<AttemptOutput> {
  const paths = attemptPathsOf(shown.project.layout, shown.run, shown.phase!, attempt.number)
  const receipt = await readReceipt(paths.receipt)
  const found = attempt.classification
  return {
    id: attempt.id, number: attempt.number, outcome: attempt.outcome ?? null, stage: attempt.stage, charged: attempt.charged, startedAt: iso(attempt.startedAt),
    endedAt: attempt.endedAt === undefined ? null : iso(attempt.endedAt),
    durationMs: attempt.endedAt === undefined ? null : attempt.endedAt - attempt.startedAt,
    usage: attempt.usage, builderReached: attempt.builderReached, estimate: attempt.estimate ?? null, yield: attempt.yield ?? null, zeroYield: zeroYieldOf(attempt) ?? null, commit: attempt.commit ?? null, message: attempt.failure?.message ?? null,
    classification: found
      ? { class: found.class, fingerprint: found.fingerprint, confidence: found.confidence, title: found.title, evidence: found.evidence, blame: found.blame, classifier: found.classifier }
      : null,
    dir: paths.dir, receipt: await existing(paths.receipt), patch: await existing(paths.changesPatch),
    checks: (receipt?.checks ?? []).map(({ name, delta }) => ({
      name, verdict: delta?.verdict.type ?? null, reason: delta && delta.verdict.type !== 'passed' ? delta.verdict.reason : null,
      newFailures: delta?.newFailures ?? [], flaky: delta?.flaky ?? [], preexisting: delta?.preexisting ?? [], fixed: delta?.fixed ?? [],
    })),
    warnings: receipt?.warnings ?? [], accepted: receipt?.accepted ?? null,
  }
}

async function existing(file: string): Promise<string | null> {
  return await access(file).then(() => file, () => null)
}
