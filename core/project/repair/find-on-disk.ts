import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Session } from '../../drain/index.ts'
import { writerOf } from '../../layout/atomic.ts'
import { shellQuote } from '../../model/command-text.ts'
import type { RepairFinding } from '../../model/repair.ts'
import { branchOf } from '../../pipeline/run-base.ts'
import { reviewRef } from '../../pipeline/review-ref.ts'
import { isAlive } from '../../process/owner.ts'
import type { PhaseRecord, RunRecord } from '../../store/store.ts'
import { holdsAll, resolveBase, type OwnRef } from '../../workspace/index.ts'
import { findCutOffDrafts } from '../draft/record.ts'
import { lossOf, repairable, told, type RepairContext } from './context.ts'

/** A walk that meets more entries ends. */
const mostEntries = 200_000
/** A file that its writer may still be at is left alone for this long, in milliseconds. */
const patienceMs = 60_000

export function findMissingFolders({ layout }: RepairContext, runs: readonly RunRecord[], phases: ReadonlyMap<string, readonly PhaseRecord[]>): RepairFinding[] {
  return runs
    .filter((run) => (phases.get(run.id) ?? []).some((phase) => phase.attempts > 0 && phase.state !== 'EXECUTING') && !existsSync(layout.run(run).dir))
    .map((run) => repairable({
      kind: 'missing-folder', subject: run.id, problem: `its folder ${layout.run(run).dir} is gone, and with it logs, receipts and patches`, change: 'make it again, with a summary from the store; what was in it is lost',
      before: { folder: null }, after: { folder: layout.run(run).dir }, action: { type: 'make-folder', run: run.id },
    }))
}

export async function findGoneWorktrees({ store }: RepairContext): Promise<RepairFinding[]> {
  return (await store.worktrees()).filter((one) => !existsSync(one.path)).map((one) => repairable({
    kind: 'gone-worktree', subject: one.path, problem: `the worktree of ${one.run} is on record and not there`, change: 'forget it: the next attempt makes a new one',
    before: { run: one.run, registered: true }, after: { registered: false }, action: { type: 'forget-worktree', path: one.path },
  }))
}

/** What `autopack plan` left where it was killed. */
export function findOpenDrafts({ layout, runtime }: Pick<RepairContext, 'layout' | 'runtime'>): RepairFinding[] {
  return findCutOffDrafts({ layout, runtime }).map(({ id, owner, worktree }) => repairable({
    kind: 'open-draft', subject: id, problem: `a draft of a plan was cut off: ${lossOf(runtime, owner)}`, change: 'end what is left of its processes, put back what its builder changed of git, and remove its worktree; what was drafted stays',
    before: { worktree, open: true }, after: { worktree: null, open: false }, action: { type: 'end-draft', id },
  }))
}

/** Branches and review refs of ours that belong to nothing that the store knows. */
export async function findStrayRefs(context: RepairContext, runs: readonly RunRecord[], phases: ReadonlyMap<string, readonly PhaseRecord[]>, refs: readonly OwnRef[]): Promise<RepairFinding[]> {
  const { repository } = context
  if (!repository) return []
  const known = new Set(runs.flatMap((run) => [`refs/heads/${branchOf(context, run)}`, ...(phases.get(run.id) ?? []).map((phase) => reviewRef(context, { run, phase }))]))
  const findings: RepairFinding[] = []
  const stray = refs.filter((one) => !known.has(one.ref))
  const head = stray.length > 0 ? await resolveBase(repository, 'HEAD') : undefined
  for (const { ref, commit } of stray) {
    const isMerged = head !== undefined && (await holdsAll(repository, head.commit, [commit]))
    const problem = `no ${ref.startsWith('refs/heads/') ? 'run' : 'phase'} of the store has it`
    findings.push(isMerged
      ? repairable({ kind: 'stray-ref', subject: ref, problem: `${problem}; all of it is in HEAD`, change: 'delete it', before: { commit }, after: { commit: null }, action: { type: 'delete-ref', ref, commit } })
      : told({ kind: 'stray-ref', subject: ref, problem: `${problem}; it is not merged, and is kept`, fix: `look at it: git log ${shellQuote(ref)}; merge it, or delete it with git update-ref -d ${shellQuote(ref)}`, before: { commit } }))
  }
  return findings
}

/** Sessions whose process is gone and that never said that they ended. */
export async function findOpenSessions({ store, runtime }: RepairContext): Promise<RepairFinding[]> {
  const findings: RepairFinding[] = []
  for (const { id, json } of await store.sessions()) {
    const { command, endedAt, holder, updatedAt } = JSON.parse(json) as Session
    if (endedAt !== undefined || !holder || holder.host !== runtime.host || isAlive(runtime, holder)) continue
    findings.push(repairable({
      kind: 'open-session', subject: id, problem: `its process ${holder.pid} is gone, and it never said that it ended`, change: `put on record that it ended, as interrupted; \`autopack ${command} --resume ${id}\` goes on with it all the same`,
      before: { endedAt: null, stop: null }, after: { endedAt: updatedAt, stop: 'interrupted' }, action: { type: 'end-session', id },
    }))
  }
  return findings
}

/** Temporary files of writes that a crash cut off, and names of sessions that were reserved and never used. */
export async function findHalfWritten({ layout, store, runtime }: RepairContext): Promise<RepairFinding[]> {
  const findings: RepairFinding[] = []
  const add = (file: string, problem: string) => findings.push(repairable({
    kind: 'half-written', subject: path.relative(layout.runsDir, file), problem, change: 'remove it: the file that it was to be is whole', before: { file }, after: { file: null }, action: { type: 'remove-file', path: file },
  }))
  const sessions = new Set((await store.sessions()).map((session) => layout.drainSession(session.id)))
  const folders = [layout.runsDir]
  let entries = 0
  for (let folder = folders.pop(); folder !== undefined && entries < mostEntries; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      entries++
      const file = path.join(folder, entry.name)
      // Worktrees hold files of the project.
      if (entry.isDirectory() && file !== layout.workspacesDir) folders.push(file)
      if (!entry.isFile()) continue
      const writer = writerOf(entry.name)
      if (writer !== undefined && (await isLeft(file, writer, runtime))) add(file, `a write of process ${writer} that was cut off`)
      if (folder === layout.drainSessionsDir && /\.json$|\.events\.jsonl$/.test(entry.name) && !sessions.has(file.replace(/\.events\.jsonl$/, '.json')) && (await isEmptyAndOld(file, runtime.now()))) add(file, 'the name of a session that never began')
    }
  }
  return findings
}

/** Nobody writes it any more: its writer is gone, or the number is another process's by now. */
async function isLeft(file: string, writer: number, runtime: RepairContext['runtime']): Promise<boolean> {
  if (!isAlive(runtime, { host: runtime.host, pid: writer, startTime: '' })) return true
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && runtime.now() - found.mtimeMs > patienceMs * 60
}

async function isEmptyAndOld(file: string, now: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && found.size === 0 && now - found.mtimeMs > patienceMs
}
