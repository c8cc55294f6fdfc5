import { isAbsolute, join } from 'node:path'
import { invalidBuilderOption } from '../errors.ts'
import { builderPaths } from '../layout/run-paths.ts'
import type { Builder, BuildRequest, BuildResult } from '../model/builder.ts'
import type { Command } from '../model/command.ts'
import type { Duration } from '../model/duration.ts'
import { parseDuration } from '../model/duration.ts'
import type { ProcessCommand } from '../model/process.ts'
import { findProgram } from './find-program.ts'
import { argvOf } from '../model/command-text.ts'
import { buildResultOf } from './result.ts'
import { usageFile, usageFileVariable, type UsageFile } from './usage-file.ts'

export interface CommandOptions {
  /**
   * What to run in the project root inside the worktree: an argument list, in which `{run} {phase} {attempt} {prompt} {workspace}` are
   * replaced, or `{ shell }` for a line of `sh`. A shell line is taken as it is: it reads `"$AUTOPACK_PHASE"` and the like, so that no
   * name of a phase is ever read as code.
   */
  run: Command
  /** Ends the command when it has printed nothing for this long. Default: no such limit. */
  idle?: Duration
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>
  /** Where the command writes its usage, when it does not use `AUTOPACK_USAGE_FILE`: absolute, or relative to the attempt's folder. */
  usageFile?: string
  /** `'none'`: it asks no model, so that its usage is known to be nothing. Default: what it tells, else unknown. */
  usage?: 'none'
  /** Whose usage limit it works under: commands of one account pause together when it is reached. Default: one account for all of them. */
  account?: string
}

/** Of a command that asks no model. */
const noUsage = { inputTokens: 0, outputTokens: 0, cost: 0 }

/**
 * A builder that runs any command. A non-zero exit is an error. Its usage is what it writes as JSON lines to the file that
 * `AUTOPACK_USAGE_FILE` names, else `'unknown'`; it is read while the command works, which is ended when it has passed a budget.
 * @throws UserError when an option is of no use.
 */
export function command(options: CommandOptions): Builder {
  const idleMs = idleLimit(options)
  checkRun(options.run)
  if (options.usage !== undefined && options.usage !== 'none') throw invalidBuilderOption('command', 'usage', options.usage, "write 'none' for a command that asks no model, or leave it out")
  if (options.account !== undefined && (typeof options.account !== 'string' || options.account === '')) throw invalidBuilderOption('command', 'account', options.account, 'write a name such as "work", or leave it out')
  return {
    name: 'command',
    ...(options.account !== undefined && { account: options.account }),
    async available(context) {
      const program = argvOf(options.run)[0]!
      // A program named by a placeholder is known only when a phase runs.
      if (/\{\w+\}/.test(program) || (await findProgram(program, context))) return { ok: true }
      return {
        ok: false,
        reason: `the program ${JSON.stringify(program)} of the command builder was not found ${program.includes('/') ? `in ${context.configDir}` : 'on PATH'}`,
        fix: program.includes('/') ? 'correct the path (relative to the config file) and make the file executable' : 'install it, or add its folder to PATH',
      }
    },
    build: (request) => build(options, idleMs, request),
  }
}

async function build(options: CommandOptions, idleMs: number | undefined, request: BuildRequest): Promise<BuildResult> {
  const run: ProcessCommand = 'shell' in options.run ? options.run : request.expand(options.run)
  const usagePath = usageFileOf(options, request)
  const file = usageFile(usagePath, request.prices)
  const ended = new AbortController()
  const following = options.usage === 'none' ? undefined : follow(file, request, ended.signal)
  // Thrown where it is waited for; until then a rejection must not count as unhandled.
  following?.catch(() => undefined)
  const result = await request.exec({
    command: run,
    env: { ...request.env, ...options.env, [usageFileVariable]: usagePath },
    ...(idleMs !== undefined && { idleMs }),
    onLine: (line) => request.progress({ line }),
  }).finally(() => ended.abort(null))
  await following
  const { usage, malformed } = options.usage === 'none' ? { usage: noUsage, malformed: [] } : await file.read(true)
  request.progress({ usage })
  return { ...buildResultOf(result, argvOf(run), usage), ...(malformed.length > 0 && { warnings: [malformedNote(usagePath, malformed)] }) }
}

/** How often the command's usage is looked at, in milliseconds: for so long it may spend more than its budget. */
const lookMs = 500

/** Tells what a command has spent that writes its usage while it works, for the budgets. */
async function follow(file: UsageFile, request: BuildRequest, ended: AbortSignal): Promise<void> {
  let told = ''
  for (;;) {
    await request.sleep(lookMs, ended)
    if (ended.aborted) return
    const { usage } = await file.read(false)
    if (usage === 'unknown' || JSON.stringify(usage) === told) continue
    told = JSON.stringify(usage)
    request.progress({ usage })
  }
}

function usageFileOf(options: CommandOptions, request: BuildRequest): string {
  if (options.usageFile !== undefined) return isAbsolute(options.usageFile) ? options.usageFile : join(request.attemptDir, options.usageFile)
  return request.env[usageFileVariable] ?? builderPaths(request.attemptDir).usage
}

function malformedNote(file: string, lines: readonly number[]): string {
  const named = lines.slice(0, 5).join(', ') + (lines.length > 5 ? ', …' : '')
  return `ignored ${lines.length} malformed ${lines.length === 1 ? 'line' : 'lines'} of usage (${file}: ${named})`
}

function idleLimit(options: CommandOptions): number | undefined {
  if (options.idle === undefined) return undefined
  const idleMs = parseDuration(options.idle)
  if (!idleMs) throw invalidBuilderOption('command', 'idle', options.idle, 'write a duration above zero such as "90s" or "10m", or a number of seconds')
  return idleMs
}

function checkRun(run: Command): void {
  const usable = Array.isArray(run) ? run.length > 0 && run.every((part) => typeof part === 'string') && run[0] !== '' : typeof run === 'object' && run !== null && typeof (run as { shell?: unknown }).shell === 'string'
  if (!usable) throw invalidBuilderOption('command', 'run', run, 'write an argument list such as ["node", "tools/build.mjs", "{phase}"], or { shell: "…" }')
}
