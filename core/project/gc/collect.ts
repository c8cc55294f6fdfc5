import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { diskOf } from '../../layout/disk.ts'
import { timeStamp } from '../../layout/stamp.ts'
import type { GcItem, GcOutput } from '../../model/gc.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { writeBundle } from '../../workspace/index.ts'
import { removeOwnLocks } from '../dead-locks.ts'
import { endDrafts } from '../draft/record.ts'
import { recoverLandings } from '../land/move.ts'
import { findArtifacts } from './artifacts.ts'
import type { Candidate, GcContext, GcRules } from './contract.ts'
import { findRefs } from './refs.ts'
import { lookAtRuns } from './runs.ts'
import { findWorktrees } from './worktrees.ts'

/** Long enough for folders with a hundred thousand files. */
const holdSeconds = 600

/** Removes what nobody needs any more, one thing after the other; what cannot be removed is told, and the rest goes on. */
export async function collectGarbage(engine: Engine, rules: GcRules): Promise<GcOutput> {
  if (!rules.dryRun) {
    removeOwnLocks(engine, 'gc')
    await recoverLandings(engine)
    await endDrafts(engine)
  }
  const runs = await lookAtRuns(engine)
  const context: GcContext = { engine, rules, runs, atWork: [...runs.values()].some((run) => run.busy !== undefined), now: engine.runtime.now() }
  const items: GcItem[] = []
  // Refs last: a worktree that stands on a commit asks whether a ref has it.
  for (const find of [findWorktrees, findArtifacts, findRefs]) for (const candidate of await find(context)) items.push(await settle(context, candidate))
  const sum = (...outcomes: GcItem['outcome'][]) => items.filter((item) => outcomes.includes(item.outcome)).reduce((bytes, item) => bytes + item.bytes, 0)
  return { project: engine.config.project, dryRun: rules.dryRun, items, freedBytes: sum('planned', 'removed'), keptBytes: sum('kept', 'failed'), free: diskOf(engine.layout.runsDir)?.free ?? null }
}

async function settle(context: GcContext, candidate: Candidate): Promise<GcItem> {
  const { engine, rules } = context
  const { kind, subject, place, bytes, only } = candidate
  const reason = only === undefined ? candidate.reason : `${candidate.reason}; ${only}`
  const item = { kind, subject, place, bytes, reason, force: only !== undefined, bundle: null, message: null }
  if (only !== undefined && !rules.force) return { ...item, outcome: 'kept' }
  if (rules.dryRun) return { ...item, outcome: 'planned' }
  const held = candidate.run && (await engine.store.holdRun({ run: candidate.run.id, by: `gc-${engine.runtime.randomHex(6)}`, owner: engine.owner, leaseSeconds: holdSeconds }))
  if (candidate.run && !held) return { ...item, outcome: 'kept', message: 'somebody began to work on its run' }
  let bundle: string | null = null
  try {
    bundle = only === undefined ? null : await keep(context, candidate)
    await candidate.remove()
    return { ...item, outcome: 'removed', bundle }
  } catch (error) {
    return { ...item, outcome: 'failed', bundle, message: engine.redact((error as Error).message.split('\n')[0]!) }
  } finally {
    if (held) await engine.store.letGo(held)
  }
}

/** What goes by force is put into a bundle first; null where it is no commit. */
async function keep({ engine, now }: GcContext, { subject, kind, commits }: Candidate): Promise<string | null> {
  const lost = (await commits?.()) ?? []
  if (lost.length === 0) return null
  const file = engine.layout.keptBundle(`${timeStamp(now)}-${kind}-${subject.replace(/[^\w.-]+/g, '-').slice(-60)}-${lost[0]!.slice(0, 8)}`)
  await mkdir(path.dirname(file), { recursive: true })
  await writeBundle(engine.repository, file, lost)
  return file
}
