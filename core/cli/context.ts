import { createStyle } from '../reporters/style.ts'
import type { Style } from '../reporters/style.ts'
import type { Runtime } from '../model/runtime.ts'

/** Where a command writes to. `write` never throws: a reader that went away (`| head`) is no error. */
export interface Output {
  write(text: string): void
  readonly isTTY: boolean
  /** Infinity where it is no terminal. */
  readonly columns: number
}

/** What the process gives the command line; a test gives its own. */
export interface CliIo {
  runtime: Runtime
  stdout: Output
  stderr: Output
  /** Standard input; opened by the call. */
  stdin(): AsyncIterable<Uint8Array>
  stdinIsTTY(): boolean
  /** Aborted when nobody reads stdout any more: what follows a log ends then. */
  closed: AbortSignal
  /** Asks on the terminal; undefined where there is nobody to answer. */
  ask: ((question: string) => Promise<string>) | undefined
  /** Nothing else runs in this process, so that its memory is ours to tidy. */
  ownsProcess?: true
  /** To be called by a supervisor that has loaded what it needs. */
  whenLoaded?: (() => void) | undefined
  /** Ends the process where it stands. */
  exitNow(exitCode: number): void
  /** A config in the place of what the file says. */
  configValue?: unknown
}

/** One call of the command line. */
export interface CliContext extends CliIo {
  /** With `cwd` moved by `-C`. */
  runtime: Runtime
  cwd: string
  /** `--config` as given, relative to `cwd`. */
  configFlag: string | undefined
  json: boolean
  debug: boolean
  style: Style
  /** What to type for another command: `autopack`, or `npx autopack`, which does not leave it on the PATH. */
  program: string
  /** Prints one line on stdout. */
  print(line: string): void
  /** Prints a value as JSON, on stdout. */
  printJson(value: unknown): void
}

/** Flags win over NO_COLOR, that over FORCE_COLOR, that over what the terminal is. */
export function wantsColor(options: { flag: boolean | undefined; env: Runtime['env']; isTTY: boolean }): boolean {
  if (options.flag !== undefined) return options.flag
  if (options.env['NO_COLOR']) return false
  const forced = options.env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return options.isTTY && options.env['TERM'] !== 'dumb'
}

export function createContext(io: CliIo, flags: { cwd: string; config: string | undefined; json: boolean; debug: boolean; color: boolean | undefined }): CliContext {
  const print = (line: string) => io.stdout.write(`${line}\n`)
  return {
    ...io,
    runtime: { ...io.runtime, cwd: flags.cwd },
    cwd: flags.cwd,
    configFlag: flags.config,
    json: flags.json,
    debug: flags.debug,
    style: createStyle(wantsColor({ flag: flags.color, env: io.runtime.env, isTTY: io.stdout.isTTY })),
    program: io.runtime.env['npm_command'] === 'exec' ? 'npx autopack' : 'autopack',
    print,
    printJson: (value) => print(JSON.stringify(value, undefined, 2)),
  }
}
