import { baselineKey, runCheck } from '../checks/index.ts'
import { causesOf, fingerprintOf } from '../failure/index.ts'
import type { CheckResult } from '../model/check.ts'
import { parseDuration } from '../model/duration.ts'
import type { CheckSpec } from '../model/plan.ts'
import { tell, type Attempt } from './attempt.ts'
import { failureContext } from './classify.ts'
import type { PlannedCheck } from './checks.ts'
import { attemptEnvironment } from './environment.ts'
import type { Roots } from './paths.ts'

/** Of a check that names none: what CI services give a quiet job. */
const defaultCheckTimeoutMs = 600_000

/** Wall-clock limit of one execution of a check, in milliseconds. */
export const checkTimeout = ({ timeout }: Pick<CheckSpec, 'timeout'>): number => (timeout === undefined ? undefined : parseDuration(timeout)) ?? defaultCheckTimeoutMs

export interface Execution {
  tree: string
  /** `baseline`, `retry`, …: tells the logs of one check apart. Undefined: on the candidate, the first time. */
  variant?: string
  /** Changed files relative to the project root. */
  files: readonly string[]
  tests?: readonly string[]
}

/** Puts the tree into the worktree, with nothing else but what setup made, and runs the check on it. */
export async function execute(attempt: Attempt, check: PlannedCheck, roots: Roots, execution: Execution): Promise<CheckResult> {
  const { engine, claim, paths, workspace } = attempt
  await Promise.all([workspace!.materialise(execution.tree), attempt.saving])
  workspace!.touched()
  const { env } = attemptEnvironment(attempt, roots)
  const context = failureContext(attempt, roots)
  // Some tests alone take another time than all of them.
  const some = check.spec.rerun !== undefined && (execution.tests?.length ?? 0) > 0
  const durationKey = `check:${claim.run.family}:${check.spec.name}${some ? ':rerun' : ''}`
  const lastMs = attempt.durations.get(durationKey) ?? (await engine.store.lastDuration(durationKey))
  tell(attempt, {
    type: 'stage-started', stage: attempt.stage, detail: execution.variant === undefined ? check.spec.name : `${check.spec.name} (${execution.variant})`, ...(lastMs !== undefined && { lastMs }),
  })
  // Before it runs, not with its process: whoever reads the record after a crash is to find where it happened.
  await engine.store.setStage(claim, attempt.stage)
  const result = engine.redactAll(await runCheck({
    spec: check.spec, formats: engine.provisions.checkFormats, workspaceDir: roots.repositoryRoot, projectDir: roots.projectRoot, tree: execution.tree,
    run: claim.run.id, phase: claim.phase.id, attempt: claim.number, args: check.args, files: execution.files,
    ...(execution.tests && execution.tests.length > 0 && { tests: execution.tests }),
    env, logPath: paths.checkLog(check.spec.name, execution.variant), reportPath: paths.checkReport(check.spec.name, execution.variant),
    timeoutMs: checkTimeout(check.spec), exec: engine.exec, signal: attempt.signal, marker: claim.attemptId,
    onLine: (line) => tell(attempt, { type: 'progress', line }),
    onSpawn: (child) => engine.store.recordProcess(claim, child),
    redactFile: (file) => engine.redactFile(file),
    causesOf: (output) => causesOf(output, context).map((cause) => ({ fingerprint: fingerprintOf(cause), title: cause.title, confidence: cause.confidence })),
  }))
  if (result.ended === 'exit') {
    attempt.durations.set(durationKey, result.durationMs)
    engine.lastRuns.set(commandKeyOf(attempt, check, roots), engine.runtime.now())
  }
  return result
}

/** What a check wrote into the worktree is not part of the result: it is reported and discarded. */
export async function discardLitter(attempt: Attempt, check: PlannedCheck, tree: string): Promise<void> {
  const litter = await attempt.workspace!.changedSince(tree)
  if (litter.length === 0) return
  const shown = litter.slice(0, 5).join(', ')
  attempt.warnings.push(`check ${check.spec.name} changed files, which were discarded: ${shown}${litter.length > 5 ? ` and ${litter.length - 5} more` : ''}`)
}

/** The key under which a result on this tree is kept, for this attempt's environment and setup. */
export function keyOf(attempt: Attempt, check: PlannedCheck, roots: Roots, tree: string): string {
  return baselineKey({
    tree, argv: check.argv, args: check.args, env: { ...attemptEnvironment(attempt, roots).env, ...check.spec.env }, setupKey: attempt.workspace!.setupKey, sparseKey: attempt.workspace!.sparseKey,
    reading: [check.spec.format, check.spec.report, check.spec.cwd],
  })
}

/** The same for every tree. */
export const commandKeyOf = (attempt: Attempt, check: PlannedCheck, roots: Roots): string => keyOf(attempt, check, roots, '')
