import { readdirSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Session } from '../../drain/index.ts'
import { writeJson } from '../../layout/atomic.ts'
import { sizeOf } from '../../layout/disk.ts'
import { quietly } from '../../workspace/index.ts'
import { ago, type Candidate, type GcContext, type KnownRun } from './contract.ts'

interface Folder { run: KnownRun; name: string; dir: string; at: number; keep: ReadonlySet<string>; note: string; bytes: number }

/**
 * Logs, prompts, reports and patches of attempts and landings: those that are old, and of what is left the oldest until the rest is small enough. Of runs whose work is
 * not in a branch of somebody's only by force. Receipts stay, with a note of what was removed; and so do patches of phases that are not COMPLETE.
 */
export async function findArtifacts(context: GcContext): Promise<Candidate[]> {
  const { engine, rules, runs, now } = context
  const folders: Folder[] = []
  for (const run of runs.values()) if (run.busy === undefined) folders.push(...(await foldersOf(context, run)))
  folders.sort((left, right) => left.at - right.at)
  let total = rules.maxSize === undefined ? 0 : (await sizeOf(engine.layout.projectRunsDir)).bytes
  const found: Candidate[] = []
  for (const folder of folders) {
    const old = now - folder.at >= rules.olderThanMs
    const large = rules.maxSize !== undefined && total > rules.maxSize
    if (folder.bytes === 0 || (!old && !large)) continue
    const open = !folder.run.complete ? 'its run is not complete' : folder.run.landed ? undefined : 'the work of its run is in no other branch yet'
    if (open === undefined || rules.force) total -= folder.bytes
    found.push({
      kind: 'artifacts', subject: `${folder.run.record.id}/${folder.name}`, place: folder.dir, bytes: folder.bytes, run: folder.run.record,
      reason: old ? `ended ${ago(context, folder.at)}` : 'the oldest, of more than --max-size', ...(open !== undefined && { only: open }),
      remove: () => collect(context, folder),
    })
  }
  return [...found, ...(await sessionEvents(context)), ...(await baselines(context))]
}

async function foldersOf({ engine }: GcContext, run: KnownRun): Promise<Folder[]> {
  const paths = engine.layout.run(run.record)
  const found: Folder[] = []
  const add = async (name: string, dir: string, at: number, note: string, keep: readonly string[]) => {
    const known = new Set([note, ...keep].map((file) => path.relative(dir, file)))
    const bytes = (await Promise.all(filesOf(dir, known).map((file) => sizeOf(path.join(dir, file))))).reduce((sum, size) => sum + size.bytes, 0)
    found.push({ run, name, dir, at, note, keep: known, bytes })
  }
  for (const attempt of await engine.store.attempts({ run: run.record.id })) {
    const phase = run.phases.find((one) => one.id === attempt.phase)
    if (!phase || attempt.endedAt === undefined) continue
    const one = paths.phase(phase).attempt(attempt.number)
    const done = phase.state === 'COMPLETE' || phase.state === 'SKIPPED'
    await add(`${phase.id} ${attempt.number}`, one.dir, attempt.endedAt, one.collected, [one.receipt, one.review, ...(done ? [] : [one.changesPatch])])
  }
  for (const landing of await engine.store.landings({ run: run.record.id })) {
    const one = paths.landing(landing.number)
    if (landing.endedAt !== undefined) await add(`landing ${landing.number}`, one.dir, landing.endedAt, one.collected, [one.record])
  }
  return found
}

/** None of a folder that is gone, or that cannot be listed: nothing of it could be removed. */
function filesOf(dir: string, keep: ReadonlySet<string>): string[] {
  const entries = quietly(() => readdirSync(dir, { recursive: true, withFileTypes: true })) ?? []
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name))).filter((file) => !keep.has(file)).sort()
}

/** First the note of what goes, so that a crash leaves no receipt that seems broken. */
async function collect({ engine, now }: GcContext, { dir, keep, note }: Folder): Promise<void> {
  const files = filesOf(dir, keep)
  const before = await readFile(note, 'utf8').then((text) => (JSON.parse(text) as { files: string[] }).files, () => [])
  await writeJson(note, { at: new Date(now).toISOString(), by: `pid ${engine.runtime.pid} on ${engine.runtime.host}`, files: [...new Set([...before, ...files.map((file) => file.split(path.sep).join('/'))])].sort() })
  for (const file of files) await rm(path.join(dir, file), { force: true })
  for (const entry of await readdir(dir, { withFileTypes: true })) if (entry.isDirectory() && !keep.has(entry.name)) await rm(path.join(dir, entry.name), { recursive: true, force: true })
}

/** Results of checks on trees, kept so that nobody runs them again: of trees that nobody has asked about for so long. */
async function baselines({ engine, rules, now }: GcContext): Promise<Candidate[]> {
  const before = now - rules.olderThanMs
  const { count, bytes } = await engine.store.oldBaselines(before)
  if (count === 0) return []
  return [{
    kind: 'baselines', subject: `${count} ${count === 1 ? 'result' : 'results'} of checks`, place: engine.store.identity.location, bytes, reason: 'old; their checks run again where they are needed',
    remove: async () => void (await engine.store.oldBaselines(before, true)),
  }]
}

/** The events of drains that ended long ago; their sessions stay. */
async function sessionEvents(context: GcContext): Promise<Candidate[]> {
  const { engine, rules, now } = context
  const found: Candidate[] = []
  for (const { id, json } of await engine.store.sessions()) {
    const { endedAt } = JSON.parse(json) as Session
    const at = endedAt === undefined ? now : Date.parse(endedAt)
    if (!(now - at >= rules.olderThanMs)) continue
    for (const place of [engine.layout.drainSessionEvents(id), engine.layout.drainNotifyLog(id), engine.layout.drainNotification(id)]) {
      if (!(await stat(place).catch(() => undefined))) continue
      found.push({ kind: 'session', subject: path.basename(place), place, bytes: (await sizeOf(place)).bytes, reason: `the drain ended ${ago(context, at)}`, remove: () => rm(place, { force: true }) })
    }
  }
  return found
}
