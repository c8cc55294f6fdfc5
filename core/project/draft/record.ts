import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { writeJsonSync } from '../../layout/atomic.ts'
import type { RunLayout } from '../../layout/layout.ts'
import type { DraftPaths } from '../../layout/run-paths.ts'
import type { ProcessRunner } from '../../model/process.ts'
import type { Runtime } from '../../model/runtime.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { redactFiles } from '../../pipeline/redact-files.ts'
import { isAlive } from '../../process/owner.ts'
import { attemptVariable } from '../../process/tree.ts'
import type { Owner } from '../../store/store.ts'
import { quietly, removeWorktree, restoreAfterCrash } from '../../workspace/index.ts'
import { endSurvivors } from '../survivors.ts'

/** What whoever comes after a crash has to know of a draft: it is on disk while the draft is under way. */
interface Recorded {
  owner: Owner
  /** In whose name the builder worked, without `refs/heads/`. */
  branch: string
  worktree: string
  indexFile: string
  /** A temporary folder. */
  scratch?: string
  processes: { pid: number; startTime: string }[]
}

/** A draft whose process is gone. */
export interface CutOffDraft extends Recorded {
  id: string
  paths: DraftPaths
  /** Its record. */
  file: string
}

/** The record of a draft under way. */
export interface DraftRecord {
  /** Runs a command of the draft: whoever comes after a crash finds its process, by the record or by what stands in its environment. */
  exec: ProcessRunner
  close(): void
}

/** Puts a draft on record, before anything of it is made or started. */
export function recordDraft(engine: Engine, id: string, paths: DraftPaths, place: Omit<Recorded, 'owner' | 'processes'>): DraftRecord {
  const recorded: Recorded = { owner: engine.owner, ...place, processes: [] }
  const write = () => writeJsonSync(paths.open, recorded)
  mkdirSync(paths.dir, { recursive: true })
  write()
  return {
    exec: (request) => engine.exec({
      ...request,
      env: { [attemptVariable]: id, ...request.env },
      onSpawn: async (child) => {
        recorded.processes.push(child)
        write()
        await request.onSpawn?.(child)
      },
    }),
    close: () => {
      // What could not be put back now is for whoever comes next.
      if (!rounds(paths).some((number) => existsSync(paths.attempt(number).sharedGit))) rmSync(paths.open, { force: true })
    },
  }
}

/** One that ends what was left takes no longer than this, in milliseconds: it died as well. */
const patienceMs = 600_000

/** Drafts that a crash cut off on this host. */
export function findCutOffDrafts({ layout, runtime }: { layout: RunLayout; runtime: Runtime }): CutOffDraft[] {
  const found: CutOffDraft[] = []
  for (const id of foldersIn(layout.draftsDir)) {
    const paths = layout.draft(id)
    for (const name of foldersIn(paths.dir)) {
      const taker = paths.takerOfOpen(name)
      const file = path.join(paths.dir, name)
      if (file !== paths.open && taker === undefined) continue
      const recorded = read(file)
      if (!recorded || recorded.owner.host !== runtime.host || isAlive(runtime, recorded.owner)) continue
      if (taker !== undefined && isAlive(runtime, { host: runtime.host, pid: taker, startTime: '' }) && runtime.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < patienceMs) continue
      found.push({ ...recorded, id, paths, file })
    }
  }
  return found
}

/** Ends what a crash has left of drafts, and tells of it in notices. */
export async function endDrafts(engine: Engine): Promise<void> {
  for (const message of await recoverDrafts(engine)) engine.emit({ type: 'notice', level: 'warning', message })
}

/**
 * Ends what a crash has left of drafts: their processes, what the builder changed of git's shared state, the worktree. What was drafted stays.
 * Returns a sentence for each thing that was done, and one for each draft that could not be ended: the next one tries again.
 */
export async function recoverDrafts(engine: Engine, only?: string): Promise<string[]> {
  const told: string[] = []
  for (const draft of findCutOffDrafts(engine)) {
    if (only !== undefined && draft.id !== only) continue
    // Two that come at the same time: it has another name now, and the second finds none.
    const taken = draft.paths.openTakenBy(engine.runtime.pid)
    if (!renamed(draft.file, taken)) continue
    try {
      told.push(...(await endDraft(engine, draft)))
      rmSync(taken, { force: true })
    } catch (error) {
      renamed(taken, draft.paths.open)
      told.push(`a draft of a plan (${draft.id}) was cut off by a crash and could not be ended: ${engine.redact(error instanceof Error ? error.message : String(error))}`)
    }
  }
  return told
}

async function endDraft(engine: Engine, { id, paths, branch, worktree, indexFile, scratch, processes }: CutOffDraft): Promise<string[]> {
  const { repository } = engine
  const attempts = rounds(paths)
  let ended = await endSurvivors(engine, { id, processes })
  for (const number of attempts) ended += await endSurvivors(engine, { id: `${id}-${number}`, processes: [] })
  const problems: string[] = []
  for (const number of attempts) {
    const { sharedGit, replacedGitDir } = paths.attempt(number)
    for (const { message } of await restoreAfterCrash({ repository, path: worktree, indexFile, branch, file: sharedGit, replacedDir: replacedGitDir, isOurs: async () => false })) problems.push(message)
  }
  await removeWorktree(repository, worktree, indexFile)
  if (scratch !== undefined) await rm(scratch, { recursive: true, force: true })
  // Who would have done it when their commands ended is dead.
  await redactFiles(engine, paths.dir, /\.(?:log|jsonl|xml)$/)
  for (const number of attempts) if (existsSync(paths.attempt(number).replacedGitDir)) await redactFiles(engine, paths.attempt(number).replacedGitDir, /./)
  const survivors = ended === 0 ? '' : `; ${ended === 1 ? 'a process of it was' : `${ended} processes of it were`} ended`
  return [`a draft of a plan (${id}) was cut off by a crash: what was drafted is kept in ${paths.dir}${survivors}`, ...problems]
}

/** The numbers of its rounds, of which each has the folder of an attempt. */
const rounds = (paths: DraftPaths): number[] => foldersIn(paths.dir).flatMap((name) => paths.attemptNumber(name) ?? [])

/** False where it is not there any more, or may not be renamed. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch {
    return false
  }
}

/** None where nobody has drafted anything, and none that cannot be listed. */
const foldersIn = (folder: string): string[] => quietly(() => readdirSync(folder)) ?? []

/** Undefined where somebody else takes it at this moment, or where it is no record. */
const read = (file: string): Recorded | undefined => quietly(() => JSON.parse(readFileSync(file, 'utf8')) as Recorded)
