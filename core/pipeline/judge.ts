import { judgeCheck, type Judgement } from '../checks/index.ts'
import { writeJson } from '../layout/atomic.ts'
import type { CheckResult } from '../model/check.ts'
import type { FailureInput } from '../model/failure.ts'
import { matchesScope, type ChangedFile } from '../workspace/index.ts'
import { failureOfAbsent, mostWidenings, widenByAbsent } from './absent-files.ts'
import { tell, type Attempt } from './attempt.ts'
import { onBase, type Baseline } from './baseline.ts'
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

/** Runs every check on the candidate tree and judges it. All of them run, so that a failure tells everything at once. */
export async function judge(attempt: Attempt, baseline: Baseline, candidate: Candidate, paths: ResolvedPaths, roots: Roots): Promise<Step<undefined>> {
  await baseline.written
  const failures: { failure: FailureInput; step: ReturnType<typeof fail> }[] = []
  const carried: { key: string; result: CheckResult }[] = []
  const retries: object[] = []
  for (const planned of baseline.checks) {
    let check = planned
    let base = baseline.results.get(check.spec.name)!
    let judged = await judgeOne(attempt, check, base.result, candidate, paths, roots)
    // What the phase has come to need is put on disk rather than asked of a builder once more; each file may need others.
    for (let round = 0; round < mostWidenings && judged.type === 'judged' && judged.judgement.delta.verdict.type !== 'passed'; round++) {
      if (!(await widenByAbsent(attempt, check, judged.head, roots))) break
      base = await onBase(attempt, check, roots)
      judged = await judgeOne(attempt, check, base.result, candidate, paths, roots)
    }
    if (judged.type === 'cancelled') return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
    let failure = failureOf(check, { head: judged.head, delta: judged.judgement.delta, flakes: judged.flakes })
    // Nobody's work would be found by looking further: what is missing is missing on the base too.
    const absent = failure && failureOfAbsent(attempt, check, judged.head, roots, 'delta')
    const found = failure && !absent && (await foundOnBase(attempt, check, base, failure, paths, roots))
    if (absent) failure = absent
    else if (failure && found) {
      failure = { ...failure, onBase: true }
      // From here on the base is as it is now: what a classifier leaves out cannot have passed on it.
      base = { result: found, cached: false }
    } else if (failure && isThereToMend(attempt, check, base.result, failure, paths, roots)) failure = { ...failure, mends: true }
    if (failure) {
      attempt.stage = 'delta'
      // Classifiers read what the builder made, and a look at the base has left the base there.
      await attempt.workspace!.materialise(candidate.tree)
      const classified = await classify(attempt, failure, roots, baseline.checks)
      const { action } = classified.classification
      const mayRetry = action.type === 'retry-checks' && action.check === check.spec.name && planned.retried === undefined
      let again = false
      if (mayRetry) {
        const without: PlannedCheck = { ...check, args: [...check.args, ...action.args], retried: true }
        // The baseline is made anew with the same arguments, or the comparison would be between two different checks.
        const baseWithout = await onBase(attempt, without, roots)
        const second = await judgeOne(attempt, without, baseWithout.result, candidate, paths, roots)
        if (second.type === 'cancelled') return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
        const inScope = inWriteScopeOf(attempt, paths)
        const before = base.result
        const lost = before.report?.hasTests === true ? testsLeftOut(before, second.head, inScope) : filesLeftOut(before, action.skipped, candidate, attempt.engine.repository.prefix, inScope)
        // What the phase broke itself is not excused: the failure stands as it was.
        if (lost.blocking.length > 0) attempt.warnings.push(`check ${check.spec.name}: what ${classified.classification.classifier} would leave out passed on the base: ${describe(lost.blocking)}`)
        else {
          noteSkipped(attempt, action)
          if (lost.excused.length > 0) attempt.warnings.push(`${check.spec.name}: left out, and passed on the base: ${describe(lost.excused)}`)
          check = without
          judged = second
          failure = failureOf(check, { head: judged.head, delta: judged.judgement.delta, flakes: judged.flakes })
          if (failure && (await foundOnBase(attempt, check, baseWithout, failure, paths, roots))) failure = { ...failure, onBase: true }
          again = true
        }
      }
      if (failure) failures.push({ failure, step: fail(failure, true, again ? undefined : classified) })
    }
    const { head, judgement } = judged
    attempt.checks.push({ result: head, delta: judgement.delta })
    attempt.warnings.push(...judgement.delta.warnings.map((warning) => `${check.spec.name}: ${warning}`))
    attempt.yield.testsFixed += judgement.delta.fixed.length
    attempt.yield.testsBroken += brokenBy(judgement.delta)
    if (judgement.retry) retries.push(retryOf(attempt, check, judgement))
    if (judgement.delta.flaky.length > 0) await attempt.engine.store.recordFlakes(check.spec.name, judgement.delta.flaky)
    tell(attempt, { type: 'check-judged', delta: judgement.delta })
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

type Judged = { type: 'judged'; head: CheckResult; judgement: Judgement; flakes: ReadonlyMap<string, number> } | { type: 'cancelled' }

async function judgeOne(attempt: Attempt, check: PlannedCheck, base: CheckResult | undefined, candidate: Candidate, paths: ResolvedPaths, roots: Roots): Promise<Judged> {
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

