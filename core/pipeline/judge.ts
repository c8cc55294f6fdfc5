import { judgeCheck, type Judgement } from '../checks/index.ts'
import { writeJson } from '../layout/atomic.ts'
import type { CheckResult } from '../model/check.ts'
import type { Action, FailureInput } from '../model/failure.ts'
import { matchesScope, type ChangedFile } from '../workspace/index.ts'
import { failureOfAbsent, mostWidenings, widenByAbsent } from './absent-files.ts'
import { tell, type Attempt } from './attempt.ts'
import { onBase, type Baseline, type OnBase } from './baseline.ts'
import { noteSkipped } from './skipped.ts'
import { stopReason } from './build.ts'
import { failureOf } from './check-failure.ts'
import { classify } from './classify.ts'
import type { PlannedCheck } from './checks.ts'
import { end, fail, next, type Step } from './ending.ts'
import { baselineTree } from './merge-base.ts'
import { foundOnBase, isThereToMend } from './on-base.ts'
import type { ResolvedPaths, Roots } from './paths.ts'
import { discardLitter, execute, keyOf } from './run-check.ts'

export interface Candidate { tree: string; changed: readonly ChangedFile[] }

/** What every step of the judging of an attempt needs. */
interface Judging { attempt: Attempt; baseline: Baseline; candidate: Candidate; paths: ResolvedPaths; roots: Roots }

interface Judged { type: 'judged'; head: CheckResult; judgement: Judgement; flakes: ReadonlyMap<string, number> }
interface Cancelled { type: 'cancelled' }

/** A check that was judged, by its own arguments or by those that a classifier gave it; `failed` where it blocks. */
interface JudgedCheck extends Judged { check: PlannedCheck; failed?: { failure: FailureInput; step: ReturnType<typeof fail> } }

/** Runs every check on the candidate tree and judges it. All of them run, so that a failure tells everything at once. */
export async function judge(attempt: Attempt, baseline: Baseline, candidate: Candidate, paths: ResolvedPaths, roots: Roots): Promise<Step<undefined>> {
  await baseline.written
  const failures: NonNullable<JudgedCheck['failed']>[] = []
  const carried: { key: string; result: CheckResult }[] = []
  const retries: object[] = []
  for (const planned of baseline.checks) {
    const judged = await judgeCheckOf({ attempt, baseline, candidate, paths, roots }, planned)
    if (judged.type === 'cancelled') return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
    const { check, head, judgement, failed } = judged
    if (failed) failures.push(failed)
    await record(attempt, judged)
    if (judgement.retry) retries.push(retryOf(attempt, check, judgement))
    const carry = carriedResult(check, head, judgement)
    if (carry) carried.push({ key: keyOf(attempt, check, roots, candidate.tree), result: carry })
  }
  if (retries.length > 0) await writeJson(attempt.runPaths.retry, { phase: attempt.claim.phase.id, attempt: attempt.claim.number, retries }, { derived: true })
  const [first, ...others] = failures
  if (first) {
    // The problems of the one that the attempt ends with are put down where it ends.
    for (const { failure } of others) attempt.problems.push(...(failure.problems ?? []))
    return first.step
  }
  // Kept only now: the tree becomes the next phase's base when it is committed.
  for (const { key, result } of carried) await attempt.engine.store.putBaseline(key, JSON.stringify(result))
  return next(undefined)
}

/** Puts down what a check has shown: in the attempt, among the flaky tests, and for whoever watches. */
async function record(attempt: Attempt, { check, head, judgement: { delta } }: JudgedCheck): Promise<void> {
  attempt.checks.push({ result: head, delta })
  attempt.warnings.push(...delta.warnings.map((warning) => `${check.spec.name}: ${warning}`))
  attempt.yield.testsFixed += delta.fixed.length
  attempt.yield.testsBroken += brokenBy(delta)
  if (delta.flaky.length > 0) await attempt.engine.store.recordFlakes(check.spec.name, delta.flaky)
  tell(attempt, { type: 'check-judged', delta })
}

/** Judges one check; where it blocks, classifies the failure and does once what the classifier says of the check's arguments. */
async function judgeCheckOf(judging: Judging, planned: PlannedCheck): Promise<JudgedCheck | Cancelled> {
  const { attempt, baseline, candidate, roots } = judging
  const first = await judgeWidening(judging, planned)
  if (first.type === 'cancelled') return first
  const { failure, base } = await failureAndBase(judging, planned, first)
  if (!failure) return { ...first.judged, check: planned }
  attempt.stage = 'delta'
  // Classifiers read what the builder made, and a look at the base has left the base there.
  await attempt.workspace!.materialise(candidate.tree)
  const classified = await classify(attempt, failure, roots, baseline.checks)
  const { action, classifier } = classified.classification
  if (action.type === 'retry-checks' && action.check === planned.spec.name && planned.retried === undefined) {
    const second = await judgeWithout(judging, planned, base, { ...action, classifier })
    if (second) return second
  }
  return { ...first.judged, check: planned, failed: { failure, step: fail(failure, true, classified) } }
}

/** What the phase has come to need is put on disk rather than asked of a builder once more; each file may need others. */
async function judgeWidening(judging: Judging, check: PlannedCheck): Promise<{ type: 'judged'; judged: Judged; base: OnBase } | Cancelled> {
  const { attempt, baseline, roots } = judging
  let base = baseline.results.get(check.spec.name)!
  let judged = await judgeOne(judging, check, base.result)
  for (let round = 0; round < mostWidenings && judged.type === 'judged' && judged.judgement.delta.verdict.type !== 'passed'; round++) {
    if (!(await widenByAbsent(attempt, check, judged.head, roots))) break
    base = await onBase(attempt, check, roots)
    judged = await judgeOne(judging, check, base.result)
  }
  return judged.type === 'cancelled' ? judged : { type: 'judged', judged, base }
}

/** Why a check blocks, where it does, with what the base says of it; and the base as it was seen last. */
async function failureAndBase({ attempt, paths, roots }: Judging, check: PlannedCheck, { judged, base }: { judged: Judged; base: OnBase }): Promise<{ failure: FailureInput | undefined; base: OnBase }> {
  const failure = failureOfJudged(check, judged)
  if (!failure) return { failure, base }
  // Nobody's work would be found by looking further: what is missing is missing on the base too.
  const absent = failureOfAbsent(attempt, check, judged.head, roots, 'delta')
  if (absent) return { failure: absent, base }
  const found = await foundOnBase(attempt, check, base, failure, paths, roots)
  // From here on the base is as it is now: what a classifier leaves out cannot have passed on it.
  if (found) return { failure: { ...failure, onBase: true }, base: { result: found, cached: false } }
  return { failure: isThereToMend(attempt, check, base.result, failure, paths, roots) ? { ...failure, mends: true } : failure, base }
}

const failureOfJudged = (check: PlannedCheck, { head, judgement, flakes }: Judged): FailureInput | undefined => failureOf(check, { head, delta: judgement.delta, flakes })

type RetryChecks = Extract<Action, { type: 'retry-checks' }>

/** Judges a check again without what a classifier leaves out; undefined where the phase broke some of that itself: the failure then stands as it was. */
async function judgeWithout(judging: Judging, check: PlannedCheck, base: OnBase, action: RetryChecks & { classifier: string }): Promise<JudgedCheck | Cancelled | undefined> {
  const { attempt, candidate, paths, roots } = judging
  const without: PlannedCheck = { ...check, args: [...check.args, ...action.args], retried: true }
  // The baseline is made anew with the same arguments, or the comparison would be between two different checks.
  const baseWithout = await onBase(attempt, without, roots)
  const second = await judgeOne(judging, without, baseWithout.result)
  if (second.type === 'cancelled') return second
  const inScope = inWriteScopeOf(attempt, paths)
  const before = base.result
  const lost = before.report?.hasTests === true ? testsLeftOut(before, second.head, inScope) : filesLeftOut(before, action.skipped, candidate, attempt.engine.repository.prefix, inScope)
  if (lost.blocking.length > 0) {
    attempt.warnings.push(`check ${check.spec.name}: what ${action.classifier} would leave out passed on the base: ${describe(lost.blocking)}`)
    return undefined
  }
  noteSkipped(attempt, action)
  if (lost.excused.length > 0) attempt.warnings.push(`${check.spec.name}: left out, and passed on the base: ${describe(lost.excused)}`)
  const failure = failureOfJudged(without, second)
  if (!failure) return { ...second, check: without }
  const onBaseToo = (await foundOnBase(attempt, without, baseWithout, failure, paths, roots)) !== undefined
  const whole = onBaseToo ? { ...failure, onBase: true } : failure
  return { ...second, check: without, failed: { failure: whole, step: fail(whole, true) } }
}

/** What passed on the base, or was not there, and now fails, cannot be loaded, or is gone. */
function brokenBy({ newFailures, collectionErrors, disappeared, newlySkipped }: Judgement['delta']): number {
  return newFailures.length + collectionErrors.length + disappeared.length + newlySkipped.length
}

/** An empty write scope means the whole project. */
function inWriteScopeOf({ engine }: Attempt, paths: ResolvedPaths): (file: string) => boolean {
  const { prefix } = engine.repository
  const write = paths.scope.write.length > 0 ? paths.scope.write : [prefix]
  return (file) => matchesScope(prefix + file, write)
}

/** Tests that passed on the base as it was, and are not in the report of the check that leaves something out: no exclusion may hide what a phase broke, but where it may change the test's file. */
function testsLeftOut(base: CheckResult | undefined, head: CheckResult, inWriteScope: (file: string) => boolean): { blocking: string[]; excused: string[] } {
  if (base?.report?.hasTests !== true || head.report === undefined) return { blocking: [], excused: [] }
  const now = new Set(head.report.tests.filter((test) => test.status !== 'skipped').map((test) => test.id))
  const lost = base.report.tests.filter((test) => test.status === 'passed' && !now.has(test.id))
  const [blocking, excused] = [lost.filter((test) => test.file === undefined || !inWriteScope(test.file)), lost.filter((test) => test.file !== undefined && inWriteScope(test.file))]
  return { blocking: blocking.map((test) => test.id), excused: excused.map((test) => test.id) }
}

/** As above, of a check that names no tests: where it passed on the base, so did every file that was there. */
function filesLeftOut(base: CheckResult | undefined, skipped: readonly { file: string }[], { changed }: Candidate, prefix: string, inWriteScope: (file: string) => boolean): { blocking: string[]; excused: string[] } {
  if (base?.exitCode !== 0) return { blocking: [], excused: [] }
  const added = new Set(changed.filter((file) => file.status === 'added').map((file) => file.path))
  const lost = skipped.map(({ file }) => file).filter((file) => !added.has(prefix + file))
  return { blocking: lost.filter((file) => !inWriteScope(file)), excused: lost.filter(inWriteScope) }
}

const describe = (ids: readonly string[]) => `${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ` and ${ids.length - 3} more` : ''}`

async function judgeOne({ attempt, candidate, paths, roots }: Judging, check: PlannedCheck, base: CheckResult | undefined): Promise<Judged | Cancelled> {
  const { engine } = attempt
  const { prefix } = engine.repository
  const files = candidate.changed.filter((file) => file.path.startsWith(prefix)).map((file) => file.path.slice(prefix.length))
  const present = candidate.changed.filter((file) => file.status !== 'deleted' && file.path.startsWith(prefix)).map((file) => file.path.slice(prefix.length))
  const head = await execute(attempt, check, roots, { tree: candidate.tree, files: present })
  if (head.ended === 'cancelled') return { type: 'cancelled' }
  await discardLitter(attempt, check, candidate.tree)
  const flakes = await engine.store.flakes(check.spec.name)
  const judgement = await judgeCheck(
    {
      check: check.spec.name, against: check.against, ...(base && { base }), head, flakeHistory: flakes,
      inWriteScope: inWriteScopeOf(attempt, paths),
    },
    files,
    {
      retry: (tests) => execute(attempt, check, roots, { tree: candidate.tree, files: present, variant: 'retry', tests }),
      rerunOnBase: (tests) => execute(attempt, check, roots, { tree: baselineTree(attempt), files: [], variant: 'baseline-retry', tests }),
    },
  )
  if (attempt.signal.aborted) return { type: 'cancelled' }
  return { type: 'judged', head, judgement, flakes }
}

function retryOf(attempt: Attempt, check: PlannedCheck, { retry, baseRerun, delta }: Judgement): object {
  return {
    run: attempt.claim.run.id, phase: attempt.claim.phase.id, attempt: attempt.claim.number, check: check.spec.name, argv: retry!.argv, exitCode: retry!.exitCode,
    flaky: delta.flaky, persistent: delta.newFailures, log: retry!.logPath, ...(baseRerun && { baseRerun: { exitCode: baseRerun.exitCode, log: baseRerun.logPath } }),
  }
}

/** The result that stands for this tree as the next phase's baseline: the second where the first was flaky, none where only single tests ran again. */
function carriedResult(check: PlannedCheck, head: CheckResult, { delta, retry }: Judgement): CheckResult | undefined {
  // A command that names the changed files is another command in the next phase.
  if (check.argv.some((argument) => argument.includes('{files}'))) return undefined
  if (delta.flaky.length === 0) return head.ended === 'exit' ? head : undefined
  return retry && check.spec.rerun === undefined && retry.ended === 'exit' ? retry : undefined
}

