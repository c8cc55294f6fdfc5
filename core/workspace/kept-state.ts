import { rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import type { Problem } from '../model/failure.ts'
import { restoreSharedState } from './shared-state.ts'
import type { AfterCrash, FileState, SharedState } from './shared-state.ts'
import { findWorktree } from './worktree.ts'
import type { Repository } from './workspace.ts'

type KeptFile = { type: 'file'; content: string; mode: number } | { type: 'link'; target: string }
/** Shared state as JSON; contents in base64. */
interface Kept {
  files: [string, KeptFile][]
  settled?: [string, KeptFile][]
  refs: { refs: [string, string][]; head: string; headLogs: [string, number][]; fetches: [string, number][]; stashLog: string | undefined }
}

const keptFiles = (files: ReadonlyMap<string, FileState>): [string, KeptFile][] => [...files].map(([name, state]) => [name, state.type === 'file' ? { ...state, content: state.content.toString('base64') } : state])

/** Puts the state on disk, for whoever recovers after a crash. For this user alone: a git config may hold credentials. */
export function keepSharedState(file: string, { files, settled, refs }: SharedState): void {
  const kept: Kept = {
    files: keptFiles(files), ...(settled && { settled: keptFiles(settled) }),
    refs: { refs: [...refs.refs], head: refs.head, headLogs: [...refs.headLogs], fetches: [...refs.fetches], stashLog: refs.stashLog?.toString('base64') },
  }
  // Neither synced nor renamed into place: half of one is read as none, and then no builder had begun.
  writeFileSync(file, JSON.stringify(kept), { mode: 0o600 })
}

export function forgetSharedState(file: string): void {
  rmSync(file, { force: true })
}

/** The files as they were before any of these builders began, which are at work; undefined where none is. */
export async function settledFiles(others: readonly string[]): Promise<SharedState['settled']> {
  const oldest = others.map((file) => ({ file, at: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY })).sort((left, right) => left.at - right.at)
  for (const { file } of oldest) {
    const kept = await readKept(file)
    if (kept) return kept.settled ?? kept.files
  }
  return undefined
}

export interface CrashRequest extends AfterCrash {
  repository: Repository
  /** Where the worktree lay, and our private index of it: as for `acquireWorkspace`. */
  path: string
  indexFile: string
  /** The run's branch, without `refs/heads/`. */
  branch: string
  /** What `beforeBuild` kept. */
  file: string
}

/**
 * Puts back what a builder changed of the git state that all worktrees share, when the process that would have done it after the build is dead. Removes what was kept.
 * Returns what differed; nothing where nothing was kept. The builder must have ended.
 */
export async function restoreAfterCrash({ repository, branch, file, replacedDir, isOurs, ...place }: CrashRequest): Promise<Problem[]> {
  const before = await readKept(file)
  if (!before) return []
  // The builder may have deleted it, and with it the log of what it did there.
  const worktree = (await findWorktree(repository, place.path, place.indexFile)) ?? { ...place, metadata: '' }
  const problems = await restoreSharedState(repository, worktree, branch, before, `refs/autopack/kept/${branch.replace(/^autopack\//, '')}`, { replacedDir, isOurs })
  await rm(file, { force: true })
  return problems
}

async function readKept(file: string): Promise<SharedState | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  let kept: Kept
  try {
    kept = JSON.parse(text) as Kept
  } catch {
    return undefined
  }
  const { refs } = kept
  const fileOf = (state: KeptFile): FileState => (state.type === 'file' ? { ...state, content: Buffer.from(state.content, 'base64') } : state)
  return {
    files: new Map(kept.files.map(([name, state]) => [name, fileOf(state)])),
    ...(kept.settled && { settled: new Map(kept.settled.map(([name, state]) => [name, fileOf(state)])) }),
    refs: { refs: new Map(refs.refs), head: refs.head, headLogs: new Map(refs.headLogs), fetches: new Map(refs.fetches), stashLog: refs.stashLog === undefined ? undefined : Buffer.from(refs.stashLog, 'base64') },
  }
}
