import { systemRuntime } from '../../core/runtime.ts'
import type { Runtime } from '../../core/model/runtime.ts'

export interface MovingClock extends Runtime {
  /** Moves the clock and wakes who has slept long enough. */
  advance(milliseconds: number): void
}

/**
 * A runtime whose clock only the test moves. A sleep of `jump` milliseconds or more moves the clock by itself, for what waits for nothing else;
 * a shorter one ends when the clock is moved or its signal aborts.
 */
export function movingClock(options: { start?: number; jump?: number } = {}): MovingClock {
  let now = options.start ?? Date.UTC(2026, 0, 5, 9, 0, 0)
  const started = now
  const sleepers = new Set<{ until: number; wake: () => void }>()
  const clock: MovingClock = {
    ...systemRuntime(),
    now: () => now,
    monotonic: () => now - started,
    advance(milliseconds) {
      now += milliseconds
      for (const sleeper of Array.from(sleepers)) if (sleeper.until <= now) { sleepers.delete(sleeper); sleeper.wake() }
    },
    sleep(milliseconds, signal) {
      if (signal?.aborted) return Promise.resolve()
      if (milliseconds >= (options.jump ?? 1_000)) {
        // Whatever else is under way ends first, as it would in so much time: a wait that it ends moves nothing.
        return settled(signal).then(() => { if (!signal?.aborted) clock.advance(milliseconds) })
      }
      return new Promise((resolve) => {
        const sleeper = { until: now + milliseconds, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => { sleepers.delete(sleeper); resolve() }, { once: true })
      })
    },
  }
  return clock
}

async function settled(signal: AbortSignal | undefined): Promise<void> {
  for (let turn = 0; turn < 3 && !signal?.aborted; turn++) await new Promise((resolve) => void setImmediate(resolve))
}
