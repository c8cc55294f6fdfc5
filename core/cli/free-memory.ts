/** So much may lie about, in bytes, before it is collected: some ten phases leave it behind. */
const leftover = 3 * 2 ** 20

/**
 * Collects what phases have left behind, once it is worth the while: some 20 ms. V8 would wait until there is twice as much as after start-up, for it
 * expects a process that is busy; a supervisor waits, for hours, with all that in its memory.
 */
export function memoryFreer(): () => void {
  const v8 = process.getBuiltinModule('node:v8')
  const held = (): number => {
    const { used_heap_size: heap, external_memory: external } = v8.getHeapStatistics()
    return heap + external
  }
  let collect: (() => void) | undefined
  let least = 0
  return () => {
    if (held() < least + leftover) return
    if (!collect) {
      v8.setFlagsFromString('--expose-gc')
      // The flag counts for contexts that are made after it was set.
      collect = process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void
    }
    collect()
    least = held()
  }
}
