import type { PhaseSpec } from './plan.ts'
import type { ProcessRequest, ProcessResult } from './process.ts'
import type { Prices } from './prices.ts'
import type { Problem } from './failure.ts'
import type { Usage } from './usage.ts'

/** What a builder is given for one attempt. All paths are absolute. */
export interface BuildRequest {
  run: string
  phase: Pick<PhaseSpec, 'id' | 'goal' | 'kind'>
  attempt: number
  attemptId: string
  /** The prompt, as a file. */
  promptPath: string
  /** Root of the worktree. */
  workspace: string
  /** The project root inside the worktree: the working directory for the builder. */
  projectDir: string
  /** Folder of the attempt's artifacts; a builder may add files of its own. */
  attemptDir: string
  /** `builder.log` in the attempt's folder. */
  logPath: string
  /** For temporary files: to be made by a builder that wants it, and removed when it has ended. Its path is too long for a socket. */
  temporaryDir: string
  /** Folder of the config in the main checkout, for files that belong to the configuration (a folder of patches, say). Read only. */
  configDir: string
  /** The allow-listed environment with the AUTOPACK_* variables. */
  env: Readonly<Record<string, string>>
  /** Files that lie in the worktree as stubs, absolute: to be written over, or taken away. */
  stubs?: readonly string[]
  /** The conversation of the attempt before, where a builder of this name told of one: by `progress({ thread })`. Its edits are not in the worktree any more. */
  thread?: string
  /** Prices of the config, which go before those that Autopack knows. */
  prices?: Prices
  /** Wall-clock limit in milliseconds, already in force in `exec`. */
  timeoutMs: number
  signal: AbortSignal
  /** Runs a command under the limits, log, environment and process group of this attempt; what is given wins. */
  exec(request: Pick<ProcessRequest, 'command'> & Partial<ProcessRequest>): Promise<ProcessResult>
  /** Replaces `{run} {phase} {attempt} {prompt} {workspace}` in an argument list. */
  expand(argv: readonly string[]): string[]
  /** Waits on the clock of the drain: resolves after so many milliseconds, or at once when `signal` is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  /** The text, or every text in an object or list, with `[redacted]` in the place of secrets. To be asked before a text is cut: of half a secret nobody can tell that it is one. */
  redact<Value>(value: Value): Value
  /** Adds a line to the builder's log, without secrets: what a person wants to read there. */
  log(line: string): void
  /** Reports what is going on, for the live view and the budgets: usage is that of the whole attempt so far, and a builder that passes a budget is ended. */
  progress(event: BuildProgress): void
}

/** What a builder tells while it works. */
export interface BuildProgress {
  /** One line for the live view: what it does now. */
  line?: string
  usage?: Usage
  /** What names its conversation, so that a later attempt can go on with it. */
  thread?: string
}

/** How a builder ended. `done` says only that it ended by itself: the guard, the deliverables and the checks judge. `warnings`: sentences for the report of the attempt. */
export type BuildResult = { warnings?: readonly string[] } & BuildEnding

type BuildEnding =
  | { type: 'done'; argv: readonly string[]; usage: Usage; exitCode: number | null; tail: string; summary?: string }
  /** It reported an error, or exited with one. */
  | { type: 'error'; argv: readonly string[]; usage: Usage; exitCode: number | null; signal: string | null; tail: string; message: string; class?: string; problems?: Problem[] }
  /** A limit ended it. */
  | { type: 'timeout'; argv: readonly string[]; usage: Usage; limit: 'wall-clock' | 'idle'; tail: string }
  /** A stop signal ended it. */
  | { type: 'cancelled'; argv: readonly string[]; usage: Usage; tail: string }
  /** The account's limit is reached: not a failure. `resetsAt` in epoch milliseconds. */
  | { type: 'usage-limit'; argv: readonly string[]; usage: Usage; resetsAt?: number; message: string; tail: string }

/** What a builder is given to find out whether it can run. */
export interface AvailabilityContext {
  /** As the builder will have it. */
  env: Readonly<Record<string, string>>
  configDir: string
  /** Prices of the config. */
  prices?: Prices
}

export interface Builder {
  /** Unique within a project: `command`, `patch`, `claude`, or what a plugin calls it. */
  readonly name: string
  /**
   * Whose usage limit it works under, where several builders of one name work under several: those of one name and account pause together.
   * Default: one account for all of the name.
   */
  readonly account?: string
  /** Why it is this one, where Autopack chose it (`builder: 'auto'`): one sentence, told before the first attempt. */
  readonly chosen?: string
  /** Whether it can run here; called before anything is claimed. What is wrong is told before any token is spent. */
  available?(context: AvailabilityContext): Promise<{ ok: true; version?: string } | { ok: false; reason: string; fix: string }>
  /** Names or globs of environment variables that it needs beside the allow-listed ones. */
  readonly passEnvironment?: readonly string[]
  build(request: BuildRequest): Promise<BuildResult>
}
