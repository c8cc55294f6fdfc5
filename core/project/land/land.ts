import { landBusyError, landIncompleteError, landLostError, landMovedError, landNothingError } from '../../errors.ts'
import { writeJson } from '../../layout/atomic.ts'
import { hasReviewCommand } from '../../model/command-text.ts'
import type { LandOutput } from '../../model/landing.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { keepLease } from '../../pipeline/keep-lease.ts'
import { baseOf, branchOf } from '../../pipeline/run-base.ts'
import { writeSummary } from '../../pipeline/summary.ts'
import type { LandingEnd, LandingRecord } from '../../store/landing-record.ts'
import { FencedError, type Claim, type RunRecord, type Store } from '../../store/store.ts'
import { branchTip, holdsAll, scratchObjects } from '../../workspace/index.ts'
import { removeOwnLocks } from '../dead-locks.ts'
import { endDrafts } from '../draft/record.ts'
import { nothingToLand, once, type LandContext } from './once.ts'
import { TargetMoved, recoverLandings, refuseOnBranch } from './move.ts'
import { openRemote } from './remote.ts'
import { agreeOnCheckout, chooseTarget, findCheckout } from './target.ts'

export interface LandOptions {
  run: RunRecord
  /** Name of a branch. Default: the one that the run's base names, else that of the main checkout. */
  into: string | undefined
  /** Land what is there of a run that is not complete. */
  partial: boolean
  /** Typed with it: to be typed again in what is told to do next. */
  updateCheckout: boolean
  /** Asked before files of a checkout change. */
  agree(target: string, folder: string): Promise<boolean>
  /** Push the run's branch and open a request in the place of moving the target; true: to the remote that the target has. */
  request: string | true | undefined
  /** After a conflict, add a phase that resolves it. */
  resolve: boolean
  dryRun: boolean
  /** A folder of its own for objects that a dry run makes. */
  scratch: string
  tell(kind: string, text: string): void
  signal: AbortSignal
}

/** How often it begins anew when the target moves while the checks run. */
const mostTries = 3

/** Takes the work of a run into a branch: rebased, checked, by fast-forward. Throws UserError for what keeps it from beginning; what the work is like is in the answer. */
export async function land(engine: Engine, options: LandOptions): Promise<LandOutput> {
  const { store } = engine
  const { run, dryRun } = options
  const phases = await store.phases({ run: run.id })
  const open = phases.filter((phase) => phase.state !== 'COMPLETE' && phase.state !== 'SKIPPED')
  if (open.length > 0 && !options.partial) throw landIncompleteError(run.id, open)
  const done = phases.filter((phase) => phase.state === 'COMPLETE' && phase.commit !== undefined)
  if (done.length === 0) throw landNothingError(run.id)
  if (!dryRun) {
    removeOwnLocks(engine, 'land')
    await recoverLandings(engine)
    // In a checkout, git runs the user's hooks: none that a builder has left.
    await endDrafts(engine)
  }
  const target = await chooseTarget(engine, run, options.into)
  const remote = options.request === undefined ? undefined : await openRemote(engine, target, options.request)
  const branch = branchOf(engine, run)
  if (!remote && (await isThere(engine, run, target))) return nothingToLand({ run: run.id, branch, target, from: (await branchTip(engine.repository, target))!, checkout: null, partial: [] })
  const checkout = remote ? undefined : await findCheckout(engine, target)
  if (checkout !== undefined && !dryRun) await agreeOnCheckout(engine, run, target, checkout, () => options.agree(target, checkout))
  const context = { engine, options, run, phases: done, partial: open.map((phase) => phase.id), branch, target, remote, checkout }
  if (dryRun) return await once({ ...context, engine: { ...engine, repository: scratchObjects(engine.repository, options.scratch) }, landing: undefined, signal: options.signal, abort: () => undefined })
  return await withLanding(context)
}

/** Whether the target has all that the run has done, so that nothing has to be taken, asked or written. */
async function isThere(engine: Engine, run: RunRecord, target: string): Promise<boolean> {
  const work = await baseOf(engine, run)
  return work.from === 'ref' || (await holdsAll(engine.repository, `refs/heads/${target}`, [work.commit]))
}

type Unbegun = Omit<LandContext, 'landing' | 'signal' | 'abort'>

async function withLanding(context: Unbegun): Promise<LandOutput> {
  const { engine, run, branch, target, options } = context
  const { store } = engine
  const landing = await begin(engine, run, target)
  const lost = new AbortController()
  const landingStore = storeOf(store, landing)
  const claim = { attemptId: landing.id, fencingToken: landing.token } as Claim
  const heart = keepLease({ store: landingStore, runtime: engine.runtime, leaseSeconds: engine.leaseSeconds }, claim, { lost: (error) => lost.abort(error), warn: (message) => options.tell('warning', message) })
  let ended: Omit<LandingEnd, 'json'> = { outcome: 'abandoned' }
  let output: LandOutput | undefined
  const signal = AbortSignal.any([options.signal, lost.signal])
  try {
    for (let tries = 1; output === undefined; tries++) {
      // What the branch is must be what the store knows; and only now nobody moves it.
      const work = await baseOf(engine, run)
      if (work.from === 'branch') await refuseOnBranch(engine, branch)
      try {
        const result = await once({ ...context, engine: { ...engine, store: landingStore }, landing, signal, abort: (reason) => lost.abort(reason), end: (end) => { ended = end } })
        if (lost.signal.aborted) throw landLostError(run.id)
        output = result
      } catch (error) {
        if (!(error instanceof TargetMoved)) throw error
        options.tell('again', error.message)
        if (tries === mostTries) throw landMovedError(target)
      }
    }
    return output
  } catch (error) {
    throw error instanceof FencedError ? landLostError(run.id) : error
  } finally {
    await heart.stop()
    if (output && output.dir !== null) await writeJson(engine.layout.run(run).landing(landing.number).record, engine.redactAll(output)).catch(() => undefined)
    await store.finishLanding(landing, { ...ended, json: output ?? null }).catch((error: unknown) => { if (!(error instanceof FencedError)) throw error })
    await writeSummary(store, engine.layout, run.id, branch, hasReviewCommand(engine.config)).catch((error: Error) => options.tell('warning', `the run summary could not be written: ${error.message}`))
  }
}

/** Takes the target and the run. Throws UserError when somebody has one of them. */
async function begin(engine: Engine, run: RunRecord, target: string): Promise<LandingRecord> {
  const begun = await engine.store.beginLanding({ run: run.id, target: `${engine.repository.commonDir} refs/heads/${target}`, owner: engine.owner, leaseSeconds: engine.leaseSeconds })
  if (begun.type === 'busy') throw landBusyError(begun.what === 'target' ? target : run.id, begun.run, begun.owner)
  return begun.landing
}

/** The store for checks that belong to a landing and to no attempt. */
function storeOf(store: Store, landing: LandingRecord): Store {
  return Object.assign(Object.create(store) as Store, {
    setStage: async () => undefined,
    recordProcess: (_claim: Claim, child: { pid: number; startTime: string }) => store.recordLandingProcess(landing, child),
    heartbeat: (_claim: Claim, leaseSeconds: number) => store.renewLanding(landing, leaseSeconds),
    assertCurrent: () => store.assertLanding(landing),
  } satisfies Partial<Store>)
}
