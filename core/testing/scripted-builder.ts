import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Builder, BuildRequest, BuildResult } from '../model/builder.ts'
import { parseDuration } from '../model/duration.ts'
import type { Duration } from '../model/duration.ts'
import { unreachable } from '../model/unreachable.ts'
import type { Usage } from '../model/usage.ts'
import type { TestClock } from './clock.ts'

/** What the scripted builder does in one attempt. */
export interface BuildStep {
  /**
   * Files to write, by their path relative to the project root; null takes one away. Default where the step ends well: each deliverable
   * of the phase, or `made.txt` where there are none. `{}` writes nothing.
   */
  write?: Readonly<Record<string, string | null>>
  /** What it prints: the output that a failure of the builder is classified by. */
  prints?: string
  /** How long it takes, on the project's clock. A step that takes longer than its phase may ends as a timeout and writes nothing. */
  takes?: Duration
  /** Tokens and cost. Default: unknown. */
  usage?: Usage
  /** How it ends. Default: it is done. */
  ends?: BuildEnd
}

export type BuildEnd =
  | { type: 'done'; summary?: string }
  | { type: 'error'; message: string; exitCode?: number }
  /** The account's limit is reached, for so long. */
  | { type: 'usage-limit'; message?: string; resetsAfter?: Duration }

/** One attempt: a step, or a function that may look at the request and the worktree first; one that returns nothing has done everything itself. */
export type BuildAttempt = BuildStep | ((request: BuildRequest) => BuildStep | void | Promise<BuildStep | void>)

/** What is built for a phase: the same in each attempt, or a list with one entry per attempt, the last of which stands for all that follow. */
export type BuildScript = BuildAttempt | readonly BuildAttempt[]

interface Scripts {
  scripts: Readonly<Record<string, BuildScript>>
  /** What is written where a step does not say. */
  usualFiles(request: BuildRequest): Readonly<Record<string, string>>
  clock: TestClock
}

/** A builder that does what a test wrote down for each phase, in this process. */
export function scriptedBuilder(options: Scripts): Builder {
  const attempts = new Map<string, number>()
  return {
    name: 'scripted',
    async build(request) {
      const { id } = request.phase
      const key = JSON.stringify([request.run, id])
      const count = attempts.get(key) ?? 0
      attempts.set(key, count + 1)
      const script = [options.scripts[id] ?? {}].flat()
      const attempt = script[Math.min(count, script.length - 1)] ?? {}
      const step = typeof attempt === 'function' ? ((await attempt(request)) ?? { write: {} }) : attempt
      return await perform(step, request, options)
    },
  }
}

async function perform(step: BuildStep, request: BuildRequest, { clock, usualFiles }: Scripts): Promise<BuildResult> {
  const tail = step.prints ?? ''
  const common = { argv: ['scripted', request.phase.id], usage: step.usage ?? ('unknown' as const), tail }
  await writeFile(request.logPath, tail)
  const takesMs = parseDuration(step.takes ?? 0)
  if (takesMs === undefined) throw new Error(`a step cannot take ${JSON.stringify(step.takes)}: write "90s", "10m", or a number of seconds`)
  if (takesMs >= request.timeoutMs) {
    clock.advance(request.timeoutMs / 1_000)
    return { ...common, type: 'timeout', limit: 'wall-clock' }
  }
  if (takesMs > 0) clock.advance(takesMs / 1_000)
  if (request.signal.aborted) return { ...common, type: 'cancelled' }
  if (step.usage !== undefined) request.progress({ usage: step.usage })
  const ends: BuildEnd = step.ends ?? { type: 'done' }
  const files: BuildStep['write'] = step.write ?? (ends.type === 'done' ? usualFiles(request) : {})
  for (const [name, text] of Object.entries(files)) await writeOne(path.join(request.projectDir, name), text)
  switch (ends.type) {
    case 'done': return { ...common, type: 'done', exitCode: 0, ...(ends.summary !== undefined && { summary: ends.summary }) }
    case 'error': return { ...common, type: 'error', exitCode: ends.exitCode ?? 1, signal: null, message: ends.message }
    case 'usage-limit': {
      const resetMs = ends.resetsAfter === undefined ? undefined : parseDuration(ends.resetsAfter)
      return { ...common, type: 'usage-limit', message: ends.message ?? 'the usage limit is reached', ...(resetMs !== undefined && { resetsAt: clock.now() + resetMs }) }
    }
    default: return unreachable(ends)
  }
}

async function writeOne(file: string, text: string | null): Promise<void> {
  if (text === null) return await rm(file, { recursive: true, force: true })
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, text)
}
