import { appendFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { planSchemaVariable } from '../../builders/agent.ts'
import { draftFailedError, draftLimitError, draftStoppedError, type UserError } from '../../errors.ts'
import { readResetTime } from '../../failure/index.ts'
import type { AttemptPaths } from '../../layout/run-paths.ts'
import type { Builder } from '../../model/builder.ts'
import { unreachable } from '../../model/unreachable.ts'
import { addUsage, type Usage } from '../../model/usage.ts'
import { overBudget } from '../../pipeline/budget.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { namesOfAttempt } from '../../pipeline/environment.ts'
import { expander } from '../../pipeline/expand.ts'
import { redactFiles } from '../../pipeline/redact-files.ts'
import { runBuilder } from '../../pipeline/run-builder.ts'
import { nothing } from '../../telemetry/spending.ts'
import type { Workspace } from '../../workspace/workspace.ts'

export interface Round {
  id: string
  /** From 1. */
  number: number
  builder: Builder
  workspace: Workspace
  paths: AttemptPaths
  /** Absolute. */
  draftFile: string
  schemaFile: string
  thread: string | undefined
  /** By the rounds before; undefined in the first. */
  spent: Usage | undefined
  signal: AbortSignal
}

export interface Drafted {
  /** What it said in the end: a builder that writes no files hands its draft back in it. */
  said: string | undefined
  usage: Usage
  thread: string | undefined
}

/** Lets the builder draft, under the limits of an attempt; all rounds together have its tokens and cost. Throws a UserError where it does not end by itself. */
export async function buildDraft(engine: Engine, round: Round): Promise<Drafted> {
  const { builder, workspace, paths, number } = round
  const { config, runtime } = engine
  const rules = config.drain
  const timeoutMs = rules.phaseTimeoutSeconds * 1_000
  const attemptId = `${round.id}-${number}`
  const named = { run: round.id, phase: 'plan', attempt: number, attemptId }
  const env = { ...engine.environment(builder).env, ...namesOfAttempt(named, paths, workspace.path), AUTOPACK_DRAFT_FILE: round.draftFile, [planSchemaVariable]: round.schemaFile }
  const budget = new AbortController()
  const signal = AbortSignal.any([round.signal, budget.signal])
  let overspent: string | undefined
  let usage: Usage = 'unknown'
  let thread = round.thread
  appendFileSync(paths.builderLog, '')
  const outcome = await runBuilder(builder, {
    ...named, phase: { id: 'plan', goal: 'Draft a plan', kind: 'research' },
    promptPath: paths.prompt, workspace: workspace.path, projectDir: workspace.projectDir, attemptDir: paths.dir, logPath: paths.builderLog, temporaryDir: paths.temporaryDir, configDir: config.configDir,
    env, timeoutMs, signal, prices: config.prices, ...(thread !== undefined && { thread }),
    exec: (request) => engine.exec({
      cwd: workspace.projectDir, env, logPath: paths.builderLog, timeoutMs, marker: attemptId, signal, ...(rules.idleTimeoutSeconds !== undefined && { idleMs: rules.idleTimeoutSeconds * 1_000 }), ...request,
    }),
    expand: expander({ run: named.run, phase: named.phase, attempt: String(number), prompt: paths.prompt, workspace: workspace.path }),
    sleep: (milliseconds, sleeping) => runtime.sleep(milliseconds, sleeping),
    redact: (value) => engine.redactAll(value),
    log: (line) => appendFileSync(paths.builderLog, `${engine.redact(line)}\n`),
    progress(event) {
      thread = event.thread ?? thread
      if (!event.usage) return
      usage = event.usage
      overspent ??= overBudget(addUsage(round.spent, usage), nothing, { rules, remaining: { tokens: Infinity, cost: Infinity } })
      if (overspent !== undefined) budget.abort(new Error(overspent))
    },
  }, runtime, engine.runLimited)
  await rm(paths.temporaryDir, { recursive: true, force: true })
  await redactFiles(engine, paths.dir, /\.jsonl$|^summary\.md$/)
  const failed = (problem: string): UserError => draftFailedError(builder.name, engine.redact(problem), paths.builderLog)
  if (round.signal.aborted) throw draftStoppedError()
  if (overspent !== undefined) throw failed(overspent)
  if (outcome.type === 'broken') throw failed(outcome.message)
  if (outcome.type !== 'returned') throw failed(`it did not end within ${rules.phaseTimeoutSeconds}s`)
  const { result } = outcome
  switch (result.type) {
    case 'done': return { said: result.summary, usage: result.usage === 'unknown' ? usage : result.usage, thread }
    case 'error': throw failed(result.message)
    case 'timeout': throw failed(result.limit === 'idle' ? 'it printed nothing for too long' : `it did not end within ${rules.phaseTimeoutSeconds}s`)
    case 'cancelled': throw draftStoppedError()
    case 'usage-limit': {
      const until = result.resetsAt ?? readResetTime(result.message, runtime.now())
      throw draftLimitError(builder.name, engine.redact(result.message), until === undefined ? undefined : new Date(until).toISOString())
    }
    default: return unreachable(result)
  }
}

/** Undefined of none. */
export const sumOf = (rounds: readonly Drafted[]): Usage | undefined => rounds.reduce<Usage | undefined>((sum, round) => addUsage(sum, round.usage), undefined)
