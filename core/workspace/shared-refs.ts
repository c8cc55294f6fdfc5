import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Problem } from '../model/failure.ts'
import { quietly, textOf } from './quietly.ts'
import type { Worktree } from './worktree.ts'
import type { Repository } from './workspace.ts'

export interface RefState {
  /** Full name → hash, or `ref: …` for a symbolic one. What is ours and what fetches move is left out. */
  refs: Map<string, string>
  /** The HEAD file of the main checkout. */
  head: string
  /** Sizes of the HEAD logs of all other checkouts, by file: what they grow by tells who moved a ref. */
  headLogs: Map<string, number>
  /** When each other checkout last fetched, by file, in epoch milliseconds: a fetch makes tags. */
  fetches: Map<string, number>
  stashLog: Buffer | undefined
}

interface RefChange {
  ref: string
  old: string | undefined
  now: string | undefined
}

/** Ours; what fetches move at any time and nothing is judged by; and what belongs to the main checkout alone. */
const ignoredRefs = /^refs\/(?:autopack|remotes|prefetch|bisect|worktree|rewritten)\/|^refs\/heads\/autopack\//

/** `branch`: the run's own, without `refs/heads/`. While its builder works, nobody else of ours moves it. */
export async function readRefs(repository: Repository, worktree: Worktree, branch: string): Promise<RefState> {
  const { commonDir } = repository
  const refs = new Map<string, string>()
  const own = `refs/heads/${branch}`
  const addRef = (name: string, value: string) => {
    if (name === own || !ignoredRefs.test(name)) refs.set(name, value)
  }
  if (await isReftable(commonDir)) {
    const { stdout } = await repository.git({ cwd: repository.root, args: ['for-each-ref', '--format=%(objectname) %(refname)'], reading: true })
    for (const line of stdout.toString('utf8').split('\n')) if (line !== '') addRef(line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' ')))
  } else {
    // In git's own order: a ref that is packed meanwhile is found in the table afterwards. Where both name one, the file counts.
    readLoose(commonDir, 'refs', addRef)
    const loose = textOf(path.join(commonDir, own)).trim()
    if (loose !== '') addRef(own, loose)
    for (const line of textOf(path.join(commonDir, 'packed-refs')).split('\n')) {
      const [hash, name] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]
      if (/^[0-9a-f]{40}/.test(hash) && !refs.has(name)) addRef(name, hash)
    }
  }
  const headLogs = new Map<string, number>()
  for (const file of otherHeadLogs(commonDir, worktree)) headLogs.set(file, quietly(() => statSync(file))?.size ?? 0)
  const fetches = new Map<string, number>()
  for (const file of headLogs.keys()) {
    const fetched = path.join(path.dirname(file), '../FETCH_HEAD')
    fetches.set(fetched, quietly(() => statSync(fetched))?.mtimeMs ?? 0)
  }
  const stashLog = quietly(() => readFileSync(path.join(commonDir, 'logs/refs/stash')))
  return { refs, head: textOf(path.join(commonDir, 'HEAD')), headLogs, fetches, stashLog }
}

export async function isReftable(commonDir: string): Promise<boolean> {
  return statSync(path.join(commonDir, 'reftable'), { throwIfNoEntry: false })?.isDirectory() ?? false
}

function readLoose(commonDir: string, folder: string, addRef: (name: string, value: string) => void): void {
  if (ignoredRefs.test(`${folder}/`)) return
  for (const entry of quietly(() => readdirSync(path.join(commonDir, folder), { withFileTypes: true })) ?? []) {
    const name = `${folder}/${entry.name}`
    if (entry.isDirectory()) readLoose(commonDir, name, addRef)
    else if (!entry.name.endsWith('.lock')) {
      // A ref may be deleted or packed while this looks: then it is not here any more.
      const value = textOf(path.join(commonDir, name)).trim()
      if (value !== '') addRef(name, value)
    }
  }
}

function otherHeadLogs(commonDir: string, worktree: Worktree): string[] {
  const others = (quietly(() => readdirSync(path.join(commonDir, 'worktrees'))) ?? []).map((name) => path.join(commonDir, 'worktrees', name))
  return [commonDir, ...others.filter((folder) => folder !== worktree.metadata)].map((folder) => path.join(folder, 'logs/HEAD'))
}

/** What changed by the builder's hand. A move that another checkout's HEAD log tells of was made there: that is somebody's own work. */
export async function changedRefs(repository: Repository, worktree: Worktree, before: RefState, after: RefState): Promise<RefChange[]> {
  const changes: RefChange[] = []
  for (const ref of new Set([...before.refs.keys(), ...after.refs.keys()])) {
    const [old, now] = [before.refs.get(ref), after.refs.get(ref)]
    if (old !== now) changes.push({ ref, old, now })
  }
  if (before.head !== after.head) changes.push({ ref: 'HEAD', old: before.head, now: after.head })
  if (changes.length === 0) return []
  const elsewhere = new Set<string>()
  let mainMoved = false
  for (const file of otherHeadLogs(repository.commonDir, worktree)) {
    const added = (await readFile(file).catch(() => Buffer.alloc(0))).subarray(before.headLogs.get(file) ?? 0).toString('utf8')
    for (const match of added.matchAll(/^[0-9a-f]+ ([0-9a-f]+) /gm)) elsewhere.add(match[1]!)
    // `checkout` and its like say what they did; the bare `symbolic-ref` of a builder leaves a line without a message.
    if (/\t\S/.test(added) && file === path.join(repository.commonDir, 'logs/HEAD')) mainMoved = true
  }
  const stashed = after.stashLog?.subarray(before.stashLog?.length ?? 0).toString('utf8') ?? ''
  const fetched = [...after.fetches].some(([file, at]) => at !== (before.fetches.get(file) ?? 0))
  return changes.filter(({ ref, old, now }) => {
    // Editors fetch by themselves every few minutes.
    if (fetched && old === undefined && ref.startsWith('refs/tags/')) return false
    if (ref === 'HEAD') return !mainMoved
    if (ref === 'refs/stash') return !stashedElsewhere(stashed, after)
    return now === undefined || !elsewhere.has(now)
  })
}

/** git names the branch in a stash's log line; a worktree of ours is on none. */
function stashedElsewhere(added: string, after: RefState): boolean {
  const branch = /^ref: refs\/heads\/(.+)$/m.exec(after.head)?.[1]
  const lines = added.split('\n').filter((line) => line !== '')
  return branch !== undefined && lines.length > 0 && lines.every((line) => line.includes(`\tWIP on ${branch}: `) || line.includes(`\tOn ${branch}: `))
}

/** Puts refs back. What they pointed to stays reachable below `keepUnder`, so nothing is lost. */
export async function restoreRefs(repository: Repository, before: RefState, changes: readonly RefChange[], keepUnder: string): Promise<Problem[]> {
  const problems: Problem[] = []
  const commands: string[] = []
  for (const { ref, old, now } of changes) {
    if (ref === 'HEAD') {
      await writeFile(path.join(repository.commonDir, 'HEAD'), before.head)
      problems.push({ path: '.git/HEAD', code: 'git-ref', message: 'the builder moved the HEAD of the main checkout; it was put back' })
      continue
    }
    const kept = now !== undefined && /^[0-9a-f]+$/.test(now) ? `${keepUnder}/${now}` : undefined
    if (kept !== undefined) commands.push(`update ${kept} ${now}`)
    if (old === undefined) commands.push(`delete ${ref}`)
    else if (old.startsWith('ref: ')) await repository.git({ cwd: repository.root, gitDir: repository.commonDir, args: ['symbolic-ref', ref, old.slice('ref: '.length)] })
    else commands.push(`update ${ref} ${old}`)
    const what = old === undefined ? 'made' : now === undefined ? 'deleted' : 'moved'
    const undone = old === undefined ? 'it was removed' : 'it was put back'
    const where = kept === undefined ? '' : `; its commit is kept as ${kept}`
    problems.push({ path: ref, code: ref === 'refs/stash' ? 'git-stash' : 'git-ref', message: `the builder ${what} ${ref}, which all worktrees share; ${undone}${where}` })
  }
  // Removed first: a new ref may lie where an old one has to go (refs/heads/a against refs/heads/a/b).
  const ordered = [...commands.filter((one) => one.startsWith('delete')), ...commands.filter((one) => !one.startsWith('delete'))]
  const kept = ordered.filter((one) => one.startsWith(`update ${keepUnder}/`))
  const run = async (lines: readonly string[]) => {
    if (lines.length > 0) await repository.git({ cwd: repository.root, gitDir: repository.commonDir, args: ['update-ref', '--no-deref', '--stdin'], input: `${lines.join('\n')}\n` })
  }
  await run(kept)
  await run(ordered.filter((one) => one.startsWith('delete')))
  await run(ordered.filter((one) => !one.startsWith('delete') && !kept.includes(one)))
  if (changes.some(({ ref }) => ref === 'refs/stash')) await restoreStashLog(repository, before.stashLog)
  return problems
}

async function restoreStashLog(repository: Repository, log: Buffer | undefined): Promise<void> {
  const file = path.join(repository.commonDir, 'logs/refs/stash')
  if (log === undefined) await rm(file, { force: true })
  else await writeFile(file, log)
}
