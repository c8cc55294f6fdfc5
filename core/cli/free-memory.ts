import type { Emit } from '../model/events.ts'

/** So much may lie about, in bytes, before it is collected: some ten phases leave it behind. */
const leftover = 3 * 2 ** 20

/**
 * Collects what phases leave behind while git or a builder is waited for: what is young each time, in less than a millisecond, so that V8 does so less often
 * in between; all of it once it is worth the while, some 20 ms. V8 would wait with that until there is twice as much as after start-up, for it expects a
 * process that is busy; a supervisor waits, for hours, with all that in its memory.
 */
export function memoryFreer(): { free(): void; event: Emit } {
  const v8 = process.getBuiltinModule('node:v8')
  const held = (): number => {
    const { used_heap_size: heap, external_memory: external } = v8.getHeapStatistics()
    return heap + external
  }
  let collect: ((options?: { type: 'minor' }) => void) | undefined
  let least = 0
  const free = (): void => {
    if (!collect) {
      v8.setFlagsFromString('--expose-gc')
      // The flag counts for contexts that are made after it was set.
      collect = process.getBuiltinModule('node:vm').runInNewContext('gc') as NonNullable<typeof collect>
      // Compiled code is taken from a cache only under the flags that it was compiled under.
      v8.setFlagsFromString('--no-expose-gc')
    }
    if (held() < least + leftover) return collect({ type: 'minor' })
    collect()
    least = held()
  }
  // Once around the loop: by then the builder, or git, which looks at the worktree, has been started.
  return { free, event: (event) => void (event.type === 'stage-started' && (event.stage === 'build' || event.stage === 'workspace') && setImmediate(free)) }
}
