import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemRuntime } from '../../core/runtime.ts'

const test = suite('systemRuntime')

test('time moves on, the monotonic clock never goes back', () => {
  const runtime = systemRuntime()
  assert.ok(Math.abs(runtime.now() - Date.now()) < 60_000)
  const first = runtime.monotonic()
  assert.ok(runtime.monotonic() >= first)
})

test('random values are in range and differ', () => {
  const runtime = systemRuntime()
  for (let index = 0; index < 100; index++) {
    const value = runtime.random()
    assert.ok(value >= 0 && value < 1)
  }
  assert.match(runtime.randomHex(8), /^[0-9a-f]{16}$/)
  assert.is.not(runtime.randomHex(8), runtime.randomHex(8))
})

test('the environment is a copy: later changes of the process do not show', () => {
  const runtime = systemRuntime()
  process.env['AUTOPACK_RUNTIME_TEST'] = '1'
  try {
    assert.is(runtime.env['AUTOPACK_RUNTIME_TEST'], undefined)
  } finally {
    delete process.env['AUTOPACK_RUNTIME_TEST']
  }
})

test('sleep resolves, and an abort ends even a sleep longer than a timer can hold', async () => {
  const runtime = systemRuntime()
  await runtime.sleep(0)
  await runtime.sleep(1e12, AbortSignal.abort())
  const controller = new AbortController()
  const sleeping = runtime.sleep(1e12, controller.signal)
  controller.abort()
  await sleeping
})

test.run()
