/** What a program said that was asked for a moment. */
export interface Answer {
  /** Null where it did not end by itself, or could not be started. */
  exitCode: number | null
  stdout: string
  stderr: string
}

/** What one answer may hold, in bytes. */
const mostBytes = 1024 * 1024

/** Asks a program something small, such as its version: stdin is closed, and it is killed, with all it started, after `limitMs`. Never throws. */
export async function askProgram(file: string, args: readonly string[], { env, cwd, limitMs }: { env: Readonly<Record<string, string | undefined>>; cwd: string; limitMs: number }): Promise<Answer> {
  // Only where somebody asks: it is 131 modules.
  const { execa } = await import('execa')
  const { exitCode, failed, isTerminated, isMaxBuffer, stdout, stderr } = await execa(file, [...args], {
    env, extendEnv: false, cwd, stdin: 'ignore', timeout: limitMs, killSignal: 'SIGKILL', killDescendants: true, maxBuffer: mostBytes, reject: false, stripFinalNewline: false,
    // Who listens to Ctrl-C is this process, and not a handler that ends it by the signal.
    cleanup: false,
  })
  return { exitCode: failed && (isTerminated || isMaxBuffer || exitCode === undefined) ? null : exitCode!, stdout: String(stdout ?? ''), stderr: String(stderr ?? '') }
}
