import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Session } from '../../../core/drain/index.ts'
import { writeJson } from '../../../core/layout/atomic.ts'
import { createRunLayout, type RunLayout } from '../../../core/layout/layout.ts'
import { drainDefaults } from '../../../core/model/drain.ts'
import type { StopRequest } from '../../../core/model/stop.ts'
import { openSession, type SessionFiles } from '../../../core/project/session-files.ts'
import { createStopSignal, type StopSignal } from '../../../core/project/stop-signal.ts'
import { openStore } from '../../../core/store/open.ts'
import type { Store } from '../../../core/store/store.ts'
import { movingClock, type MovingClock } from '../../support/moving-clock.ts'

const test = suite('stop signal')

interface Rig {
  store: Store
  layout: RunLayout
  clock: MovingClock
  notices: string[]
  /** A drain that begins now. */
  begin(project?: string): Promise<StopSignal & { end(): Promise<void> }>
  /** As `autopack stop` asks. */
  ask(request: Partial<StopRequest>, by?: 'store' | 'file'): Promise<StopRequest>
  /** What is left in the runs directory of it. */
  left(): Promise<[stored: number, files: string[]]>
}

async function withRig(use: (rig: Rig) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'autopack-stop-'))
  const clock = movingClock()
  const layout = createRunLayout({ runsDir: dir, project: 'p' })
  const store = await openStore({ layout, configDir: dir, project: 'p', runtime: clock, isAlive: () => true, create: true, synchronous: 'NORMAL' })
  const opened: SessionFiles[] = []
  const notices: string[] = []
  const emit = (event: { type: string; message?: string }) => void (event.message !== undefined && notices.push(event.message))
  try {
    await use({
      store, layout, clock, notices,
      async begin(project = 'p') {
        clock.advance(1_000)
        const since = clock.now()
        const session = await openSession({ store, layout, runtime: clock, emit, owner: { host: 'h', pid: clock.pid, startTime: String(opened.length) }, since, resumed: undefined })
        opened.push(session)
        const record: Session = { version: 1, id: session.id, project, command: 'drain', runs: [], rules: drainDefaults, startedAt: '', updatedAt: '', counters: { executed: 0, tokens: 0, cost: 0, unknownUsage: 0, unpriced: 0, zeroYield: 0, timeoutsByRun: {}, activeMs: 0, pausedMs: 0 }, excluded: [], failedHere: [], outcomes: [] }
        await session.save(record)
        const signal = createStopSignal({ layout, store, session, project, pid: clock.pid + opened.length, since, emit, isAlive: () => true })
        return { ...signal, end: () => session.save({ ...record, endedAt: new Date(clock.now()).toISOString() }) }
      },
      async ask(given, by) {
        clock.advance(1)
        const request = { project: 'p', at: new Date(clock.now()).toISOString(), by: 'me', ...given }
        if (by !== 'file') await store.requestStop(request)
        if (by !== 'store') await writeJson(layout.stopSignal, request)
        return request
      },
      left: async () => [(await store.stopRequests()).length, (await readdir(dir)).filter((name) => name.startsWith('.stop'))],
    })
  } finally {
    for (const session of opened) await session.flush()
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

const gone: [number, string[]] = [0, []]

test('two stops at once are both seen, although the file holds the later one only', () => withRig(async ({ begin, ask, left }) => {
  const drain = await begin()
  const at = new Date(Date.UTC(2026, 0, 6)).toISOString()
  const [first, second] = [await ask({ run: 'run-1', at }), await ask({ run: 'run-10', at })]
  for (const request of [first, second]) {
    assert.equal(await drain.read(), request)
    await drain.consume(request)
  }
  assert.is(await drain.read(), undefined)
  assert.equal(await left(), gone)
}))

test('a stop that takes the place of one that is being removed is seen too, from the file alone as well', () => withRig(async ({ begin, ask, layout, left }) => {
  const drain = await begin()
  const first = await ask({ run: 'a' }, 'file')
  assert.equal(await drain.read(), first)
  const second = await ask({ run: 'b' }, 'file')
  await drain.consume(first)
  assert.equal(JSON.parse(await readFile(layout.stopSignal, 'utf8')), second)
  assert.equal(await drain.read(), second)
  await drain.consume(second)
  assert.equal(await left(), gone)
}))

test('every session that is older than a request sees it, and the last of them removes it', () => withRig(async ({ begin, ask, left }) => {
  const [one, two] = [await begin(), await begin()]
  const request = await ask({})
  const later = await begin()
  assert.is(await later.read(), undefined, 'a drain that starts afterwards takes no notice of it')
  assert.equal(await one.read(), request)
  await one.consume(request)
  assert.equal(await left(), [1, ['.stop_executor']])
  assert.is(await one.read(), undefined)
  assert.equal(await two.read(), request)
  await two.consume(request)
  assert.equal(await left(), gone)
}))

test('a stale one is removed and told, whether it lies in the store, in the file or in both', () => withRig(async ({ begin, ask, left, notices }) => {
  const earlier = await begin()
  await ask({ by: 'store' }, 'store')
  await ask({ by: 'both' })
  await earlier.end()
  const drain = await begin()
  assert.is(await drain.read(), undefined)
  assert.equal(notices.map((notice) => notice.replace(/ of .* by/, ' by')), ['removed a stale stop signal by store', 'removed a stale stop signal by both'])
  assert.equal(await left(), gone)
}))

test("another project's is left alone in a runs directory that both have; one of no project is for all", () => withRig(async ({ begin, ask, left, layout, clock }) => {
  const drain = await begin()
  await ask({ project: 'other' })
  assert.is(await drain.read(), undefined)
  assert.equal(await left(), [0, ['.stop_executor']], 'the store tells of it only who it is for')
  clock.advance(60_000)
  // By hand: neither a project nor a time.
  await writeFile(layout.stopSignal, '{"run": "a"}\n')
  const found = await drain.read()
  assert.equal([found?.run, found?.by], ['a', 'unknown'])
}))

test.run()
