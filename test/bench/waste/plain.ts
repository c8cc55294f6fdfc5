import { classifyBuiltIn } from '../../../core/failure/index.ts'
import { failureSchema, type FailureInput } from '../../../core/model/failure.ts'
import { minute, type SimPhase } from './backlog.ts'
import { everyNight, type Ledger } from './ledger.ts'
import { revokedKey, usageLimit } from './texts.ts'
import { callBuilder, checkMinutes, deliverableProblems, runCheck, type World } from './world.ts'

interface PlainAttempt { until: number; failure: FailureInput | undefined }

/** A call of the builder and then the checks, as a script does it: without a baseline, on whatever is there. */
export function plainAttempt(world: World, ledger: Ledger, phase: SimPhase, at: number): PlainAttempt {
  const { calls, undisturbed } = ledger.history(phase)
  const work = callBuilder(world, phase, at, { before: undisturbed, number: calls + 1, timeoutMinutes: 15 })
  let until = at + work.minutes * minute
  const judged = ((): { fault?: Parameters<Ledger['note']>[0]['fault']; failure?: FailureInput } => {
    const failure = (stage: FailureInput['stage'], failureClass: string | undefined, message: string, more: Partial<FailureInput> = {}): FailureInput =>
      ({ stage, message, ...(failureClass !== undefined && { class: failureClass }), ...more })
    if (work.type === 'refused') {
      const output = work.fault.id === 'usage-limit' ? usageLimit() : revokedKey()
      return { fault: work.fault, failure: failure('build', work.fault.id === 'usage-limit' ? 'rate_limit' : 'auth', 'the builder was refused', { output }) }
    }
    if (work.type === 'timed-out') return { failure: failure('build', 'timeout', 'the builder did not end in time') }
    if (!work.changed) return { failure: failure('guard', 'builder_no_change', `builder ${phase.builder} ended without changing anything`) }
    const problems = deliverableProblems(phase, work)
    if (problems.length > 0) return { fault: work.doubled, failure: failure('deliverables', 'deliverables_validation_failed', problems[0]!.message, { problems }) }
    for (const check of ['tests', ...(phase.builds ? ['build' as const] : [])] as const) {
      until += checkMinutes * minute
      const { exitCode, output, fault } = runCheck(world, phase, check, until, { workspace: '/work', work })
      if (exitCode !== 0) return { fault, failure: failure('checks', undefined, `${check} fails`, { check, exitCode, output }) }
    }
    return {}
  })()
  ledger.note({ phase, called: true, tokens: work.tokens, complete: judged.failure === undefined, fault: judged.fault })
  return { until, failure: judged.failure }
}

/** So many phases a night, as many as a drain of ours takes by default. */
const phasesPerNight = 30

/**
 * A loop over the backlog, every night anew: what was never tried first, then what failed. Each phase is tried so many times in a row.
 * `repeatsPerRun`: so many attempts of a run with one fingerprint stop that run for the night, and no other.
 */
export async function loop(world: World, ledger: Ledger, rules: { attempts: number; repeatsPerRun?: number }): Promise<void> {
  const { parking } = ledger
  await everyNight(world, ledger, (start) => {
    let now = start
    let taken = 0
    const repeats = new Map<string, number>()
    const stopped = new Set<string>()
    const open = world.phases.filter((phase) => !ledger.history(phase).done && !ledger.history(phase).held)
    const tried = (phase: SimPhase): number => Number(ledger.history(phase).attempts > 0)
    const stop = (run: string): void => {
      stopped.add(run)
      parking.leaves(now, new Map(open.filter((phase) => stopped.has(phase.run) && !ledger.history(phase).done).map((phase) => [phase, [phase.run]])))
    }
    for (const phase of open.toSorted((left, right) => tried(left) - tried(right))) {
      if (taken >= phasesPerNight) break
      if (stopped.has(phase.run)) continue
      taken++
      for (let attempt = 0; attempt < rules.attempts && !stopped.has(phase.run); attempt++) {
        const { until, failure } = plainAttempt(world, ledger, phase, now)
        now = until
        if (!failure) break
        if (rules.repeatsPerRun === undefined) continue
        const key = `${phase.run} ${classifyBuiltIn(failureSchema.parse(failure), { workspace: '/work', projectRoot: '/work' }).fingerprint}`
        repeats.set(key, (repeats.get(key) ?? 0) + 1)
        if (repeats.get(key)! >= rules.repeatsPerRun) stop(phase.run)
      }
    }
    parking.rests(now)
    ledger.drained(start, now)
    return now
  })
}
