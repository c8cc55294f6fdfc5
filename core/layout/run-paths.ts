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
  readonly preflightLog: string
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
  /** Whose folder a name in `dir` is; undefined for any other file. */
  attemptNumber(name: string): number | undefined
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
  readonly setupLog: string
  /** Of a check that is tried: both count from 0. */
  tryLog(phase: number, check: number): string
  tryReport(phase: number, check: number): string
  /** The JSON schema of a plan, for the builder. */
  readonly schema: string
  /** There while the draft is under way. */
  readonly open: string
  /** What that is called while process `pid` ends what a crash left of the draft. */
  openTakenBy(pid: number): string
  /** Whose name that is; undefined for any other file. */
  takerOfOpen(name: string): number | undefined
}

/** What builders of our own write into the folder of an attempt, which is all that a builder is given. */
export interface BuilderPaths {
  /** What it writes of its usage, unless it has a file of its own. */
  readonly usage: string
  /** An agent's stream as it came. */
  readonly builderJsonl: string
  /** The prompt for a conversation that is gone on with. */
  readonly resumedPrompt: string
  /** The part of a plan's schema that the agent's service takes. */
  readonly outputSchema: string
  readonly aiderChat: string
  readonly aiderInput: string
}

/** Every path of one attempt. */
export interface AttemptPaths extends BuilderPaths {
  readonly dir: string
  readonly prompt: string
  readonly setupLog: string
  readonly builderLog: string
  /** What names the builder's conversation, and that of the attempt before. */
  readonly thread: string
  readonly threadBefore: string
  /** What the builder says it did, in its own words. */
  readonly summary: string
  /** For temporary files of the builder: there while it works. */
  readonly temporaryDir: string
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

/** Asked for of every phase of a run, and mostly for one or two: `path.join` of each would take more time than all that is done with them. */
export function runPaths(dir: string): RunPaths {
  const file = (name: string) => `${dir}/${name}`
  const diagnosticsDir = file('diagnostics')
  const reviewsDir = file('reviews')
  const phasesDir = file('phases')
  const landingsDir = file('landings')
  return {
    dir,
    summary: file('run_summary.md'),
    historyPack: file('history_pack.md'),
    ruleHints: file('run_rule_hints.json'),
    phasesDir,
    landingsDir,
    baseline: file('ci/baseline.json'),
    retry: file('ci/retry.json'),
    diagnosticsDir,
    failure: file('diagnostics/failure.json'),
    handoff: file('diagnostics/handoff.md'),
    preflightLog: file('diagnostics/preflight.log'),
    supervisorLog: file('supervisor/worker.log'),
    reviewsDir,
    review: (id) => path.join(reviewsDir, `${caselessKeyFor(id)}.json`),
    reviewExport: (id) => path.join(reviewsDir, `${caselessKeyFor(id)}.md`),
    landing: (number) => landingPaths(landingsDir, number),
    phase: (phase) => phasePaths(`${phasesDir}/${String(phase.index + 1).padStart(2, '0')}_${phase.key}`),
  }
}

function landingPaths(dir: string, number: number): LandingPaths {
  const attempt = phasePaths(dir).attempt(number)
  const file = (name: string) => path.join(attempt.dir, name)
  return { ...attempt, record: file('landing.json'), baseline: file('baseline.json'), retry: file('retry.json'), requestLog: file('request.log') }
}

export function builderPaths(attemptDir: string): BuilderPaths {
  const file = (name: string) => `${attemptDir}/${name}`
  return { usage: file('usage.jsonl'), builderJsonl: file('builder.jsonl'), resumedPrompt: file('prompt-resumed.md'), outputSchema: file('output-schema.json'), aiderChat: file('aider.chat.md'), aiderInput: file('aider.input.txt') }
}

export function draftPaths(dir: string): DraftPaths {
  return {
    ...phasePaths(dir), plan: path.join(dir, 'draft.yaml'), schema: path.join(dir, 'plan.schema.json'), open: path.join(dir, 'open.json'), setupLog: path.join(dir, 'setup.log'),
    tryLog: (phase, check) => path.join(dir, `check-${phase + 1}-${check + 1}.log`),
    tryReport: (phase, check) => path.join(dir, `check-${phase + 1}-${check + 1}.xml`),
    openTakenBy: (pid) => path.join(dir, `open-${pid}.json`),
    takerOfOpen: (name) => numberIn(/^open-(\d+)\.json$/, name),
  }
}

/** Of the folder that holds the attempts of a phase. */
export function phasePaths(dir: string): PhasePaths {
  const folder = (number: number) => `${dir}/attempt-${number}`
  return {
    dir,
    attempt: (number) => attemptPaths(folder(number), folder(number - 1)),
    attemptNumber: (name) => numberIn(/^attempt-(\d+)$/, name),
  }
}

function numberIn(pattern: RegExp, name: string): number | undefined {
  const match = pattern.exec(name)
  return match ? Number(match[1]) : undefined
}

/** Of the folder of an attempt. */
export function attemptPaths(dir: string, before = dir): AttemptPaths {
  const file = (name: string) => `${dir}/${name}`
  const checksDir = file('checks')
  const checkFile = (check: string, variant: string | undefined, extension: string) =>
    path.join(checksDir, `${caselessKeyFor(check)}${variant === undefined ? '' : `@${caselessKeyFor(variant)}`}${extension}`)
  return {
    dir,
    prompt: file('prompt.md'),
    ...builderPaths(dir),
    setupLog: file('setup.log'),
    builderLog: file('builder.log'),
    thread: file('thread.json'),
    threadBefore: `${before}/thread.json`,
    summary: file('summary.md'),
    temporaryDir: file('tmp'),
    changesPatch: file('changes.patch'),
    receipt: file('receipt.json'),
    collected: file('collected.json'),
    sharedGit: file('git-shared.json'),
    replacedGitDir: file('replaced-git'),
    review: file('review.json'),
    checksDir,
    checkLog: (check, variant) => checkFile(check, variant, '.log'),
    checkReport: (check, variant) => checkFile(check, variant, '.xml'),
  }
}
