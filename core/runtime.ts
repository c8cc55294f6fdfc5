import { availableParallelism, homedir, hostname, loadavg, tmpdir } from 'node:os'
import type { Runtime } from './model/runtime.ts'

/** The machine's own clock, randomness and environment: what everything but a test runs with. The environment is a copy, taken when called. */
export function systemRuntime(): Runtime {
  const env = { ...process.env }
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    // Not imported: it loads for a third as long as an empty Node takes to start, and most commands make no identifier.
    randomHex: (bytes) => process.getBuiltinModule('node:crypto').randomBytes(bytes).toString('hex'),
    sleep,
    machine: () => ({ load: loadavg()[0]! / availableParallelism(), freeMemory: process.availableMemory() }),
    env,
    cwd: process.cwd(),
    home: homedir(),
    temporaryDir: tmpdir(),
    platform: process.platform,
    host: hostname(),
    pid: process.pid,
  }
}

/** The longest delay that a timer takes: a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1

/** An abort is an early end, not an error: that of `node:timers/promises` makes one, with its stack, a dozen times in each phase. */
function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    let left = Math.max(0, milliseconds)
    let timer: NodeJS.Timeout
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const wait = (): void => {
      const part = Math.min(left, longestTimer)
      left -= part
      timer = setTimeout(left > 0 ? wait : end, part)
    }
    signal?.addEventListener('abort', end)
    wait()
  })
}
