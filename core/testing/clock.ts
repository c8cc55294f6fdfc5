import { parseDuration } from '../model/duration.ts'
import type { Duration } from '../model/duration.ts'
import type { Runtime } from '../model/runtime.ts'

/** The clock of a test's project: it runs as the machine's does, and a test may move it ahead. */
export interface TestClock {
  /** What it shows, in epoch milliseconds. */
  now(): number
  /**
   * Moves it ahead by `10m`, `90s` or a number of seconds: whoever sleeps until then wakes, and every time limit counts that time.
   * @throws Error when it is no duration.
   */
  advance(by: Duration): void
}

/** A clock that begins at `startsAt` (epoch milliseconds), with the part of a runtime that tells time. */
export function createTestClock(startsAt: number): { clock: TestClock; time: Pick<Runtime, 'now' | 'monotonic' | 'sleep'> } {
  const begun = performance.now()
  let ahead = 0
  const wakers = new Set<() => void>()
  const monotonic = () => performance.now() - begun + ahead
  const now = () => Math.floor(startsAt + monotonic())

  /** Until real time has passed, the clock is moved, or the signal aborts. */
  const pause = (milliseconds: number, signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer)
        wakers.delete(end)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, Math.min(milliseconds, longestTimer))
      wakers.add(end)
      signal?.addEventListener('abort', end, { once: true })
    })

  return {
    clock: {
      now,
      advance(by) {
        const milliseconds = parseDuration(by)
        if (milliseconds === undefined) throw new Error(`the clock cannot be moved by ${JSON.stringify(by)}: write "90s", "10m", or a number of seconds`)
        ahead += milliseconds
        for (const wake of Array.from(wakers)) wake()
      },
    },
    time: {
      now, monotonic,
      async sleep(milliseconds, signal) {
        const until = monotonic() + milliseconds
        while (!signal?.aborted && monotonic() < until) await pause(until - monotonic(), signal)
      },
    },
  }
}

/** The longest delay that a timer takes: a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1
