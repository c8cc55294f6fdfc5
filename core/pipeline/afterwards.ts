/**
 * Work that nobody waits for where it arises: files for people, a folder that is needed in a moment. It is done, one thing after the other, once this
 * process has nothing to do but wait for a child or the disk, so that it takes no time of its own.
 */
export interface Afterwards {
  /** Resolves, or rejects, as the work does; what was added after it is done in either case. */
  add<Result>(work: () => Result | Promise<Result>): Promise<Result>
  /** Resolves when all that was added so far is done, however it went. */
  settled(): Promise<void>
}

export function createAfterwards(): Afterwards {
  let last: Promise<unknown> = Promise.resolve()
  return {
    add(work) {
      const done = last.then(() => new Promise(setImmediate)).then(work)
      // Whoever added it looks at it later; until then a rejection must not count as unhandled.
      last = done.catch(() => undefined)
      return done
    },
    settled: async () => void (await last),
  }
}
