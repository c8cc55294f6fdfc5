import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatUserError } from '../../../core/errors.ts'
import type { Problem } from '../../../core/model/failure.ts'
import { createHooks } from '../../../core/pipeline/facade.ts'
import { hookNames, hookTable } from '../../../core/pipeline/hooks.ts'
import { createLimitedRunner, createSynchronousRunner, TimeUpError } from '../../../core/pipeline/time-limit.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { payloads } from '../../support/hook-payloads.ts'

const runLimited = createLimitedRunner(systemRuntime())
/** A clock on which every limit of an asynchronous part is over at once. */
const hurried = { monotonic: () => 0, sleep: async () => {} }
const cutOffMs = 50

const cases = suite('runs with a time limit')

for (const brief of [false, true]) cases(`what ends by itself is told apart${brief ? ', called plainly' : ''}: returned, resolved, threw, rejected`, async () => {
  const limits = { timeoutMs: 60_000, brief }
  assert.equal(await runLimited({ run: () => 1, ...limits }), { type: 'returned', value: 1 })
  assert.equal(await runLimited({ run: async () => 2, ...limits }), { type: 'returned', value: 2 })
  const thrown = new Error('three')
  assert.equal(await runLimited({ run: () => { throw thrown }, ...limits }), { type: 'threw', error: thrown })
  assert.equal(await runLimited({ run: () => Promise.reject(thrown), ...limits }), { type: 'threw', error: thrown })
  // oxlint-disable-next-line unicorn/no-thenable -- what a plugin returns may be one
  assert.equal(await runLimited({ run: () => ({ then: (resolve: (value: number) => void) => resolve(5) }), ...limits }), { type: 'returned', value: 5 })
  // oxlint-disable-next-line unicorn/no-thenable -- and reading it may throw
  const hostile = Object.defineProperty({}, 'then', { get: () => { throw thrown } })
  assert.equal(await runLimited({ run: () => hostile, ...limits }), { type: 'threw', error: thrown })
})

const endless: [string, () => unknown][] = [
  ['a loop', () => { for (;;); }],
  ['a loop that catches everything', () => { for (;;) try { for (;;); } catch { /* goes on */ } finally { for (;;); } }],
  ['a regular expression that backtracks', () => /^(a+)+$/.test(`${'a'.repeat(60)}b`)],
  ['a replacement that backtracks', () => `${'a'.repeat(60)}b`.replace(/^(a|a)*$/, '')],
  ['a loop before the first await', async () => { for (;;); }],
  ['a loop in a callback of a built-in', () => [2, 1].sort(() => { for (;;); })],
]
for (const [name, run] of endless) {
  cases(`cuts off ${name}`, async () => {
    let seen: AbortSignal | undefined
    assert.equal(await runLimited({ run: (signal) => { seen = signal; return run() }, timeoutMs: cutOffMs }), { type: 'timed-out', part: 'synchronous' })
    assert.is(seen!.aborted, true)
    assert.equal(await runLimited({ run: () => 'still alive', timeoutMs: 60_000 }), { type: 'returned', value: 'still alive' })
  })
}

cases('a limit inside a limit: the inner one is cut off, the outer one goes on', async () => {
  const outer = await runLimited({ run: async () => (await runLimited({ run: endless[0]![1], timeoutMs: cutOffMs })).type, timeoutMs: 60_000 })
  assert.equal(outer, { type: 'returned', value: 'timed-out' })
})

cases('leaves a promise behind that never settles, and aborts its signal', async () => {
  let seen: AbortSignal | undefined
  const hasty = createLimitedRunner(hurried)
  for (const brief of [false, true]) {
    assert.equal(await hasty({ run: (signal) => { seen = signal; return new Promise(() => {}) }, timeoutMs: 1000, brief }), { type: 'timed-out', part: 'asynchronous' })
    assert.is(seen!.aborted, true)
  }
})

cases('the synchronous part counts towards the limit of the whole', async () => {
  let clock = 0
  const slept: number[] = []
  const runner = createLimitedRunner({ monotonic: () => clock, sleep: async (milliseconds) => void slept.push(milliseconds) })
  await runner({ run: () => { clock += 400; return new Promise(() => {}) }, timeoutMs: 1000 })
  assert.equal(slept, [600])
})

cases('a rejection after the end is told and never unhandled', async () => {
  const unhandled: unknown[] = []
  const listener = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', listener)
  try {
    let reject!: (error: unknown) => void
    let late!: (error: unknown) => void
    const told = new Promise((resolve) => (late = resolve))
    const run = () => new Promise((_resolve, fail) => (reject = fail))
    assert.equal((await createLimitedRunner(hurried)({ run, timeoutMs: 1000, onLateRejection: late })).type, 'timed-out')
    reject('late')
    assert.is(await told, 'late')
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(unhandled, [])
  } finally {
    process.off('unhandledRejection', listener)
  }
})

cases('the signal of the caller ends the wait, and nothing runs when it came first', async () => {
  const controller = new AbortController()
  let seen: AbortSignal | undefined
  const waiting = runLimited({ run: (signal) => { seen = signal; return new Promise(() => {}) }, timeoutMs: 60_000, signal: controller.signal })
  controller.abort()
  assert.equal(await waiting, { type: 'cancelled' })
  assert.is(seen!.aborted, true)
  let ran = false
  assert.equal(await runLimited({ run: () => (ran = true), timeoutMs: 60_000, signal: controller.signal }), { type: 'cancelled' })
  assert.is(ran, false)
})

cases('a synchronous function is run in place: its value, its error, or the end of its time', () => {
  const runSynchronous = createSynchronousRunner()
  const thrown = new Error('boom')
  assert.is(runSynchronous(() => 5, 60_000), 5)
  assert.is(runSynchronous(() => undefined, 60_000), undefined)
  assert.throws(() => runSynchronous(() => { throw thrown }, 60_000), (error: unknown) => error === thrown)
  assert.throws(() => runSynchronous(() => { for (;;); }, cutOffMs), (error: unknown) => error instanceof TimeUpError)
})

cases.run()

const hooks = suite('time limits of hooks')

for (const hook of hookNames) {
  hooks(`${hook}: a tap that loops and a tap that never answers do what the table says`, async () => {
    const parts: [() => unknown, object, string][] = [
      [() => { for (;;); }, { timeoutMs: cutOffMs }, `plugin acme was cut off in hook ${hook} after 0.05 s without a pause`],
      [() => new Promise(() => {}), {}, `plugin acme did not end within ${hookTable[hook].timeoutMs / 1000} s in hook ${hook}`],
    ]
    for (const [handler, options, message] of parts) {
      let others = 0
      const made = createHooks({ runtime: hurried })
      made.tap('acme', hook, handler as never, options)
      made.tap('other', hook, () => void others++)
      const outcome = await made.call(hook, payloads[hook] as never)
      const problem = { code: 'plugin_error', message }
      if (hookTable[hook].onError === 'fails-phase') {
        if (outcome.type !== 'failed') throw new Error(outcome.type)
        assert.equal([outcome.problem, others], [problem, 0])
      } else {
        assert.equal([outcome, others], [{ type: 'passed', recorded: [problem] }, 1])
      }
    }
  })
}

hooks('the errors say what to look for', async () => {
  const text = async (handler: () => unknown, options: object) => {
    const made = createHooks({ runtime: hurried })
    made.tap('acme', 'beforePhase', handler as never, options)
    const outcome = await made.call('beforePhase', payloads.beforePhase)
    return outcome.type === 'failed' ? formatUserError(outcome.error) : outcome.type
  }
  assert.is(
    await text(() => { for (;;); }, { timeoutMs: cutOffMs }),
    'error[plugin-timed-out]: plugin acme was cut off in hook beforePhase after 0.05 s without a pause\n  fix: look for an endless loop, or a regular expression that backtracks without end',
  )
  assert.is(
    await text(() => new Promise(() => {}), { timeoutMs: 1500 }),
    'error[plugin-timed-out]: plugin acme did not end within 1.5 s in hook beforePhase\n  fix: end when the signal that the tap is given is aborted, or set a longer timeoutMs in the options of the tap',
  )
})

hooks('a classifier whose regular expression backtracks without end costs its limit, and the next one answers', async () => {
  const made = createHooks()
  made.tap('classifier:slow', 'classifyFailure', (event) => (/^(\w+\s?)*$/.test(`${event.failure.output} ${'word '.repeat(30)}!`) ? { class: 'slow' } : undefined), { timeoutMs: cutOffMs })
  made.tap('classifier:good', 'classifyFailure', (event) => (/state lock/.test(event.failure.output) ? { class: 'state_lock' } : undefined))
  assert.equal(await made.call('classifyFailure', payloads.classifyFailure), {
    type: 'answered',
    by: 'classifier:good',
    result: { class: 'state_lock' },
    recorded: [{ code: 'plugin_error', message: 'classifier slow was cut off in hook classifyFailure after 0.05 s without a pause' }],
  })
})

hooks('what a tap throws after its time is told as a problem', async () => {
  const told: Problem[] = []
  let reject!: (error: Error) => void
  const made = createHooks({ runtime: hurried, onProblem: (problem) => told.push(problem) })
  made.tap('acme', 'afterDrain', () => new Promise((_resolve, fail) => (reject = fail)))
  await made.call('afterDrain', payloads.afterDrain)
  reject(new Error('late'))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(told.map((problem) => problem.message), [
    'plugin acme did not end within 30 s in hook afterDrain',
    'plugin acme threw in hook afterDrain: late (after it had been given up)',
  ])
})

hooks('a cancelled call says so, and blames nobody', async () => {
  const controller = new AbortController()
  const made = createHooks()
  made.tap('acme', 'beforePhase', () => new Promise(() => {}))
  const waiting = made.call('beforePhase', payloads.beforePhase, { signal: controller.signal })
  controller.abort()
  assert.equal(await waiting, { type: 'cancelled', recorded: [] })
  assert.equal(await made.call('beforePhase', payloads.beforePhase, { signal: controller.signal }), { type: 'cancelled', recorded: [] })
})

hooks.run()
