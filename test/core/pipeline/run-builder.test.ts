import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { builderAvailability, runBuilder } from '../../../core/pipeline/run-builder.ts'
import type { BuildRequest, Builder } from '../../../core/model/builder.ts'
import { movingClock } from '../../support/moving-clock.ts'

const test = suite('running the code of a builder')

const done = { type: 'done', argv: [], usage: 'unknown', exitCode: 0, tail: '' } as const
const builder = (build: () => unknown, available?: () => unknown) => ({ name: 'mine', build, ...(available && { available }) }) as unknown as Builder
const request = (signal = new AbortController().signal) => ({ timeoutMs: 60_000, signal, redact: (value: unknown) => value }) as BuildRequest
const never = () => new Promise(() => {})

test('what it returns is handed on as it is, with keys that we do not know', async () => {
  const result = { ...done, summary: 'all', more: 1 }
  assert.equal(await runBuilder(builder(async () => result), request(), movingClock()), { type: 'returned', result })
})

test('what throws, rejects or is no result is broken, in one sentence', async () => {
  const told = async (build: () => unknown) => {
    const outcome = await runBuilder(builder(build), request(), movingClock({ jump: Infinity }))
    return outcome.type === 'broken' ? outcome.message : outcome.type
  }
  assert.is(await told(() => { throw new Error('boom\nand more') }), 'builder mine threw: boom')
  assert.match(await told(() => undefined), /^builder mine returned undefined: /)
  assert.match(await told(async () => ({ ...done, type: 'finished' })), /^builder mine returned \{ type: 'finished', .*: type: /)
  assert.match(await told(async () => ({ ...done, usage: 5 })), /: usage: /)
})

test('one that never returns is given up after its limit and some time to clean up', async () => {
  const clock = movingClock()
  assert.equal(await runBuilder(builder(never), request(), clock), { type: 'hung' })
  assert.is(clock.monotonic(), 80_000)
})

test('a stop is waited for, and not for ever', async () => {
  const stop = new AbortController()
  const clock = movingClock({ jump: Infinity })
  const running = runBuilder(builder(never), request(stop.signal), clock)
  stop.abort()
  clock.advance(20_000)
  assert.equal(await running, { type: 'cancelled' })
  const cleaning = new AbortController()
  const polite = runBuilder(builder(async () => { cleaning.abort(); return { ...done, type: 'cancelled' } }), request(cleaning.signal), movingClock({ jump: Infinity }))
  assert.is((await polite).type, 'returned')
})

test('available: yes, no, and everything else is no', async () => {
  const told = async (available?: () => unknown) => {
    const found = await builderAvailability(builder(never, available), { env: {}, configDir: '/' }, movingClock())
    return found.type === 'available' ? `yes ${found.version ?? ''}` : found.error.message
  }
  assert.is(await told(), 'yes ')
  assert.is(await told(() => ({ ok: true, version: '2.1' })), 'yes 2.1')
  const no = 'the builder mine cannot run here: '
  assert.is(await told(() => ({ ok: false, reason: 'not today', fix: 'wait' })), `${no}not today`)
  assert.is(await told(() => { throw new Error('boom') }), `${no}its \`available\` threw: boom`)
  assert.is(await told(never), `${no}its \`available\` did not end within 30.0s`)
  assert.is(await told(() => 'yes'), `${no}its \`available\` returned 'yes': expected { ok: true } or { ok: false, reason, fix }`)
})

test.run()
