/** What a terminal, a supervisor or a closed window sends. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type StopSignal = (typeof stopSignals)[number]

/**
 * One Ctrl-C comes twice where a parent passes on what the terminal already sent to the whole group, as npm does:
 * what comes within this time is the same wish.
 */
const sameWishMs = 100

/**
 * Calls `onFirst` on the first SIGINT, SIGTERM or SIGHUP (stop after cleaning up) and `onSecond` on the next (stop at once); later ones do nothing.
 * Returns what takes the handlers away again.
 */
export function installStopSignals(options: {
  onFirst: (signal: StopSignal) => void
  onSecond: (signal: StopSignal) => void
  /** Milliseconds of a clock that never goes back: `runtime.monotonic`. */
  monotonic: () => number
}): () => void {
  let count = 0
  let latest = -Infinity
  const handler = (signal: StopSignal) => {
    const now = options.monotonic()
    if (now - latest < sameWishMs) return
    latest = now
    count += 1
    if (count === 1) options.onFirst(signal)
    if (count === 2) options.onSecond(signal)
  }
  for (const signal of stopSignals) process.on(signal, handler)
  return () => {
    for (const signal of stopSignals) process.off(signal, handler)
  }
}
