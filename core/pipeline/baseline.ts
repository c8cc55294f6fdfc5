import { writeJson } from '../layout/atomic.ts'
import { checkResultSchema, type CheckResult } from '../model/check.ts'
import type { FailureInput } from '../model/failure.ts'
import { failureOfAbsent } from './absent-files.ts'
import type { Attempt } from './attempt.ts'
import { classify, failureContext } from './classify.ts'
import { failureOfBase } from './check-failure.ts'
import type { PlannedCheck } from './checks.ts'
import { passedEarlier } from './earlier-result.ts'
import { end, fail, next, type Step } from './ending.ts'
import { brokeSince, isOfTheMachine, mayBeTheMachine, standsForMs } from './kept-result.ts'
import { baselineTree } from './merge-base.ts'
import { failureOnBase } from './on-base.ts'
import type { ResolvedPaths, Roots } from './paths.ts'
import { stopReason } from './build.ts'
import { commandKeyOf, execute, keyOf } from './run-check.ts'
import { noteSkipped } from './skipped.ts'

/** The results on the tree that the phase starts from, by check; and the checks, with what a classifier had them leave out. */
export interface Baseline {
  checks: PlannedCheck[]
  results: Map<string, OnBase>
  /** Resolves when `ci/baseline.json` is written. */
  written: Promise<void>
}

/** `cached`: an earlier attempt left it, so that it tells how the tree was then. `broken`: it passed on the same tree before: see `brokeSince`. */
export interface OnBase { result: CheckResult; cached: boolean; broken?: true }

/** Runs every check on the base, or takes what an earlier phase or attempt left for the same tree, arguments, environment and setup. */
export async function takeBaseline(attempt: Attempt, checks: readonly PlannedCheck[], paths: ResolvedPaths, roots: Roots): Promise<Step<Baseline>> {
  const baseline: Baseline = { checks: [], results: new Map(), written: Promise.resolve() }
  const record: object[] = []
  for (const planned of checks) {
    let check = planned
    // Of a fault that may have come or gone since, only an execution of this hour tells.
    const anew = probesOf(attempt, check).length > 0
    let found = await onBase(attempt, check, roots, { anew })
    if (found.result.ended === 'cancelled') return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
    let failure = await failureBeforeBuild(attempt, check, found, paths, roots)
    if (attempt.signal.aborted) return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
    if (failure) {
      const classified = await classify(attempt, failure, roots, checks)
      const { action } = classified.classification
      // A classifier that explains the error has the check run once more without what cannot be loaded.
      if (action.type !== 'retry-checks' || action.check !== check.spec.name) return fail(failure, false, classified)
      check = { ...check, args: [...check.args, ...action.args], retried: true }
      noteSkipped(attempt, action)
      found = await onBase(attempt, check, roots, { anew })
      if (found.result.ended === 'cancelled') return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
      failure = await failureBeforeBuild(attempt, check, found, paths, roots)
      if (failure) return fail(failure, false)
    }
    const probed = await stillFailing(attempt, check, found.result, paths, roots, checks)
    if (probed.type === 'end') return probed
    baseline.checks.push(check)
    baseline.results.set(check.spec.name, found)
    record.push(summaryOf(check, found))
  }
  const content = { phase: attempt.claim.phase.id, attempt: attempt.claim.number, base: { commit: attempt.workspace!.base, tree: baselineTree(attempt) }, checks: record }
  // While the builder works.
  baseline.written = attempt.engine.afterwards.add(() => writeJson(attempt.runPaths.baseline, content, { derived: 'anew' }))
  return next(baseline)
}

/** What makes the phase impossible before the builder is called, if something does: see `failureOnBase`; or what broke without a change of the tree. */
async function failureBeforeBuild(attempt: Attempt, check: PlannedCheck, { result, cached, broken }: OnBase, paths: ResolvedPaths, roots: Roots): Promise<FailureInput | undefined> {
  const failure = failureOfAbsent(attempt, check, result, roots, 'baseline') ?? failureOnBase(attempt, check, result, paths, roots)
  if (failure || cached || attempt.claim.phase.spec.repairs.includes(check.spec.name)) return failure
  return broken || (await brokeWithoutChange(attempt, check, result, roots)) ? failureOfBase(check, result) : undefined
}

/** Whether a check that fails on a tree on which it never ran now fails in the same way on an earlier one, on which it passed: then nothing between the two explains it. */
async function brokeWithoutChange(attempt: Attempt, check: PlannedCheck, result: CheckResult, roots: Roots): Promise<boolean> {
  const context = failureContext(attempt, roots)
  // What is judged by its difference is excused what the base has already, whatever broke it.
  if (check.against === 'baseline' || result.ended !== 'exit' || !isOfTheMachine(result, context)) return false
  const earlier = await passedEarlier(attempt, check, roots)
  if (!earlier) return false
  const now = await execute(attempt, check, roots, { tree: earlier.tree, variant: 'earlier-base', files: [] })
  return brokeSince(check, earlier.result, now, context) && now.causes.some((cause) => result.causes.some((one) => one.fingerprint === cause.fingerprint))
}

/** The check on the base with its present arguments: from the store where it ran before, else (or `anew`) by running it. */
export async function onBase(attempt: Attempt, check: PlannedCheck, roots: Roots, options: { anew?: boolean } = {}): Promise<OnBase & { key: string }> {
  const key = keyOf(attempt, check, roots, baselineTree(attempt))
  const look = async () => await lookOnBase(attempt, check, roots, key, options)
  // Those that begin together would all run it.
  return await (attempt.beside ? attempt.beside.onTree(key, look) : look())
}

async function lookOnBase(attempt: Attempt, check: PlannedCheck, roots: Roots, key: string, { anew = false }: { anew?: boolean }): Promise<OnBase & { key: string }> {
  const { store } = attempt.engine
  const tree = baselineTree(attempt)
  const run = async (variant: string) => await execute(attempt, check, roots, { tree, variant, files: [] })
  const stored = anew ? undefined : await store.baseline(key)
  const parsed = stored === undefined ? undefined : checkResultSchema.safeParse(JSON.parse(stored))
  if (parsed?.success) {
    const kept = { result: parsed.data, cached: true, key }
    if (await stands(attempt, check, key, roots)) return kept
    const now = await run('baseline-now')
    // What was kept is still the better baseline: a test that fails now and then may have failed this time.
    return now.ended === 'cancelled' ? { ...kept, result: now } : brokeSince(check, parsed.data, now, failureContext(attempt, roots)) ? { result: now, cached: false, key, broken: true } : kept
  }
  const result = await run(check.args.length > 0 ? 'baseline-excluded' : 'baseline')
  // Only what ran to its end says something about the tree; a limit or a stop says something about this hour.
  if (result.ended === 'exit' && !mayBeTheMachine(result, failureContext(attempt, roots))) await store.putBaseline(key, JSON.stringify(result))
  return { result, cached: false, key }
}

/** Whether a kept result is taken as it is: it is young, or its command ran lately. */
async function stands(attempt: Attempt, check: PlannedCheck, key: string, roots: Roots): Promise<boolean> {
  const { store, runtime, lastRuns } = attempt.engine
  const since = runtime.now() - standsForMs
  return (lastRuns.get(commandKeyOf(attempt, check, roots)) ?? 0) >= since || (await store.baseline(key, { since })) !== undefined
}

const loadClasses = new Set(['import_crash', 'syntax_error', 'collection_error', 'missing_dependency'])

/** The buckets whose fault this check may show on the base. */
const probesOf = ({ request }: Attempt, check: PlannedCheck) => request.probes?.filter((probe) => probe.check === undefined || probe.check === check.spec.name) ?? []

/** A probe of a fault that shows on the base: where it still does, nothing is asked of a builder. */
async function stillFailing(attempt: Attempt, check: PlannedCheck, base: CheckResult, paths: ResolvedPaths, roots: Roots, checks: readonly PlannedCheck[]): Promise<Step<undefined>> {
  const probes = probesOf(attempt, check)
  const repairs = attempt.claim.phase.spec.repairs.includes(check.spec.name)
  const broken = probes.length > 0 ? failureOnBase(attempt, check, base, paths, roots, 'named') : undefined
  const failure = broken ?? (probes.length > 0 && !repairs ? failureOfBase(check, base) : undefined)
  if (!failure) return next(undefined)
  const classified = await classify(attempt, failure, roots, checks)
  // What cannot be loaded and lies in the write scope is what the phase is there to mend.
  if (!broken && loadClasses.has(classified.classification.class)) return next(undefined)
  return probes.some((probe) => probe.fingerprint === classified.classification.fingerprint) ? fail(failure, false, classified) : next(undefined)
}

function summaryOf(check: PlannedCheck, { result, cached, key }: { result: CheckResult; cached: boolean; key: string }): object {
  const failing = result.report?.tests.filter((test) => test.status === 'failed' || test.status === 'error').map((test) => test.id)
  return {
    check: check.spec.name, kind: check.kind, against: check.against, key, cached, exitCode: result.exitCode, ended: result.ended, durationMs: result.durationMs, args: result.args,
    tests: result.report?.tests.length ?? 0, failing: failing ?? [], collectionErrors: result.report?.collectionErrors ?? [], causes: result.causes, log: result.logPath,
    ...(result.reportProblem !== undefined && { problem: result.reportProblem }),
  }
}
