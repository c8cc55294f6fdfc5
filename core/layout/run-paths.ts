import path from 'node:path'
import { caselessKeyFor } from './key.ts'

/** Every path of one run. */
export interface RunPaths {
  readonly dir: string
  readonly summary: string
  readonly historyPack: string
  readonly ruleHints: string
  readonly phasesDir: string
  readonly landingsDir: string
  readonly baseline: string
  readonly retry: string
  readonly diagnosticsDir: string
  readonly failure: string
  readonly handoff: string
  readonly supervisorLog: string
  readonly reviewsDir: string
  /** The record of one review. */
  review(id: string): string
  /** The markdown of one review, exported. */
  reviewExport(id: string): string
  /** What a landing of the run leaves; `number` counts from 1. */
  landing(number: number): LandingPaths
  /** `index` counts from 0, the folder's number from 01. */
  phase(phase: { index: number; key: string }): PhasePaths
}

export interface PhasePaths {
  /** `phases/{NN}_{phase key}`. */
  readonly dir: string
  /** `number` counts from 1. */
  attempt(number: number): AttemptPaths
}

/** Every path of one landing: logs and reports of its checks lie as those of an attempt. */
export interface LandingPaths extends AttemptPaths {
  /** What came of it. */
  readonly record: string
  readonly baseline: string
  readonly retry: string
  /** What the program printed that opened the request. */
  readonly requestLog: string
}

/** Every path of one draft of a plan. */
export interface DraftPaths extends PhasePaths {
  /** What the builder drafted last. */
  readonly plan: string
  /** The JSON schema of a plan, for the builder. */
  readonly schema: string
  /** There while the draft is under way. */
  readonly open: string
  /** What that is called while process `pid` ends what a crash left of the draft. */
  openTakenBy(pid: number): string
  /** Whose name that is; undefined for any other file. */
  takerOfOpen(name: string): number | undefined
}

/** Every path of one attempt. */
export interface AttemptPaths {
  readonly dir: string
  readonly prompt: string
  /** What the builder writes of its usage, unless it has a file of its own. */
  readonly usage: string
  readonly builderLog: string
  readonly builderJsonl: string
  /** What names the builder's conversation, and that of the attempt before. */
  readonly thread: string
  readonly threadBefore: string
  /** What the builder says it did, in its own words. */
  readonly summary: string
  readonly changesPatch: string
  readonly receipt: string
  /** Which files `gc` has removed, and when: so that the receipt is not taken for broken. */
  readonly collected: string
  /** What all worktrees share of git, as it was before the builder: there while the builder works, and after a crash until recovery has put it back. */
  readonly sharedGit: string
  /** What recovery replaced of it. */
  readonly replacedGitDir: string
  /** What plugins asked of a review, of an attempt that ended in REVIEW. */
  readonly review: string
  readonly checksDir: string
  /** `variant` tells several executions of one check apart: `baseline`, `retry`, … */
  checkLog(check: string, variant?: string): string
  checkReport(check: string, variant?: string): string
}

export function runPaths(dir: string): RunPaths {
  const diagnosticsDir = path.join(dir, 'diagnostics')
  const reviewsDir = path.join(dir, 'reviews')
  const phasesDir = path.join(dir, 'phases')
  const landingsDir = path.join(dir, 'landings')
  return {
    dir,
    summary: path.join(dir, 'run_summary.md'),
    historyPack: path.join(dir, 'history_pack.md'),
    ruleHints: path.join(dir, 'run_rule_hints.json'),
    phasesDir,
    landingsDir,
    baseline: path.join(dir, 'ci', 'baseline.json'),
    retry: path.join(dir, 'ci', 'retry.json'),
    diagnosticsDir,
    failure: path.join(diagnosticsDir, 'failure.json'),
    handoff: path.join(diagnosticsDir, 'handoff.md'),
    supervisorLog: path.join(dir, 'supervisor', 'worker.log'),
    reviewsDir,
    review: (id) => path.join(reviewsDir, `${caselessKeyFor(id)}.json`),
    reviewExport: (id) => path.join(reviewsDir, `${caselessKeyFor(id)}.md`),
    landing: (number) => landingPaths(landingsDir, number),
    phase: (phase) => phasePaths(path.join(phasesDir, `${String(phase.index + 1).padStart(2, '0')}_${phase.key}`)),
  }
}

function landingPaths(dir: string, number: number): LandingPaths {
  const attempt = phasePaths(dir).attempt(number)
  const file = (name: string) => path.join(attempt.dir, name)
  return { ...attempt, record: file('landing.json'), baseline: file('baseline.json'), retry: file('retry.json'), requestLog: file('request.log') }
}

export function draftPaths(dir: string): DraftPaths {
  return {
    ...phasePaths(dir), plan: path.join(dir, 'draft.yaml'), schema: path.join(dir, 'plan.schema.json'), open: path.join(dir, 'open.json'),
    openTakenBy: (pid) => path.join(dir, `open-${pid}.json`),
    takerOfOpen: (name) => { const match = /^open-(\d+)\.json$/.exec(name); return match ? Number(match[1]) : undefined },
  }
}

function phasePaths(dir: string): PhasePaths {
  const folder = (number: number) => path.join(dir, `attempt-${number}`)
  return { dir, attempt: (number) => attemptPaths(folder(number), folder(number - 1)) }
}

function attemptPaths(dir: string, before = dir): AttemptPaths {
  const checksDir = path.join(dir, 'checks')
  const checkFile = (check: string, variant: string | undefined, extension: string) =>
    path.join(checksDir, `${caselessKeyFor(check)}${variant === undefined ? '' : `@${caselessKeyFor(variant)}`}${extension}`)
  return {
    dir,
    prompt: path.join(dir, 'prompt.md'),
    usage: path.join(dir, 'usage.jsonl'),
    builderLog: path.join(dir, 'builder.log'),
    builderJsonl: path.join(dir, 'builder.jsonl'),
    thread: path.join(dir, 'thread.json'),
    threadBefore: path.join(before, 'thread.json'),
    summary: path.join(dir, 'summary.md'),
    changesPatch: path.join(dir, 'changes.patch'),
    receipt: path.join(dir, 'receipt.json'),
    collected: path.join(dir, 'collected.json'),
    sharedGit: path.join(dir, 'git-shared.json'),
    replacedGitDir: path.join(dir, 'replaced-git'),
    review: path.join(dir, 'review.json'),
    checksDir,
    checkLog: (check, variant) => checkFile(check, variant, '.log'),
    checkReport: (check, variant) => checkFile(check, variant, '.xml'),
  }
}
