/**
 * Stands in for `uvu` in a test file that `run.ts` runs: the same suites, told of to a listener.
 *
 * uvu itself keeps the failures of a suite until the suite ends, knows no name of a skipped test, and takes a suite
 * without `.run()` for no test at all; and a `before` that throws passes without a word. The listener hears of each, as it happens.
 */
import * as uvu from 'uvu'
import type { Callback, Test } from 'uvu'

export interface SuiteListener {
  made(suite: string): void
  ran(suite: string): void
  started(suite: string, test: string): void
  ended(suite: string, test: string, error?: unknown): void
  skipped(suite: string, test: string): void
  only(suite: string, test: string): void
  hookFailed(suite: string, hook: string, error: unknown): void
}

const key = Symbol.for('autopack.test.listener')
type Holder = { [key]?: SuiteListener }

/** Called once by the child process, before the test file is imported. */
export function listenToSuites(listener: SuiteListener): void {
  ;(globalThis as Holder)[key] = listener
}

export function suite<T>(name = '', state?: T): Test<T> {
  const listener = (globalThis as Holder)[key]
  const inner = uvu.suite<T>(name, state)
  if (!listener) return inner
  listener.made(name)
  const watched =
    (test: string, handler: Callback<T>): Callback<T> =>
    async (context) => {
      listener.started(name, test)
      try {
        await handler(context)
        listener.ended(name, test)
      } catch (error) {
        listener.ended(name, test, error)
        // uvu prints one error: what failed the test, and not what its project could not be cleaned up for afterwards.
        throw error instanceof SuppressedError ? error.suppressed : error
      }
    }
  const outer = ((test: string, handler: Callback<T>) => inner(test, watched(test, handler))) as Test<T>
  outer.only = (test, handler) => {
    listener.only(name, test)
    inner.only(test, watched(test, handler))
  }
  outer.skip = (test?: string) => {
    listener.skipped(name, test ?? '')
    inner.skip()
  }
  const hook = (add: (handler: Callback<T>) => void, kind: string) => (handler: Callback<T>) =>
    add(async (context) => {
      try {
        await handler(context)
      } catch (error) {
        listener.hookFailed(name, kind, error)
        throw error
      }
    })
  outer.before = Object.assign(hook(inner.before, 'before'), { each: hook(inner.before.each, 'before.each') })
  outer.after = Object.assign(hook(inner.after, 'after'), { each: hook(inner.after.each, 'after.each') })
  outer.run = () => {
    listener.ran(name)
    inner.run()
  }
  return outer
}

let shared: Test | undefined
/** uvu's unnamed suite, made when it is first used: a file that only imports it has made no suite. */
export const test: Test = new Proxy((() => {}) as unknown as Test, {
  apply: (_target, _self, args: Parameters<Test>) => (shared ??= suite())(...args),
  get: (_target, property) => Reflect.get((shared ??= suite()), property),
})

export const exec = uvu.exec
