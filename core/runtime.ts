import { randomBytes } from 'node:crypto'
import { homedir, hostname, tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Runtime } from './model/runtime.ts'

/** The machine's own clock, randomness and environment: what everything but a test runs with. The environment is a copy, taken when called. */
export function systemRuntime(): Runtime {
  const env = { ...process.env }
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    sleep,
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

async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let left = Math.max(0, milliseconds)
  do {
    if (signal?.aborted) return
    const part = Math.min(left, longestTimer)
    left -= part
    // An aborted delay rejects; here an abort is an early end, not an error.
    await delay(part, undefined, signal && { signal }).catch(() => undefined)
  } while (left > 0)
}
