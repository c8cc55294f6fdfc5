import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { readResetTime } from '../failure/index.ts'
import type { BuildResult, Builder } from '../model/builder.ts'
import { parseDuration } from '../model/duration.ts'
import type { FailureInput } from '../model/failure.ts'
import type { ProcessResult } from '../model/process.ts'
import { unreachable } from '../model/unreachable.ts'
import { tell, type Attempt } from './attempt.ts'
import { overBudget, spentBefore, usedUp } from './budget.ts'
import { attemptEnvironment } from './environment.ts'
import { end, fail, next, type Step } from './ending.ts'
import { expander } from './expand.ts'
import { redactFiles } from './redact-files.ts'
import { runBuilder } from './run-builder.ts'
import type { Roots } from './paths.ts'
import { keepThread } from './thread.ts'

/** Wall-clock limit of the builder in milliseconds: the phase's own, else the rule's. */
const builderTimeout = (attempt: Attempt): number => {
  const { timeout } = attempt.claim.phase.spec
  return (timeout === undefined ? undefined : parseDuration(timeout)) ?? attempt.request.rules.phaseTimeoutSeconds * 1_000
}

const longestSummary = 16 * 1024

/** The same, or what is left of the drain's time where that is less. */
export function timeFor(attempt: Attempt): { timeoutMs: number; ofDrain: boolean } {
  const own = builderTimeout(attempt)
  const left = attempt.request.remaining.ms ?? Infinity
  return left < own ? { timeoutMs: Math.max(0, left), ofDrain: true } : { timeoutMs: own, ofDrain: false }
}

/** Lets the builder work. That it ended well says nothing yet: the guard, the deliverables and the checks judge. */
export async function build(attempt: Attempt, builder: Builder, roots: Roots, stubs: readonly string[]): Promise<Step<undefined>> {
  const { engine, claim, paths } = attempt
  const { rules } = attempt.request
  const spec = claim.phase.spec
  const before = await spentBefore(attempt)
  const spent = usedUp(before, attempt.request)
  if (spent !== undefined) return fail({ stage: 'build', class: 'budget_exhausted', message: spent }, false)
  const { env, withheld } = attemptEnvironment(attempt, roots, builder)
  attempt.withheld = withheld
  const budget = new AbortController()
  const signal = AbortSignal.any([attempt.signal, budget.signal])
  let overspent: string | undefined
  const { timeoutMs, ofDrain } = timeFor(attempt)
  const outOfTime = (): Step<undefined> => end({ type: 'interrupted', reason: `the time of the drain is over (maxTotalMinutes ${rules.maxTotalMinutes})` })
  if (timeoutMs === 0) return outOfTime()
  // An empty log is there from the start, so that `logs --follow` and a builder without output find one.
  appendFileSync(paths.builderLog, '')
  await engine.store.setBuilderReached(claim)
  attempt.builderReached = true
  const { thread } = attempt
  const outcome = await runBuilder(
    builder,
    {
      run: claim.run.id, phase: { id: spec.id, goal: spec.goal, kind: spec.kind }, attempt: claim.number, attemptId: claim.attemptId,
      promptPath: paths.prompt, workspace: roots.repositoryRoot, projectDir: roots.projectRoot, attemptDir: paths.dir, logPath: paths.builderLog, temporaryDir: paths.temporaryDir,
      configDir: engine.config.configDir, stubs, env, timeoutMs, signal, prices: engine.config.prices, ...(thread !== undefined && { thread }),
      exec: async (request): Promise<ProcessResult> => engine.exec({
        cwd: roots.projectRoot, env, logPath: paths.builderLog, timeoutMs, marker: claim.attemptId, signal,
        ...(rules.idleTimeoutSeconds !== undefined && { idleMs: rules.idleTimeoutSeconds * 1_000 }),
        onSpawn: (child) => engine.store.recordProcess(claim, child),
        onLine: (line) => tell(attempt, { type: 'progress', line }),
        ...request,
      }),
      expand: expander({ run: claim.run.id, phase: spec.id, attempt: String(claim.number), prompt: paths.prompt, workspace: roots.repositoryRoot }),
      sleep: (milliseconds, sleeping) => engine.runtime.sleep(milliseconds, sleeping),
      redact: (value) => engine.redactAll(value),
      log: (line) => appendFileSync(paths.builderLog, `${engine.redact(line)}\n`),
      progress: ({ thread: named, ...event }) => {
        if (named !== undefined) keepThread(attempt, builder, named)
        if (event.usage) {
          attempt.usage = event.usage
          attempt.request.spent?.(event.usage)
          overspent ??= overBudget(event.usage, before, attempt.request)
          if (overspent !== undefined) budget.abort(new Error(overspent))
        }
        if (event.usage || event.line !== undefined) tell(attempt, { type: 'progress', ...event })
      },
    },
    engine.runtime,
    engine.runLimited,
  )
  // Mostly it is not there, and then the thread pool need not be asked.
  if (existsSync(paths.temporaryDir)) await rm(paths.temporaryDir, { recursive: true, force: true })
  // Before anything of it is cut: for a title, or a summary.
  const result = outcome.type === 'returned' ? engine.redactAll(outcome.result) : undefined
  // What it says of its work, unless it wrote that itself; and never more than a person would read.
  const said = result?.type === 'done' ? result.summary?.trim().slice(0, longestSummary) : undefined
  if (said && !existsSync(paths.summary)) writeFileSync(paths.summary, `${said}\n`)
  // The builder wrote these itself; its log is redacted already.
  await redactFiles(engine, paths.dir, /\.jsonl$|^summary\.md$/)
  if (!result) {
    if (overspent !== undefined) return fail({ stage: 'build', class: 'budget_exhausted', message: overspent, logPath: paths.builderLog })
    if (outcome.type === 'cancelled' || attempt.signal.aborted) return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
    // What it says is all there is to go by.
    if (outcome.type === 'broken') return fail({ stage: 'build', class: 'builder_error', message: outcome.message, output: outcome.message, logPath: paths.builderLog })
    if (ofDrain) return outOfTime()
    return fail({ stage: 'build', class: 'timeout', message: `builder ${builder.name} did not end within ${Math.round(timeoutMs / 1_000)}s`, logPath: paths.builderLog })
  }
  attempt.warnings.push(...(result.warnings ?? []))
  attempt.usage = result.usage === 'unknown' ? attempt.usage : result.usage
  attempt.builder = { name: builder.name, argv: result.argv, exitCode: 'exitCode' in result ? result.exitCode : null, ended: result.type }
  overspent ??= result.usage === 'unknown' ? undefined : overBudget(result.usage, before, attempt.request)
  if (overspent !== undefined) return fail({ stage: 'build', class: 'budget_exhausted', message: overspent, command: [...result.argv], output: result.tail, logPath: paths.builderLog })
  // The phase is not to blame for that.
  if (ofDrain && result.type === 'timeout' && result.limit === 'wall-clock') return outOfTime()
  return stepOf(result, attempt, builder)
}

function stepOf(result: BuildResult, attempt: Attempt, builder: Builder): Step<undefined> {
  const failure = (extra: Partial<FailureInput> & { message: string }): FailureInput => ({
    stage: 'build', command: [...result.argv], output: result.tail, logPath: attempt.paths.builderLog, ...extra,
  })
  switch (result.type) {
    case 'done': return next(undefined)
    case 'error':
      return fail(failure({
        class: result.class ?? 'builder_error', message: result.message, exitCode: result.exitCode, signal: result.signal, problems: result.problems ?? [],
      }))
    case 'timeout': {
      const limit = Math.round(builderTimeout(attempt) / 1_000)
      return fail(failure({ class: 'timeout', message: result.limit === 'idle' ? `builder ${builder.name} printed nothing for too long` : `builder ${builder.name} did not end within ${limit}s` }))
    }
    case 'cancelled': return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
    case 'usage-limit': {
      const until = result.resetsAt ?? readResetTime(result.message, attempt.engine.runtime.now())
      return end({ type: 'usage-limit', reason: result.message, ...(until !== undefined && { until }) })
    }
    default: return unreachable(result)
  }
}

export function stopReason(signal: AbortSignal): string {
  const { reason } = signal
  return reason instanceof Error && reason.name !== 'AbortError' ? reason.message : 'stopped'
}
