/** For a phase in which this program itself computes for so long, in milliseconds, and for such a part of the time, quicker code is worth its memory. */
const longMs = 500
const part = 0.1

interface Clocks { monotonic(): number; /** What this thread has computed so far, in milliseconds. */ computed(): number }

const computed = (): number => process.threadCpuUsage().user / 1000

/**
 * To be called at the end of each phase. Has V8's optimizing compilers work once they are worth it: `bin.ts` has switched them off. They take 14 MiB, and of what
 * a supervisor executes, most is executed a few hundred times an hour; but reports of a hundred thousand tests are read many times quicker with them.
 */
export function hotCodeWatcher(begin: () => void = optimize, { monotonic, computed: used }: Clocks = { monotonic: () => performance.now(), computed }): () => void {
  let last: { at: number; used: number } | undefined
  let begun = false
  return () => {
    if (begun) return
    const now = { at: monotonic(), used: used() }
    // The first one has loaded what phases need.
    begun = last !== undefined && now.used - last.used >= Math.max(longMs, part * (now.at - last.at))
    last = now
    if (begun) begin()
  }
}

function optimize(): void {
  const v8 = process.getBuiltinModule('node:v8')
  v8.setFlagsFromString('--opt')
  v8.setFlagsFromString('--maglev')
}
