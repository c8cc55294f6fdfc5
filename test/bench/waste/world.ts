import type { Problem } from '../../../core/model/failure.ts'
import { createBacklog, lockFile, ownTest, sourceFile, testFiles, type BacklogSize, type SimPhase } from './backlog.ts'
import { planFaults, type Fault } from './faults.ts'
import { randomOf } from './random.ts'
import * as texts from './texts.ts'

/** A backlog and what befalls it. The same for the same seed and size; nothing that a policy does changes it. */
export interface World {
  seed: number
  phases: readonly SimPhase[]
  faults: readonly Fault[]
}

/** So long takes a call that the account refuses: the agent's own retries included. */
const refusedMinutes = 2
/** So long takes one execution of a check. */
export const checkMinutes = 0.5

export function createWorld(seed: number, size: BacklogSize): World {
  return { seed, phases: createBacklog(seed, size), faults: planFaults(seed) }
}

/** What the `number`th call of the builder at a phase takes, where nothing cuts it short. */
export function effort(world: World, phase: SimPhase, number: number): { minutes: number; tokens: number } {
  const random = randomOf(world.seed, 'effort', phase.id, number)
  return { minutes: random.between(4, 10), tokens: Math.round(random.between(40_000, 250_000)) }
}

/** The fault that hits a phase at that time and place, if one does. */
export function faultAt(world: World, phase: SimPhase, place: Fault['shows'], at: number): Fault | undefined {
  return world.faults.find((fault) => fault.shows === place && fault.from <= at && at < fault.until && fault.hits(phase))
}

/** What a builder left behind, or how it ended. */
export type Work =
  | { type: 'refused'; fault: Fault; minutes: number; tokens: 0 }
  | { type: 'timed-out'; minutes: number; tokens: number }
  | { type: 'done'; minutes: number; tokens: number; changed: boolean; doubled: Fault | undefined; withoutDeliverable: boolean; failingTest: texts.TestFailure | undefined }

/** Calls the builder. `before`: how many calls at this phase no fault disturbed. `number`: which call it is, from 1. */
export function callBuilder(world: World, phase: SimPhase, at: number, call: { before: number; number: number; timeoutMinutes: number }): Work {
  const refusing = faultAt(world, phase, 'builder', at)
  if (refusing) return { type: 'refused', fault: refusing, minutes: refusedMinutes, tokens: 0 }
  const { nature } = phase
  const own = nature.type === 'fails' || (nature.type === 'flaky' && call.before < nature.failures) ? nature : undefined
  const { minutes, tokens } = effort(world, phase, call.number)
  if (own?.kind === 'timeout') return { type: 'timed-out', minutes: call.timeoutMinutes, tokens }
  return {
    type: 'done', minutes, tokens, changed: own?.kind !== 'no-change', doubled: faultAt(world, phase, 'deliverables', at),
    withoutDeliverable: own?.kind === 'deliverable', failingTest: own?.kind === 'test' ? own.test : undefined,
  }
}

/** What is wrong with the deliverables, as the core words it. */
export function deliverableProblems(phase: SimPhase, work: Extract<Work, { type: 'done' }>): Problem[] {
  const problem = (path: string, code: string, what: string): Problem => ({ path, code, message: `deliverable ${path} ${what}` })
  if (work.doubled) return [problem(lockFile(phase), 'misplaced', `is missing, and the builder wrote ${phase.family}/${lockFile(phase)}`)]
  return work.withoutDeliverable ? [problem(sourceFile(phase), 'missing', 'is missing')] : []
}

export interface CheckOutput { exitCode: number; output: string; fault: Fault | undefined }
export type CheckName = 'tests' | 'build'

/** Runs a check: on the base, or on what the builder left. `args` may leave test files out. */
export function runCheck(world: World, phase: SimPhase, check: CheckName, at: number, on: { workspace: string; work?: Work; args?: readonly string[] }): CheckOutput {
  if (check === 'build') {
    const fault = faultAt(world, phase, 'build', at)
    return fault ? { exitCode: 1, output: texts.noBuildScript(), fault } : { exitCode: 0, output: texts.builtWell(), fault: undefined }
  }
  const { workspace } = on
  const built = on.work?.type === 'done' ? on.work : undefined
  const left = testFiles(phase).filter((file) => !on.args?.some((argument) => argument.endsWith(file)))
  for (const fault of world.faults) {
    if (fault.shows !== 'tests' || at < fault.from || at >= fault.until || !fault.hits(phase)) continue
    if (fault.id === 'full-disk') return { exitCode: 1, output: texts.diskFull(), fault }
    if (fault.id === 'import-crash' && left[0] !== undefined) return { exitCode: 2, output: texts.importCrash(workspace, left[0]), fault }
    const lacking = fault.file === undefined ? undefined : left.find((file) => file.endsWith(fault.file!))
    if (lacking !== undefined) return { exitCode: 2, output: texts.missingPackage(workspace, lacking, fault.module!), fault }
  }
  if (built?.failingTest) return { exitCode: 1, output: texts.failingTest(workspace, ownTest(phase), built.failingTest), fault: undefined }
  return { exitCode: 0, output: texts.passingTests(workspace, [...left, ...(built ? [ownTest(phase)] : [])]), fault: undefined }
}
