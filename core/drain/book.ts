import type { Runtime } from '../model/runtime.ts'
import type { Results } from './results.ts'
import type { Session } from './session.ts'

/** How much time a crash may take from the record of a session, in milliseconds. */
const saveTimeMs = 30_000

/** Keeps a session's time and writes its record. Time goes to `activeMs`, or while nothing is at work for a pause, to `pausedMs`. */
export class Book {
  /** Nothing is at work, and the time goes by for a pause. */
  pausing = false
  readonly #runtime: Pick<Runtime, 'now' | 'monotonic'>
  readonly #results: Results
  readonly #write: (session: Session) => Promise<void>
  #clock: number
  #savedAt = 0

  constructor(runtime: Pick<Runtime, 'now' | 'monotonic'>, results: Results, write: (session: Session) => Promise<void>) {
    this.#runtime = runtime
    this.#results = results
    this.#write = write
    this.#clock = runtime.monotonic()
  }

  tick(): void {
    const now = this.#runtime.monotonic()
    const { counters } = this.#results
    const counter = this.pausing ? 'pausedMs' : 'activeMs'
    this.#results.counters = { ...counters, [counter]: counters[counter] + (now - this.#clock) }
    this.#clock = now
  }

  /** A phase may take long, and a crash within it must not give its time back. */
  async keepTime(): Promise<void> {
    if (this.#runtime.monotonic() - this.#savedAt < saveTimeMs) return
    this.tick()
    await this.save()
  }

  async save(): Promise<void> {
    this.#savedAt = this.#runtime.monotonic()
    const { session } = this.#results
    session.counters = this.#results.counters
    session.updatedAt = new Date(this.#runtime.now()).toISOString()
    await this.#write(session)
  }
}
