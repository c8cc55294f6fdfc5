/**
 * What all worktrees of a repository share and a builder must not change: config, hooks, info, refs, stash, the HEAD of the main checkout.
 * Remembered before a build, compared and put back after it. What people do in the main checkout meanwhile is recognised and left alone.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { chmod, lstat, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Problem } from '../model/failure.ts'
import { splitZero } from './git.ts'
import { isLfsHook } from './lfs-hooks.ts'
import { changedRefs, readRefs, restoreRefs } from './shared-refs.ts'
import type { RefState } from './shared-refs.ts'
import type { Worktree } from './worktree.ts'
import type { Repository } from './workspace.ts'

export type FileState = { type: 'file'; content: Buffer; mode: number } | { type: 'link'; target: string }

export interface SharedState {
  files: Map<string, FileState>
  /** The files as they were before builders that were at work already: what is put back. Left out where there were none. */
  settled?: Map<string, FileState>
  refs: RefState
}

/** The state is compared when the process that remembered it is long dead: what differs may as well be the work of people since. */
export interface AfterCrash {
  /** Files that are replaced are copied there. */
  replacedDir: string
  /** Whether attempts of ours moved the run's branch so, and no builder: beside this one, others may have been committed. */
  isOurs(from: string | undefined, to: string): Promise<boolean>
}

/** `info/refs` is rewritten by `git gc`; nothing reads it here. */
const ignoredFiles = new Set(['info/refs'])

/** `branch`: the run's own branch, without `refs/heads/`. */
export async function readSharedState(repository: Repository, worktree: Worktree, branch: string): Promise<SharedState> {
  const [files, refs] = await Promise.all([readFiles(repository.commonDir), readRefs(repository, worktree, branch)])
  return { files, refs }
}

async function readFiles(commonDir: string): Promise<Map<string, FileState>> {
  const files = new Map<string, FileState>()
  // Small files, read twice in each phase: the thread pool would cost ten times as much as reading them does.
  for (const name of ['config', 'config.worktree', 'hooks', 'info']) readInto(files, commonDir, name)
  return files
}

function readInto(files: Map<string, FileState>, commonDir: string, name: string): void {
  if (ignoredFiles.has(name)) return
  const file = path.join(commonDir, name)
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (!found) return
  if (found.isSymbolicLink()) files.set(name, { type: 'link', target: readlinkSync(file) })
  else if (found.isFile()) files.set(name, { type: 'file', content: readFileSync(file), mode: found.mode & 0o777 })
  else if (found.isDirectory()) for (const entry of readdirSync(file).sort()) readInto(files, commonDir, `${name}/${entry}`)
}

/** Compares with the state before, puts back what differs and says what it was. `keepUnder`: the ref namespace in which moved or new refs stay reachable. */
export async function restoreSharedState(repository: Repository, worktree: Worktree, branch: string, before: SharedState, keepUnder: string, crash?: AfterCrash): Promise<Problem[]> {
  const after = await readSharedState(repository, worktree, branch)
  const problems: Problem[] = []
  for (const name of new Set([...before.files.keys(), ...after.files.keys(), ...(before.settled?.keys() ?? [])])) {
    const [seen, now] = [before.files.get(name), after.files.get(name)]
    const old = before.settled ? before.settled.get(name) : seen
    // What another builder has changed is put back when that one ends.
    if (same(seen, now) || same(old, now) || (old === undefined && isNewLfsHook(name, now)) || (await onlyToolSettings(repository, name, old, now))) continue
    const kept = crash && now?.type === 'file' ? path.join(crash.replacedDir, name) : undefined
    if (kept !== undefined && now?.type === 'file') await keepCopy(kept, now.content)
    await restoreFile(path.join(repository.commonDir, name), old)
    const what = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed'
    const where = kept === undefined ? '' : `, and what stood there is kept as ${kept}`
    problems.push({ path: `.git/${name}`, code: codeOf(name), message: `${crash ? `.git/${name} was ${what} while the builder worked or after the crash` : `the builder ${what} .git/${name}, which all worktrees share`}; it was put back${where}` })
  }
  const changes = (await changedRefs(repository, worktree, before.refs, after.refs))
    // Branches and tags that people make leave no trace of who made them, and harm nobody; but the run's own is nobody else's.
    .filter(({ ref, old }) => !crash || old !== undefined || ref === `refs/heads/${branch}`)
  const own = changes.findIndex(({ ref, now }) => crash !== undefined && ref === `refs/heads/${branch}` && now !== undefined)
  if (own !== -1 && (await crash!.isOurs(changes[own]!.old, changes[own]!.now!))) changes.splice(own, 1)
  if (changes.length > 0) problems.push(...(await restoreRefs(repository, before.refs, changes, keepUnder)))
  return problems
}

const isNewLfsHook = (name: string, now: FileState | undefined): boolean => now?.type === 'file' && path.posix.dirname(name) === 'hooks' && isLfsHook(name, now.content)

function codeOf(name: string): string {
  if (name.startsWith('hooks')) return 'git-hooks'
  return name.startsWith('info') ? 'git-info' : 'git-config'
}

function same(left: FileState | undefined, right: FileState | undefined): boolean {
  if (left === undefined || right === undefined) return left === right
  if (left.type === 'link') return right.type === 'link' && left.target === right.target
  return right.type === 'file' && left.mode === right.mode && left.content.equals(right.content)
}

// Editors write these into the config of an open repository at any time, and no command of git reads them; git-lfs notes these, and they name nothing that runs.
const toolSettings = /^(?:branch\..*\.(?:vscode-[a-z-]+|github-pr-[a-z-]+)|lfs\.(?:repositoryformatversion|.*\.(?:access|locksverify)))$/

async function onlyToolSettings(repository: Repository, name: string, old: FileState | undefined, now: FileState | undefined): Promise<boolean> {
  if (name !== 'config' || old?.type !== 'file' || now?.type !== 'file') return false
  const [left, right] = await Promise.all([old, now].map(async ({ content }) => {
    const output = await repository.git({ cwd: repository.root, args: ['config', '--file', '-', '--list', '-z', '--no-includes'], input: content, allow: [0, 1, 128], saying: /bad config/i, reading: true })
    if (output.exitCode !== 0) return undefined
    return splitZero(output.stdout).map(String).filter((entry) => !toolSettings.test(entry.split('\n')[0]!)).join('\0')
  }))
  return left !== undefined && left === right
}

async function keepCopy(file: string, content: Buffer): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, content, { mode: 0o600 })
}

/** A file takes the place of another in one step: a repository without its config, be it for a moment or after a crash, is another repository. */
async function restoreFile(file: string, state: FileState | undefined): Promise<void> {
  if (state === undefined) return await rm(file, { recursive: true, force: true })
  const folder = path.dirname(file)
  // A link in the folder's place would lead the file elsewhere.
  if ((await lstat(folder).catch(() => undefined))?.isSymbolicLink()) await rm(folder)
  await mkdir(folder, { recursive: true })
  const next = `${file}.autopack`
  await rm(next, { recursive: true, force: true })
  if (state.type === 'link') await symlink(state.target, next)
  else {
    await writeFile(next, state.content)
    await chmod(next, state.mode)
  }
  // Only a folder is in the way of that.
  if ((await lstat(file).catch(() => undefined))?.isDirectory()) await rm(file, { recursive: true })
  await rename(next, file)
}
