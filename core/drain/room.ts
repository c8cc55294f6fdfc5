import type { DrainRules } from '../model/drain.ts'
import type { Emit } from '../model/events.ts'
import type { Runtime } from '../model/runtime.ts'

/** How often it is looked again, while nothing else ends. */
export const roomTurnMs = 5_000

/** Whether the machine has room for one phase more beside those at work. Says once in a drain of each bound that it holds phases back. */
export class Room {
  readonly #rules: Pick<DrainRules, 'maxLoad' | 'minFreeMemory'>
  readonly #runtime: Pick<Runtime, 'machine'>
  readonly #emit: Emit
  readonly #told = new Set<string>()

  constructor(rules: Pick<DrainRules, 'maxLoad' | 'minFreeMemory'>, runtime: Pick<Runtime, 'machine'>, emit: Emit) {
    this.#rules = rules
    this.#runtime = runtime
    this.#emit = emit
  }

  /** False too where nothing bounds it. */
  isFull(): boolean {
    const { maxLoad, minFreeMemory } = this.#rules
    if (maxLoad === undefined && minFreeMemory === undefined) return false
    const { load, freeMemory } = this.#runtime.machine()
    if (maxLoad !== undefined && load > maxLoad) return this.#tell('maxLoad', `a load of ${load.toFixed(2)} per processor, and maxLoad is ${maxLoad}`)
    if (minFreeMemory !== undefined && freeMemory < minFreeMemory) return this.#tell('minFreeMemory', `${megabytes(freeMemory)} of memory are free, and minFreeMemory is ${megabytes(minFreeMemory)}`)
    return false
  }

  #tell(rule: string, what: string): true {
    if (!this.#told.has(rule)) this.#emit({ type: 'notice', level: 'info', message: `${what}: no further phase is begun beside those at work until that is over` })
    this.#told.add(rule)
    return true
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`
