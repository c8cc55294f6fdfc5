import type { Emit } from '../model/events.ts'
import type { Runtime } from '../model/runtime.ts'
import type { StopRequest } from '../model/stop.ts'

export interface StopRequestsContext {
  runtime: Pick<Runtime, 'sleep'>
  emit: Emit
  /** The request that this drain has not seen yet, if there is one. */
  read(): Promise<StopRequest | undefined>
  /** Called once a request was honoured, or turned out to be about runs that this drain does not have. */
  consume(request: StopRequest): Promise<void>
  hasRun(run: string): boolean
  /** Ends the drain. */
  stopAll(): void
  /** Ends what is at work of a run, or of this phase only. */
  stopNamed(run: string, phase: string | undefined): void
  /** Looking for requests failed. */
  failed(error: Error): void
}

/** How often a request is looked for, in milliseconds: a stop reaches a drain within a second. */
const pollMs = 500

/** Looks for stop requests and remembers what was stopped by name: this drain alone leaves it alone, for who resumes the session wants it to go on. */
export class StopRequests {
  readonly #context: StopRequestsContext
  /** Runs, or phases as `run phase`, for a person. */
  readonly names = new Set<string>()

  constructor(context: StopRequestsContext) {
    this.#context = context
  }

  /** Looks until it is disposed. */
  poll(): AsyncDisposable {
    const { runtime, failed } = this.#context
    const over = new AbortController()
    const poll = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await runtime.sleep(pollMs, over.signal)
        if (!over.signal.aborted) await this.look()
      }
    }
    const polling = poll().catch(failed)
    return { async [Symbol.asyncDispose]() { over.abort(); await polling } }
  }

  /** Looks once. */
  async look(): Promise<void> {
    const asked = await this.#context.read()
    if (!asked) return
    if (asked.run === undefined) this.#context.stopAll()
    else if (this.#context.hasRun(asked.run)) this.#honour(asked.run, asked.phase)
    await this.#context.consume(asked)
  }

  #honour(run: string, phase: string | undefined): void {
    const name = phase === undefined ? run : `${run} ${phase}`
    this.names.add(name)
    this.#context.emit({ type: 'notice', level: 'warning', run, ...(phase !== undefined && { phase }), message: `autopack stop ${name}: it is left alone from here on` })
    this.#context.stopNamed(run, phase)
  }
}
