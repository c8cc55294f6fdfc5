import type { Runtime } from '../model/runtime.ts'
import { afterKillMs, defaultGraceMs, noWrapMs } from './limits.ts'
import type { ProcessEntry, ProcessTable } from './table.ts'
import { processTable } from './table.ts'

/** In the environment of every process of an attempt: how recovery finds what a crash left behind, wherever it moved in the process table. */
export const attemptVariable = 'AUTOPACK_ATTEMPT_ID'

/** By what a tree is known. Any of them is enough. */
export interface TreeIdentity {
  /** Leader of the process group and session; undefined when its id may belong to another process by now. */
  leader?: number
  /** `NAME=value` in the environment of every member. */
  assignment?: string
}

/**
 * Members of a tree: the leader, its group and session, everybody who carries the assignment, and the descendants of all these.
 * One who leaves the group by `setsid`, outlives the parent and clears the environment is still found while the parent lives.
 */
export async function treeMembers(table: ProcessTable, tree: TreeIdentity, self: number): Promise<ProcessEntry[]> {
  return membersAmong(table, tree, self, await table.all())
}

async function membersAmong(table: ProcessTable, tree: TreeIdentity, self: number, entries: ProcessEntry[]): Promise<ProcessEntry[]> {
  const marked = tree.assignment === undefined ? new Set<number>() : await table.withVariable(tree.assignment, entries.map((entry) => entry.pid))
  const { leader } = tree
  const isSeed = (entry: ProcessEntry) =>
    marked.has(entry.pid) || (leader !== undefined && (entry.pid === leader || entry.group === leader || entry.session === leader))
  const members = new Set(entries.filter(isSeed).map((entry) => entry.pid))
  const children = Map.groupBy(entries, (entry) => entry.parent)
  // A set grows while it is walked: this visits the children's children too.
  for (const pid of members) for (const child of children.get(pid) ?? []) members.add(child.pid)
  // Whatever the marks say, never ourselves: Autopack may run inside an attempt of another Autopack.
  return entries.filter((entry) => members.has(entry.pid) && entry.pid !== self)
}

/** What is left of a tree whose leader ended after `durationMs`. */
export async function leftBehind(table: ProcessTable, tree: Required<TreeIdentity>, self: number, durationMs: number): Promise<ProcessEntry[]> {
  const latest = durationMs < noWrapMs ? table.latest() : undefined
  if (latest === undefined || latest < tree.leader) return treeMembers(table, tree, self)
  // Every descendant was given an id after the leader's. With none given out since then, the usual case, nothing is read at all.
  if (latest - tree.leader > 256) return treeMembers(table, tree, self)
  const ids = Array.from({ length: latest - tree.leader }, (_, index) => tree.leader + 1 + index)
  const entries = ids.map((pid) => table.entry(pid)).filter((entry) => entry !== undefined)
  return entries.length === 0 ? [] : membersAmong(table, tree, self, entries)
}

/** SIGTERM to the whole tree, then SIGKILL after the grace to whatever is left or was added. Returns how many processes it signalled. */
export async function endTree(runtime: Runtime, table: ProcessTable, tree: TreeIdentity, graceMs = defaultGraceMs): Promise<number> {
  const signalled = new Set<string>()
  const members = () => treeMembers(table, tree, runtime.pid)
  const send = (entries: readonly ProcessEntry[], signal: NodeJS.Signals) => {
    for (const entry of entries) {
      signalled.add(`${entry.pid} ${entry.startTime}`)
      signalProcess(entry.pid, signal)
    }
  }
  let left = await members()
  send(left, 'SIGTERM')
  await untilGone(runtime, table, left, graceMs)
  // A member may have started another between the look and the signal: go on until a look finds none.
  const end = runtime.monotonic() + afterKillMs
  while ((left = await members()).length > 0 && runtime.monotonic() < end) {
    send(left, 'SIGKILL')
    await untilGone(runtime, table, left, Math.min(100, afterKillMs))
  }
  return signalled.size
}

async function untilGone(runtime: Runtime, table: ProcessTable, entries: readonly ProcessEntry[], limitMs: number): Promise<void> {
  const end = runtime.monotonic() + limitMs
  let left = entries
  for (let pause = 1; left.length > 0; pause = Math.min(pause * 2, 50)) {
    const rest = end - runtime.monotonic()
    if (rest <= 0) return
    await runtime.sleep(Math.min(pause, rest))
    left = left.filter((entry) => table.entry(entry.pid)?.startTime === entry.startTime)
  }
}

/** A process that is gone has what it was to be told; one that is not ours cannot be told. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // ESRCH or EPERM.
  }
}

/** Running processes of an attempt, found by `AUTOPACK_ATTEMPT_ID` and descent, wherever they are in the process table. */
export async function findByMarker(runtime: Runtime, attemptId: string): Promise<{ pid: number; startTime: string }[]> {
  const members = await treeMembers(processTable(runtime.platform), { assignment: `${attemptVariable}=${attemptId}` }, runtime.pid)
  return members.map(({ pid, startTime }) => ({ pid, startTime }))
}

/**
 * Ends what a crashed attempt left: the recorded process with its group, only where its start time shows that it is still the same one,
 * and everything that carries the attempt's marker. Returns how many processes it signalled.
 */
export async function killTree(runtime: Runtime, survivor: { pid?: number; startTime?: string; marker?: string; graceMs?: number }): Promise<number> {
  const table = processTable(runtime.platform)
  const same = survivor.pid !== undefined && survivor.startTime !== undefined && survivor.startTime !== '' && table.entry(survivor.pid)?.startTime === survivor.startTime
  if (!same && survivor.marker === undefined) return 0
  const tree: TreeIdentity = {
    ...(same && { leader: survivor.pid! }),
    ...(survivor.marker !== undefined && { assignment: `${attemptVariable}=${survivor.marker}` }),
  }
  return endTree(runtime, table, tree, survivor.graceMs)
}

/** Ends at once everything that has this variable in its environment, and what descends from that. Returns how many processes it signalled. */
export async function endMarked(runtime: Runtime, name: string, value: string): Promise<number> {
  return await endTree(runtime, processTable(runtime.platform), { assignment: `${name}=${value}` }, 0)
}
