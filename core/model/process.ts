/** What to run: an argument list without a shell, or a shell line. */
export type ProcessCommand = readonly string[] | { shell: string }

export interface ProcessRequest {
  command: ProcessCommand
  /** Absolute. */
  cwd: string
  /** The whole environment of the child: nothing is inherited beside it. */
  env: Readonly<Record<string, string>>
  /** Absolute path of the log; stdout and stderr go there by descriptor. Appended to when it exists. */
  logPath: string
  /** A file that is the standard input, absolute; it is closed else. */
  stdinPath?: string
  /** Where stdout goes if not to `logPath` with stderr. */
  stdoutPath?: string
  /** Wall-clock limit in milliseconds. */
  timeoutMs?: number
  /** Ends the process when the log has not grown for this long, in milliseconds. */
  idleMs?: number
  /** Time between SIGTERM and SIGKILL, in milliseconds. Default 5000. */
  graceMs?: number
  /** Ends the process tree when aborted. */
  signal?: AbortSignal
  /** Called about once a second with the last line of the log, when it changed. */
  onLine?: (line: string) => void
  /** Called right after the spawn, before anything else: recovery needs both to be on record. `startTime` is opaque, comparable for equality only. */
  onSpawn?: (child: { pid: number; startTime: string }) => void | Promise<void>
  /** `AUTOPACK_ATTEMPT_ID` by which survivors of the tree are found. */
  marker?: string
}

export interface ProcessResult {
  /** `exit`: by itself. Else what ended it. `spawn-failed`: it never ran; `message` says why. */
  ended: 'exit' | 'timeout' | 'idle' | 'cancelled' | 'spawn-failed'
  exitCode: number | null
  signal: string | null
  durationMs: number
  logPath: string
  /** The last 50 lines, at most 64 KiB, redacted. */
  tail: string
  /** For `spawn-failed`: one line, with the fix. */
  message?: string
}

/** The one way in which Autopack runs a command. */
export type ProcessRunner = (request: ProcessRequest) => Promise<ProcessResult>
