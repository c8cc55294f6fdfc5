/** Time, randomness and process environment, injected once so that a test can move the clock. */
export interface Runtime {
  /** Epoch milliseconds. */
  now(): number
  /** Milliseconds on a clock that never goes back. */
  monotonic(): number
  /** In [0, 1). */
  random(): number
  /** Random hexadecimal text of `bytes` bytes. */
  randomHex(bytes: number): string
  /** Resolves after that long, or at once when aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  /** How busy the machine is now. `load`: of the last minute, for each processor; 0 where the system does not tell. `freeMemory`: what this process may still take, in bytes. */
  machine(): { load: number; freeMemory: number }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly temporaryDir: string
  readonly platform: NodeJS.Platform
  readonly host: string
  readonly pid: number
}
