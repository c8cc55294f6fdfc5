import type { PhaseSpec } from './plan.ts'
import type { ProcessRequest, ProcessResult } from './process.ts'
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
  /** Folder of the config in the main checkout, for files that belong to the configuration (a folder of patches, say). Read only. */
  configDir: string
  /** The allow-listed environment with the AUTOPACK_* variables. */
  env: Readonly<Record<string, string>>
  /** Files that lie in the worktree as stubs, absolute: to be written over, or taken away. */
  stubs?: readonly string[]
  /** Wall-clock limit in milliseconds, already in force in `exec`. */
  timeoutMs: number
  signal: AbortSignal
  /** Runs a command under the limits, log, environment and process group of this attempt; what is given wins. */
  exec(request: Pick<ProcessRequest, 'command'> & Partial<ProcessRequest>): Promise<ProcessResult>
  /** Replaces `{run} {phase} {attempt} {prompt} {workspace}` in an argument list. */
  expand(argv: readonly string[]): string[]
  /** Waits on the clock of the drain: resolves after so many milliseconds, or at once when `signal` is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  /** Reports what is going on, for the live view and the budgets: usage is that of the whole attempt so far, and a builder that passes a budget is ended. */
  progress(event: { line?: string; usage?: Usage }): void
}

/** How a builder ended. `done` says only that it ended by itself: the guard, the deliverables and the checks judge. */
export type BuildResult =
  | { type: 'done'; argv: readonly string[]; usage: Usage; exitCode: number | null; tail: string; summary?: string }
  /** It reported an error, or exited with one. */
  | { type: 'error'; argv: readonly string[]; usage: Usage; exitCode: number | null; signal: string | null; tail: string; message: string; class?: string; problems?: Problem[] }
  /** A limit ended it. */
  | { type: 'timeout'; argv: readonly string[]; usage: Usage; limit: 'wall-clock' | 'idle'; tail: string }
  /** A stop signal ended it. */
  | { type: 'cancelled'; argv: readonly string[]; usage: Usage; tail: string }
  /** The account's limit is reached: not a failure. `resetsAt` in epoch milliseconds. */
  | { type: 'usage-limit'; argv: readonly string[]; usage: Usage; resetsAt?: number; message: string; tail: string }

export interface Builder {
  /** Unique within a project: `command`, `patch`, `claude`, or what a plugin calls it. */
  readonly name: string
  /**
   * Whose usage limit it works under, where several builders of one name work under several: those of one name and account pause together.
   * Default: one account for all of the name.
   */
  readonly account?: string
  /** Whether it can run here; called before anything is claimed. */
  available?(context: { env: Readonly<Record<string, string>>; configDir: string }): Promise<{ ok: true; version?: string } | { ok: false; reason: string; fix: string }>
  /** Names or globs of environment variables that it needs beside the allow-listed ones. */
  readonly passEnvironment?: readonly string[]
  build(request: BuildRequest): Promise<BuildResult>
}
