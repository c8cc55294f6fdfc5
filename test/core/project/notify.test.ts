import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NotifyTarget } from '../../../core/config/notify.ts'
import { createRunLayout } from '../../../core/layout/layout.ts'
import type { EventBody } from '../../../core/model/events.ts'
import { notificationSchema } from '../../../core/model/notification.ts'
import { createProcessRunner } from '../../../core/process/run.ts'
import { createRedactor } from '../../../core/process/redact.ts'
import { createNotifier } from '../../../core/project/notify.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { payloads } from '../../support/hook-payloads.ts'

const test = suite('notify')

const finished: EventBody = { type: 'drain-finished', report: { ...payloads.afterDrain.report, stop: { reason: 'stop_signal', detail: 'with the secret hunter2hunter2' } } }
const opened = (more: object = {}): EventBody => ({
  type: 'bucket-changed', fingerprint: 'v1-4ade75dd1c8d', state: 'open', class: 'missing_dependency', title: 'Python module praw is missing', blame: 'project', systemic: true, radius: 'the project', members: 3, ...more,
})

interface Bench { told: string[]; dir: string; tell(targets: NotifyTarget[], ...events: EventBody[]): Promise<void> }

/** Notifies on a clock on which a wait between two tries takes no time, and a time limit of 7 s is over at once. */
async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'autopack-notify-'))
  const redactor = createRedactor({ secrets: ['hunter2hunter2'] })
  const system = systemRuntime()
  const runtime = {
    ...system,
    sleep: (milliseconds: number, signal?: AbortSignal) => (milliseconds === 2_000 || milliseconds === 7_000 ? Promise.resolve() : new Promise<void>((resolve) => { signal?.addEventListener('abort', () => resolve()) })),
  }
  const told: string[] = []
  try {
    await use({
      told, dir,
      async tell(targets, ...events) {
        const engine = {
          config: { project: 'demo', configDir: dir, notify: targets } as never, layout: createRunLayout({ runsDir: path.join(dir, 'runs'), project: 'demo' }), runtime,
          exec: createProcessRunner({ runtime: system, redactor }), redactAll: redactor.redactAll,
          environment: () => ({ env: { PATH: process.env['PATH'] ?? '' }, withheld: [] }),
          emit: (event: EventBody) => void (event.type === 'notice' && told.push(event.message)),
        }
        const notifier = createNotifier(engine, 's')
        for (const event of events) notifier.event(event)
        await notifier.flush()
      },
    })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A server on the loopback that answers with these codes in turn; `undefined` never answers. */
async function withServer(codes: readonly (number | undefined)[], use: (url: string, received: { headers: IncomingMessage['headers']; body: string }[]) => Promise<void>): Promise<void> {
  const received: { headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() }).on('end', () => {
      const code = codes[Math.min(received.length, codes.length - 1)]
      received.push({ headers: request.headers, body })
      if (code !== undefined) response.writeHead(code, { location: '/elsewhere' }).end('and more')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/token-of-somebody`, received)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('a command gets the notification in a file, and an environment that is allow-listed', () => withBench(async ({ tell, told, dir }) => {
  const command = { shell: 'env | cut -d= -f1 | sort > env.txt; cat "$AUTOPACK_NOTIFICATION_FILE" > seen.json; echo "told of $AUTOPACK_EVENT"' }
  await tell([{ command }], finished)
  assert.equal(told, [])
  const seen = notificationSchema.parse(JSON.parse(readFileSync(path.join(dir, 'seen.json'), 'utf8')))
  assert.equal([seen.event, seen.project, seen.session, seen.text], ['drain-finished', 'demo', 's', 'demo: 1 complete; tokens unknown; stopped: stop_signal (with the secret [redacted])'])
  assert.not.match(JSON.stringify(seen), /hunter2/)
  assert.not.ok(readFileSync(path.join(dir, 'env.txt'), 'utf8').split('\n').includes('HOME'), 'nothing is inherited')
  assert.is(readFileSync(path.join(dir, 'runs/drain_sessions/s.notify.log'), 'utf8'), 'told of drain-finished\n')
}))

test('a command that fails, is missing or does not end is a notice', () => withBench(async ({ tell, told }) => {
  await tell([{ command: ['sh', '-c', 'exit 3'] }, { command: ['no-such-program'] }, { command: ['sh', '-c', 'exec sleep 60'], timeout: '0.05s' }], finished)
  assert.is(told.length, 3, told.join('\n'))
  assert.match(told[0]!, /^notify: sh was not told of drain-finished: it ended with exit code 3; see .*s\.notify\.log$/)
  assert.match(told[1]!, /^notify: no-such-program was not told of drain-finished: program not found/)
  assert.match(told[2]!, /did not end within 0\.05s/)
}))

test('a webhook gets JSON by POST, and of a systemic bucket that opened', () => withBench(({ tell, told }) => withServer([204], async (url, received) => {
  await tell([{ webhook: url, headers: { authorization: 'Bearer x' } }], opened({ state: 'half-open' }), opened({ systemic: false }), opened(), finished)
  assert.equal(told, [])
  const sent = received.map(({ body }) => notificationSchema.parse(JSON.parse(body)))
  assert.equal(sent.map((one) => one.event), ['bucket-opened', 'drain-finished'])
  assert.is(sent[0]!.text, 'demo: Python module praw is missing (missing_dependency, v1-4ade75dd1c8d) in 3 phases: the project is parked until a probe comes through')
  assert.equal([received[0]!.headers['content-type'], received[0]!.headers.authorization], ['application/json', 'Bearer x'])
})))

test('a webhook that fails is tried once more, and then is a notice without its address', () => withBench(async ({ tell, told }) => {
  await withServer([503, 200], async (url, received) => {
    await tell([{ webhook: url }], finished)
    assert.equal([told, received.length], [[], 2])
  })
  const notice = async (codes: (number | undefined)[], target: Partial<NotifyTarget> = {}) => {
    told.length = 0
    let tries = 0
    await withServer(codes, async (url, received) => {
      await tell([{ webhook: url, ...target }], finished)
      tries = received.length
    })
    assert.is(told.length, 1)
    assert.not.match(told[0]!, /token-of-somebody/)
    return [told[0]!.replace(/127\.0\.0\.1:\d+/, 'HOST'), tries]
  }
  assert.equal(await notice([500]), ['notify: the webhook at HOST was not told of drain-finished: answered 500, twice', 2])
  assert.equal(await notice([404]), ['notify: the webhook at HOST was not told of drain-finished: answered 404', 1])
  assert.equal(await notice([302]), ['notify: the webhook at HOST was not told of drain-finished: answered 302', 1])
  const [late] = await notice([undefined], { timeout: '7s' })
  assert.is(late, 'notify: the webhook at HOST was not told of drain-finished: did not answer within 7s, twice')
  told.length = 0
  await tell([{ webhook: 'http://127.0.0.1:1/token-of-somebody' }], finished)
  assert.match(told[0]!, /could not be reached: ECONNREFUSED, twice$|could not be reached: the request failed, twice$/)
}))

test('each target is told of what it asks for, and nobody of a drain that found nothing to do', () => withBench(({ tell }) => withServer([200], async (url, received) => {
  const nothing: EventBody = { type: 'drain-finished', report: { ...payloads.afterDrain.report, phases: [] } }
  await tell([{ webhook: url, on: ['bucket-opened'] }], finished)
  await tell([{ webhook: url }], nothing)
  await tell([], finished)
  assert.is(received.length, 0)
  await tell([{ webhook: url, on: ['drain-finished'] }], opened(), finished)
  assert.is(received.length, 1)
})))

test.run()
