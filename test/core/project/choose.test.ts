import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Asked, Session } from '../../../core/drain/index.ts'
import { UserError } from '../../../core/errors.ts'
import { createRunLayout } from '../../../core/layout/layout.ts'
import { drainDefaults } from '../../../core/model/drain.ts'
import { planSchema } from '../../../core/model/plan.ts'
import { choose, type Chosen } from '../../../core/project/choose.ts'
import { findSession, mergeRules, resumeWith } from '../../../core/project/resume.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { openStore } from '../../../core/store/open.ts'
import type { Store } from '../../../core/store/store.ts'

const test = suite('what a command is about')

const plan = (id: string, ...phases: string[]) => planSchema.parse({ id, phases: phases.map((phase) => ({ id: phase, goal: phase })) })

async function withStore(use: (store: Store, chosen: (asked: Asked) => Promise<Chosen>, refused: (asked: Asked) => Promise<string>) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'autopack-choose-'))
  const store = await openStore({ layout: createRunLayout({ runsDir: dir, project: 'p' }), configDir: dir, project: 'p', runtime: systemRuntime(), isAlive: () => true, create: true, synchronous: 'NORMAL' })
  try {
    await store.importPlan(plan('shop-20260101', 'cart', 'till'), 'plan.yaml')
    await store.importPlan(plan('shop-20260102', 'cart'), 'plan.yaml')
    await store.importPlan(plan('a/b', 'c'), 'plan.yaml')
    const claimed = await store.claim({ run: 'shop-20260101', phase: 'cart', session: 's', owner: { host: 'h', pid: 1, startTime: 't' }, leaseSeconds: 60, maxAttempts: 2, absoluteCap: 10 })
    assert.is(claimed.type, 'claimed')
    if (claimed.type !== 'claimed') return
    const classification = { class: 'import_crash', fingerprint: 'v1-3f9c2a71b04d', confidence: 'high', title: 't', evidence: [], blame: 'project', action: { type: 'fail' }, classifier: 'built-in' } as const
    await store.finish(claimed.claim, { outcome: 'failed', state: 'FAILED', charged: true, stage: 'checks', usage: 'unknown', builderReached: true, classification: { ...classification, evidence: [] } })
    // One that is planned and not yet imported counts as well.
    const planned = [{ plan: plan('a', 'b/c', 'd'), source: 'new.yaml' }]
    const chosen = (asked: Asked) => choose({ store, planned, plans: ['runs/*.yaml'] }, asked)
    await use(store, chosen, (asked) => chosen(asked).then((found) => JSON.stringify(found), (error: unknown) => (error instanceof UserError ? `${error.message}; ${error.fix ?? ''}` : String(error))))
  } finally {
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

test('values of one flag widen, different flags narrow; nothing named is everything', () => withStore(async (_store, chosen) => {
  assert.equal(await chosen({}), { runs: undefined })
  assert.equal(await chosen({ families: ['shop', 'a'] }), { runs: ['a', 'shop-20260101', 'shop-20260102'] })
  assert.equal(await chosen({ runs: ['a', 'shop-20260102', 'a'], skipRunPrefixes: ['shop-'] }), { runs: ['a'] })
  assert.equal(await chosen({ only: 'failed', classes: ['import_crash', 'timeout'] }), { runs: undefined, filter: { classes: ['import_crash', 'timeout'], only: 'failed' } })
}))

test('a phase is found among those that there are, for ids may have slashes in them; a fingerprint may be cut short', () => withStore(async (_store, chosen, refused) => {
  assert.equal((await chosen({ phases: ['shop-20260101/till', 'a/d'] })).filter, { phases: [{ run: 'shop-20260101', phase: 'till' }, { run: 'a', phase: 'd' }] })
  assert.is(await refused({ phases: ['a/b/c'] }), '--phase "a/b/c" names phase c of run a/b and phase b/c of run a; name the run as well: --run a/b --phase a/b/c')
  assert.equal((await chosen({ runs: ['a'], phases: ['a/b/c'] })).filter, { phases: [{ run: 'a', phase: 'b/c' }] })
  assert.equal((await chosen({ buckets: ['v1-3f9'] })).filter, { buckets: ['v1-3f9c2a71b04d'] })
}))

test('what there is not is refused, with the nearest', () => withStore(async (_store, _chosen, refused) => {
  assert.match(await refused({ runs: ['shop-20260103'] }), /there is no run "shop-20260103".*did you mean "shop-2026010[12]"\?/)
  assert.is(await refused({ families: ['shob'] }), '--family "shob": there is no such family of runs; did you mean "shop"?')
  assert.is(await refused({ phases: ['shop-20260101/tilt'] }), '--phase "shop-20260101/tilt": there is no such phase (RUN/PHASE); did you mean "shop-20260101/till"?')
  assert.is(await refused({ phases: ['till'] }), '--phase "till": there is no such phase (RUN/PHASE); did you mean "shop-20260101/till"?')
  assert.is(await refused({ classes: ['import_crush'] }), '--class "import_crush": there is no such class of failures; did you mean "import_crash"?')
  assert.is(await refused({ buckets: ['v1-3f9c2a71b04e'] }), '--bucket "v1-3f9c2a71b04e": there is no such bucket with a phase in it; did you mean "v1-3f9c2a71b04d"?')
  assert.is(await refused({ runs: ['a'], families: ['shop'] }), 'no run is left by --run a --family shop; different flags narrow each other: leave one of them out')
}))

const session = (asked: Asked, more: Partial<Session> = {}): Session => ({
  version: 1, id: 's-1', project: 'p', command: 'drain', runs: [], rules: drainDefaults, asked, startedAt: '', updatedAt: '', counters: { executed: 0, tokens: 0, cost: 0, unknownUsage: 0, unpriced: 0, zeroYield: 0, timeoutsByRun: {}, activeMs: 0, pausedMs: 0 },
  excluded: [], failedHere: [], outcomes: [], ...more,
})

test('a session goes on with its selection and its rules; rules that are named now win, another selection is refused', () => {
  const earlier = session({ families: ['shop'], only: 'failed', rules: { batchSize: 5, maxTotalMinutes: 45, maxTokens: { drain: 10 } } }, { runs: ['shop-20260101'], filter: { only: 'failed' } })
  const { asked, chosen } = resumeWith(earlier, { rules: { maxTotalMinutes: 90, maxTokens: { phase: 3 } } })
  assert.equal(chosen, { runs: ['shop-20260101'], filter: { only: 'failed' } })
  const rules = mergeRules(drainDefaults, asked.rules!)
  assert.equal([rules.batchSize, rules.maxTotalMinutes, rules.maxTokens], [5, 90, { attempt: 2_000_000, phase: 3, drain: 10 }])
  assert.equal(resumeWith(earlier, { families: ['shop'], only: 'failed' }).chosen, chosen, 'the same again is no contradiction')
  assert.throws(() => resumeWith(earlier, { only: 'queued' }), /the session s-1 was started with --family shop --only failed, and goes on with that: --only queued says otherwise/)
  assert.throws(() => resumeWith(session({}), { runs: ['a'] }), /was started over everything/)
})

test('a session of run is not resumed by drain; the latest of the command is meant where none is named', () => withStore(async (store) => {
  const put = (id: string, command: 'run' | 'drain') => store.putSession(id, JSON.stringify({ ...session({}), id, command }))
  await put('s-1', 'drain')
  await put('s-2', 'run')
  assert.is((await findSession(store, true, 'drain')).id, 's-1')
  await findSession(store, 's-2', 'drain').then(() => assert.unreachable(), (error: UserError) => assert.equal([error.code, error.fix], ['resume-command', 'go on with `autopack run --resume s-2`']))
  await findSession(store, 's-3', 'drain').then(() => assert.unreachable(), (error: UserError) => assert.is(error.code, 'session-not-found'))
}))

test.run()
