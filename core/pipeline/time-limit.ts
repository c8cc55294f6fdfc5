import { createContext, Script } from 'node:vm'
import type { Runtime } from '../model/runtime.ts'

/** How a call of someone else's code ended. */
export type LimitedOutcome =
  | { type: 'returned'; value: unknown }
  /** It threw, or its promise was rejected; `error` is whatever it threw. */
  | { type: 'threw'; error: unknown }
  /** `synchronous`: cut off in the middle of its work. `asynchronous`: its promise was left behind. */
  | { type: 'timed-out'; part: 'synchronous' | 'asynchronous' }
  /** The caller's signal came first. */
  | { type: 'cancelled' }

export interface LimitedCall {
  run(signal: AbortSignal): unknown
  /** Milliseconds, for the synchronous and the asynchronous part together. */
  timeoutMs: number
  /** Ends the wait; what runs sees it too. */
  signal?: AbortSignal | undefined
  /** Call the synchronous part plainly: it cannot be cut off then, and spares the thread that V8 starts for each call to do so. */
  brief?: boolean
  /** Told when a promise that was left behind is rejected after all. */
  onLateRejection?: (error: unknown) => void
}
export type LimitedRunner = (call: LimitedCall) => Promise<LimitedOutcome>

/**
 * Makes a runner of code that may throw, reject, hang or loop. Its outcome never rejects.
 *
 * V8 can be told from another thread to stop what it executes, a regular expression included; `node:vm` offers that as the
 * `timeout` of a script. So the synchronous part is called from within such a script. What a handler does synchronously after its
 * first `await` is out of that reach: it is called by the event loop.
 */
export function createLimitedRunner(runtime: Pick<Runtime, 'sleep' | 'monotonic'>): LimitedRunner {
  let cutOff: ((run: () => void, timeoutMs: number) => void) | undefined
  return async (call) => {
    if (call.signal?.aborted) return { type: 'cancelled' }
    if (!call.brief) cutOff ??= createCutOff()
    const controller = new AbortController()
    const signal = call.signal ? AbortSignal.any([call.signal, controller.signal]) : controller.signal
    const started = runtime.monotonic()
    // Set by the called code's own end; what was cut off sets neither, because a termination cannot be caught.
    let ended: { type: 'returned'; value: unknown } | { type: 'promised'; promise: PromiseLike<unknown> } | { type: 'threw'; error: unknown } | undefined
    const run = () => {
      try {
        const value = call.run(signal)
        ended = isThenable(value) ? { type: 'promised', promise: value } : { type: 'returned', value }
      } catch (error) {
        ended = { type: 'threw', error }
      }
    }
    try {
      if (call.brief) run()
      else cutOff!(run, call.timeoutMs)
    } catch (error) {
      // Mostly the time limit of the script; else there was no room left on the stack to call anything.
      if (!isTimeUp(error)) ended ??= { type: 'threw', error }
    }
    if (!ended) {
      controller.abort(new Error('time limit'))
      return { type: 'timed-out', part: 'synchronous' }
    }
    if (ended.type !== 'promised') return ended
    return settle(ended.promise, call, controller, Math.max(0, call.timeoutMs - (runtime.monotonic() - started)), runtime)
  }
}

/** Runs a synchronous function and ends it when its time is up. Returns what it returned. @throws what it threw, or `TimeUpError`. */
export function createSynchronousRunner(): <Value>(run: () => Value, timeoutMs: number) => Value {
  const cutOff = createCutOff()
  return <Value>(run: () => Value, timeoutMs: number): Value => {
    let ended: { value: Value } | { error: unknown } | undefined
    try {
      cutOff(() => {
        try {
          ended = { value: run() }
        } catch (error) {
          ended = { error }
        }
      }, timeoutMs)
    } catch (error) {
      if (!isTimeUp(error)) ended ??= { error }
    }
    // Assigned in the callback, which the compiler does not see.
    const outcome = ended as { value: Value } | { error: unknown } | undefined
    if (!outcome) throw new TimeUpError()
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }
}

export class TimeUpError extends Error {}

function createCutOff(): (run: () => void, timeoutMs: number) => void {
  const context = createContext({ run: undefined as (() => void) | undefined })
  const script = new Script('run()')
  return (run, timeoutMs) => {
    context.run = run
    try {
      script.runInContext(context, { timeout: Math.max(1, Math.ceil(timeoutMs)), displayErrors: false })
    } finally {
      context.run = undefined
    }
  }
}

const isTimeUp = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

async function settle(
  promise: PromiseLike<unknown>,
  call: LimitedCall,
  controller: AbortController,
  leftMs: number,
  runtime: Pick<Runtime, 'sleep'>,
): Promise<LimitedOutcome> {
  let left = false
  const own = Promise.resolve(promise).then(
    (result): LimitedOutcome => ({ type: 'returned', value: result }),
    (error: unknown): LimitedOutcome => {
      if (left) call.onLateRejection?.(error)
      return { type: 'threw', error }
    },
  )
  const over = new AbortController()
  const limit = runtime.sleep(leftMs, over.signal).then((): LimitedOutcome => ({ type: 'timed-out', part: 'asynchronous' }))
  const cancelled = new Promise<LimitedOutcome>((resolve) => {
    call.signal?.addEventListener('abort', () => resolve({ type: 'cancelled' }), { once: true, signal: over.signal })
    if (call.signal?.aborted) resolve({ type: 'cancelled' })
  })
  const outcome = await Promise.race([own, limit, cancelled])
  over.abort(null)
  left = outcome.type === 'timed-out' || outcome.type === 'cancelled'
  if (outcome.type === 'timed-out') controller.abort(new Error('time limit'))
  return outcome
}
