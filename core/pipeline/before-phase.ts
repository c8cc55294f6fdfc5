import type { SkippedFile } from '../model/failure.ts'
import type { PhaseSpec } from '../model/plan.ts'
import type { StubRequest } from '../model/plugin.ts'
import type { Attempt } from './attempt.ts'
import { end, fail, next, type Step } from './ending.ts'
import type { PlannedCheck } from './checks.ts'
import { phaseCheck } from './environment.ts'
import type { Resolve, ResolvedPaths, Roots } from './paths.ts'
import { toldStubKind } from './stubs.ts'

/** What the taps of `beforePhase` asked for. */
export interface Preparations {
  stubs: StubRequest[]
  hints: string[]
  blocks: { title: string; text: string; path?: string }[]
  checkArguments: { check: string; args: string[]; skipped: SkippedFile[] }[]
}

/** Calls `beforePhase`: stubs, hints, context and check arguments are collected; skip and hold end the attempt. */
export async function callBeforePhase(
  attempt: Attempt,
  phase: PhaseSpec,
  request: { paths: ResolvedPaths; roots: Roots; resolve: Resolve; exists: (relative: string) => boolean; checks: readonly PlannedCheck[] },
): Promise<Step<Preparations>> {
  const { engine, claim } = attempt
  const preparations: Preparations = { stubs: [], hints: [], blocks: [], checkArguments: [] }
  let ending: { type: 'skipped' | 'held'; reason: string } | undefined
  const outcome = await engine.hooks.call(
    'beforePhase',
    {
      run: claim.run.id, phase, attempt: claim.number, attemptId: claim.attemptId, ...request.roots,
      scope: request.paths.scope,
      deliverables: request.paths.deliverables.map((path) => path.relative),
      checks: request.checks.map((check) => phaseCheck(attempt, check, request.roots)),
      resolve: (raw, purpose = 'context') => request.resolve(raw, purpose),
      exists: request.exists,
      stubKind: (relative) => toldStubKind(engine.provisions.stubKinds, relative),
      stub: (stub) => void preparations.stubs.push(stub),
      hint: (text) => void preparations.hints.push(text),
      context: (block) => void preparations.blocks.push(block),
      checkArguments: (args) => void preparations.checkArguments.push(args),
      // The first word counts: a later plugin cannot turn a hold into a skip.
      skip: (reason) => void (ending ??= { type: 'skipped', reason }),
      hold: (reason) => void (ending ??= { type: 'held', reason }),
    },
    { signal: attempt.signal },
  )
  if (outcome.type === 'cancelled') return end({ type: 'interrupted', reason: 'stopped' })
  if (outcome.type === 'failed') return fail({ stage: 'before-phase', class: 'plugin_error', message: outcome.problem.message, problems: [outcome.problem] }, false)
  return ending ? end(ending) : next(preparations)
}
