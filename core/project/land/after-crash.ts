import path from 'node:path'
import type { Engine } from '../../pipeline/engine.ts'
import { findByMarker } from '../../process/tree.ts'
import type { LandingMove, LandingRecord } from '../../store/landing-record.ts'
import { branchTip, checkoutsOf, undoHalfUpdate } from '../../workspace/index.ts'
import { removeDeadLocks } from '../dead-locks.ts'

/** How long a git is waited for that goes on without whoever started it, in milliseconds: a checkout may be large. */
const patienceMs = 60_000

/** Waits until no process carries the mark any more: a git that moves something does it, or not at all. */
export async function outlive({ runtime }: Engine, mark: string): Promise<void> {
  const end = runtime.monotonic() + patienceMs
  for (let pause = 10; (await findByMarker(runtime, mark)).length > 0 && runtime.monotonic() < end; pause = Math.min(pause * 2, 500)) await runtime.sleep(pause)
}

/** What a git left that was killed while it moved the branches of a landing: its locks, and a checkout with some of its files brought up to date. */
export async function clearAway(engine: Engine, landing: LandingRecord, move: LandingMove): Promise<void> {
  const { repository } = engine
  const { target, branch, checkout, to } = move
  const { commonDir } = repository
  const gitDir = checkout === undefined ? commonDir : (await repository.git({ cwd: checkout, args: ['rev-parse', '--absolute-git-dir'], reading: true })).stdout.toString('utf8').trim()
  const refs = [`refs/heads/${target.branch}`, `refs/heads/${branch.name}`, `refs/autopack/kept/${branch.name.replace(/^autopack\//, '')}/${branch.from}`, 'packed-refs']
  const files = [...refs.map((ref) => path.join(commonDir, ref)), ...(checkout === undefined ? [] : ['index', 'HEAD', 'ORIG_HEAD'].map((name) => path.join(gitDir, name)))]
  removeDeadLocks(engine, files.map((file) => `${file}.lock`), { by: `the end of a landing of ${landing.run}`, notBefore: landing.startedAt, youngestMs: 0 })
  if (checkout === undefined || (await branchTip(repository, target.branch)) !== target.from) return
  if (!(await checkoutsOf(repository, target.branch)).some((one) => one.folder === checkout && one.underWay === undefined)) return
  const strange = await undoHalfUpdate(repository, checkout, target.from, to)
  if (strange.length > 0) engine.emit({ type: 'notice', level: 'warning', run: landing.run, message: `in ${checkout}, a landing was killed while git wrote files; these are neither as before nor as they were to be, and were left: ${strange.join(', ')}` })
}
