import { baselineBlocks, builtInFormats, judgeCheck } from '../../../core/checks/index.ts'
import { causesOf, classifyBuiltIn, fingerprintOf, type FailureContext } from '../../../core/failure/index.ts'
import type { CheckResult } from '../../../core/model/check.ts'
import { failureSchema, type FailureInput } from '../../../core/model/failure.ts'
import type { CheckSpec } from '../../../core/model/plan.ts'
import { failureOf, failureOfBase } from '../../../core/pipeline/check-failure.ts'
import type { OnBase } from '../../../core/pipeline/baseline.ts'
import type { PlannedCheck } from '../../../core/pipeline/checks.ts'
import { ownTest, sourceFile, type SimPhase } from './backlog.ts'
import type { CheckOutput } from './world.ts'

const formats = builtInFormats()

/** What a command of this world printed, read by the check's own format, as after a real process. */
export function readResult(spec: CheckSpec, ran: CheckOutput, place: { tree: string; args: readonly string[]; context: FailureContext }): CheckResult {
  const projectDir = place.context.projectRoot!
  const format = formats.get(spec.format)!
  const { exitCode, output } = ran
  const parsed = format.parse({ reportFiles: [], output, exitCode, projectDir, cwd: '', isFile: (file) => /^(?:tests|src)\//.test(file) })
  const outcome = parsed.type === 'report' ? { report: parsed.report } : { reportProblem: `${parsed.problem} (exit code ${exitCode})` }
  const told = parsed.type === 'report' && (parsed.report.collectionErrors.length > 0 || parsed.report.tests.some((test) => test.status === 'failed' || test.status === 'error'))
  const causes = exitCode === 0 || told ? [] : causesOf(output, place.context).filter((cause) => cause.confidence !== 'low')
  return {
    check: spec.name, argv: 'shell' in spec.run ? [spec.run.shell] : [...spec.run, ...place.args], exitCode, signal: null, ended: 'exit', durationMs: 1, logPath: '/log', tail: output, args: [...place.args],
    tree: place.tree, causes: causes.map((cause) => ({ fingerprint: fingerprintOf(cause), title: cause.title })), ...outcome,
  }
}

const inWriteScope = (phase: SimPhase) => (file: string): boolean => file === sourceFile(phase) || file === ownTest(phase)

/** What makes the phase impossible before the builder is called, if something does. */
export function blockedBase(phase: SimPhase, base: CheckResult, context: FailureContext): FailureInput | undefined {
  const causes = base.exitCode === 0 ? [] : causesOf(base.tail, context)
  const block = baselineBlocks({ check: base.check, kind: 'phase', base, causes, repairs: [], inWriteScope: inWriteScope(phase) })
  if (!block) return undefined
  return {
    stage: 'baseline', message: block.reason, check: base.check, command: base.argv, exitCode: base.exitCode, output: base.tail, causes,
    problems: block.errors.map((error) => ({ code: 'broken-base', message: error.message, ...(error.file !== undefined && { path: error.file }) })),
  }
}

/** The verdict on the candidate; the failure, where it blocks. */
export async function judged(phase: SimPhase, check: PlannedCheck, base: CheckResult | undefined, head: CheckResult, again: () => Promise<CheckResult>): Promise<FailureInput | undefined> {
  const { delta } = await judgeCheck(
    { check: head.check, against: 'none', ...(base && { base }), head, flakeHistory: new Map(), inWriteScope: inWriteScope(phase) },
    [sourceFile(phase), ownTest(phase)], { retry: again },
  )
  return failureOf(check, { head, delta, flakes: new Map() })
}

/** The result on the base, where a check fails there for the reason for which it fails on the candidate: as it was found, or, where that was kept from before and had passed, as it is now. */
export async function foundOnBase(
  phase: SimPhase, check: PlannedCheck, base: OnBase, failure: FailureInput, ask: { now(): CheckResult; passedEarlier(): Promise<boolean> }, context: FailureContext,
): Promise<CheckResult | undefined> {
  const read = (input: FailureInput) => {
    const parsed = failureSchema.parse(input)
    return classifyBuiltIn(parsed.causes.length > 0 ? parsed : { ...parsed, causes: causesOf(parsed.output, context) }, context)
  }
  const onHead = read(failure)
  if (onHead.confidence === 'low') return undefined
  const isSame = (input: FailureInput | undefined) => input !== undefined && read(input).fingerprint === onHead.fingerprint
  const known = blockedBase(phase, base.result, context)
  if (known) return isSame(known) ? base.result : undefined
  const before = failureOfBase(check, base.result)
  if (before) return onHead.blame !== 'phase' && isSame(before) && (onHead.blame === 'machine' || (await ask.passedEarlier())) ? base.result : undefined
  if (!base.cached) return undefined
  const again = ask.now()
  return isSame(failureOfBase(check, again)) ? again : undefined
}

/** Tests that passed on the base and are not in the report of a check that leaves something out: no exclusion may hide them. */
export function hidesTests(phase: SimPhase, base: CheckResult | undefined, head: CheckResult): boolean {
  const now = new Set(head.report?.tests.map((test) => test.id))
  return (base?.report?.tests ?? []).some((test) => test.status === 'passed' && !now.has(test.id) && !(test.file !== undefined && inWriteScope(phase)(test.file)))
}
