import { baselineBlocks } from '../checks/index.ts'
import { causesOf, classifyBuiltIn } from '../failure/index.ts'
import type { CheckResult } from '../model/check.ts'
import { failureSchema, type Classification, type FailureInput } from '../model/failure.ts'
import { matchesScope } from '../workspace/index.ts'
import type { Attempt } from './attempt.ts'
import type { OnBase } from './baseline.ts'
import { failureOfBase } from './check-failure.ts'
import type { PlannedCheck } from './checks.ts'
import { passedEarlier } from './earlier-result.ts'
import { failureContext } from './classify.ts'
import { baselineTree } from './merge-base.ts'
import type { ResolvedPaths, Roots } from './paths.ts'
import { execute } from './run-check.ts'

/** What the place of a cause is compared with: an empty write scope means the whole project, or, where only what a plan names counts, nothing; or nothing counts. */
type Scope = 'whole' | 'named' | 'nothing'

/**
 * An import, syntax or collection error on the base that lies outside what the phase may change, so that no builder could succeed. `named`: a phase without
 * a write scope is not taken for one that is there to mend whatever is broken.
 */
export function failureOnBase(attempt: Attempt, check: PlannedCheck, base: CheckResult, paths: ResolvedPaths, roots: Roots, scope: Scope = 'whole'): FailureInput | undefined {
  const { claim, engine } = attempt
  const causes = base.exitCode === 0 ? [] : causesOf(base.tail, failureContext(attempt, roots))
  const { write } = paths.scope
  const block = baselineBlocks({
    check: check.spec.name, kind: check.kind, base, causes, repairs: scope === 'nothing' ? [] : claim.phase.spec.repairs,
    inWriteScope: (file) => scope !== 'nothing' && (write.length > 0 ? matchesScope(engine.repository.prefix + file, write) : scope === 'whole' && matchesScope(engine.repository.prefix + file, [engine.repository.prefix])),
  })
  if (!block) return undefined
  return {
    stage: 'baseline', message: block.reason, check: check.spec.name, command: base.argv, exitCode: base.exitCode, signal: base.signal, output: base.tail, logPath: base.logPath, causes,
    brokenFiles: block.errors.flatMap((error) => (error.file === undefined ? [] : [error.file])),
    problems: block.errors.map((error) => ({ code: 'broken-base', message: error.message, ...(error.file !== undefined && { path: error.file }) })),
  }
}

/**
 * The result on the base, where a check fails there for the reason for which it fails on the candidate: then the phase did not bring it. Where the base passed
 * in an earlier attempt (`cached`), it runs there once more: what is installed on the machine may have changed since, with the same tree.
 */
export async function foundOnBase(attempt: Attempt, check: PlannedCheck, base: OnBase, failure: FailureInput, paths: ResolvedPaths, roots: Roots): Promise<CheckResult | undefined> {
  const read = (input: FailureInput) => builtInAnswer(attempt, input, roots)
  const onHead = read(failure)
  if (onHead.confidence === 'low') return undefined
  const isSame = (input: FailureInput | undefined) => input !== undefined && read(input).fingerprint === onHead.fingerprint
  const known = failureOnBase(attempt, check, base.result, paths, roots, 'named')
  if (known) return isSame(known) ? base.result : undefined
  const before = failureOfBase(check, base.result)
  if (before) {
    if (onHead.blame === 'phase' || !isSame(before)) return undefined
    // A base that never passed may be what the phase is there to mend; but no phase is there to mend the machine, or what a commit before it broke.
    return onHead.blame === 'machine' || (await passedEarlier(attempt, check, roots)) ? base.result : undefined
  }
  if (!base.cached) return undefined
  const now = await execute(attempt, check, roots, { tree: baselineTree(attempt), variant: 'baseline-again', files: [] })
  return isSame(failureOfBase(check, now)) ? now : undefined
}

/**
 * Whether a check fails as it did on the base, in what the phase may change by name or says that it repairs: it is there to mend that, and that it has not
 * says nothing of other phases.
 */
export function isThereToMend(attempt: Attempt, check: PlannedCheck, base: CheckResult, failure: FailureInput, paths: ResolvedPaths, roots: Roots): boolean {
  const broken = failureOnBase(attempt, check, base, paths, roots, 'nothing')
  return broken !== undefined && builtInAnswer(attempt, broken, roots).fingerprint === builtInAnswer(attempt, failure, roots).fingerprint
}

function builtInAnswer(attempt: Attempt, input: FailureInput, roots: Roots): Classification {
  const context = failureContext(attempt, roots)
  const failure = failureSchema.parse(input)
  return classifyBuiltIn(failure.causes.length > 0 ? failure : { ...failure, causes: causesOf(failure.output, context) }, context)
}
