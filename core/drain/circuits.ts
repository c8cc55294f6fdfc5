import type { BacklogPhase } from './backlog.ts'
import { pausedBuilders, pausedText, type BuilderCircuit } from '../model/circuit.ts'
import type { Emit } from '../model/events.ts'
import type { PausedBuilder } from '../model/paused-builder.ts'
import type { Runtime } from '../model/runtime.ts'
import type { Store } from '../store/store.ts'

export interface CircuitsOptions {
  store: Pick<Store, 'circuits'>
  runtime: Pick<Runtime, 'now'>
  emit: Emit
  /** The circuit of a phase's builder; undefined where it needs none. */
  circuitOf(phase: BacklogPhase): string | undefined
}

/** What is at work, since when (epoch milliseconds). */
interface AtWork { phase: BacklogPhase; startedAt: number }

/** The builder accounts at their usage limit, as a drain knows them: read from the store, where whoever meets a limit puts it. */
export class Circuits {
  readonly #options: CircuitsOptions
  #known: readonly BuilderCircuit[] = []

  constructor(options: CircuitsOptions) {
    this.#options = options
  }

  /** Whether any builder is paused, or waits to be asked again: then the end of each attempt may change it. */
  get any(): boolean { return this.#known.length > 0 }

  /** Reads them again, and tells what changed. */
  async refresh(): Promise<void> {
    const { store, emit } = this.#options
    const before = this.#known
    this.#known = await store.circuits()
    const news = this.#known.filter((circuit) => before.find((one) => one.builder === circuit.builder)?.at !== circuit.at)
    for (const paused of pausedBuilders(news, this.#now())) emit({ type: 'notice', level: 'warning', message: `${pausedText(paused)}; nothing is charged, and other builders go on` })
    for (const { builder } of before)
      if (!this.#known.some((one) => one.builder === builder)) emit({ type: 'notice', level: 'info', message: `builder ${builder} answers again` })
  }

  /** Until when (epoch milliseconds) nothing is asked of the builder of a phase, if it is paused. */
  pausedUntil(phase: BacklogPhase): number | undefined {
    return this.any ? this.#of(phase)?.until : undefined
  }

  /** After a pause one phase goes first: whether this one has to wait for it. */
  waits(phase: BacklogPhase, active: Iterable<AtWork>): boolean {
    const circuit = this.any ? this.#of(phase) : undefined
    if (!circuit) return false
    for (const one of active) if (one.startedAt > circuit.at && this.#options.circuitOf(one.phase) === circuit.builder) return true
    return false
  }

  /** Why nothing is asked of the builder of a phase, if it is paused. */
  reason(phase: BacklogPhase): string | undefined {
    const circuit = this.any ? this.#of(phase) : undefined
    const [paused] = pausedBuilders(circuit ? [circuit] : [], this.#now())
    return paused && pausedText(paused)
  }

  /** The one that is over at this time. */
  endingAt(until: number): (PausedBuilder & { probed: boolean }) | undefined {
    const circuit = this.#known.find((one) => one.until === until)
    const [paused] = pausedBuilders(circuit ? [circuit] : [], this.#now())
    return paused && { ...paused, probed: circuit?.probe !== undefined }
  }

  /** Those that are paused now. */
  paused(): PausedBuilder[] {
    return pausedBuilders(this.#known, this.#now())
  }

  #of(phase: BacklogPhase): BuilderCircuit | undefined {
    const name = this.#options.circuitOf(phase)
    return this.#known.find((circuit) => circuit.builder === name)
  }

  #now(): number { return this.#options.runtime.now() }
}
