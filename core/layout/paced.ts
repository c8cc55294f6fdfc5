import type { Runtime } from '../model/runtime.ts'

/** Work that is asked for often and costs more the more there is, such as writing a record of everything so far. */
export interface Paced {
  /** Does it now, or leaves it for later when it would take more than its share of the time. */
  ask(): Promise<void>
  /** Does what was left. */
  flush(): Promise<void>
}

/** The work may take one part in so many of the time: so a thousand quick phases do not write a thousand times, and slow ones lose nothing. */
const share = 100

export function paced(runtime: Pick<Runtime, 'monotonic'>, work: () => Promise<void>): Paced {
  let notBefore = Number.NEGATIVE_INFINITY
  let left = false
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    left = false
    const start = runtime.monotonic()
    try {
      await work()
    } finally {
      const end = runtime.monotonic()
      notBefore = end + (end - start) * share
      running = undefined
    }
  }
  return {
    async ask() {
      // Never two at once: the older one might be written last.
      if (running || runtime.monotonic() < notBefore) left = true
      else await (running = run())
    },
    async flush() {
      await running
      if (left) await (running = run())
    },
  }
}
