import { rebaseUnsupportedError } from '../errors.ts'
import { GitError } from './git.ts'
import type { Repository } from './workspace.ts'

export interface ConflictedFile {
  path: string
  /** What git calls it: `contents`, `modify/delete`, `add/add`, …; '' where it says nothing. */
  kind: string
}

export type Merged =
  | { type: 'clean'; tree: string }
  /** `tree` holds both sides of each file in conflict, between markers. */
  | { type: 'conflict'; tree: string; files: ConflictedFile[] }

/** What two commits make together, from where they parted. Objects only: no ref moves, no worktree is touched. */
export async function mergeCommits({ git, root, commonDir }: Repository, ours: string, theirs: string): Promise<Merged> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--messages', ours, theirs]
  const merged = await git({ cwd: root, gitDir: commonDir, args, allow: [0, 1, 129] })
  if (merged.exitCode === 129) throw rebaseUnsupportedError()
  const parts = merged.stdout.toString('utf8').split('\0')
  const [tree] = parts
  if (!tree) throw new GitError(args, merged.exitCode, merged.stderr)
  if (merged.exitCode === 0) return { type: 'clean', tree }
  // Names up to an empty one, then messages: how many paths, the paths, the kind, the text.
  const end = parts.indexOf('', 1)
  const kinds = kindsOf(parts.slice(end + 1))
  return { type: 'conflict', tree, files: [...new Set(parts.slice(1, end))].map((path) => ({ path, kind: kinds.get(path) ?? '' })) }
}

/** Whether git can do that. Asked with a commit that there is. */
export async function canMerge({ git, root, commonDir }: Repository, commit: string): Promise<boolean> {
  return (await git({ cwd: root, gitDir: commonDir, args: ['merge-tree', '--write-tree', commit, commit], allow: [0, 129] })).exitCode === 0
}

function kindsOf(messages: readonly string[]): Map<string, string> {
  const kinds = new Map<string, string>()
  for (let at = 0; at < messages.length;) {
    const count = Number(messages[at])
    if (!Number.isInteger(count) || messages[at] === '') break
    const kind = /^CONFLICT \((.+)\)$/.exec(messages[at + 1 + count] ?? '')?.[1]
    if (kind !== undefined) for (const path of messages.slice(at + 1, at + 1 + count)) kinds.set(path, kind)
    at += count + 3
  }
  return kinds
}

export interface ToldCommit {
  commit: string
  subject: string
  author: string
  /** Of a commit of ours. */
  phase: string | undefined
}

/** The commits that `tip` has and `other` does not, of all files or of one, the oldest first. */
export async function commitsBetween({ git, root }: Repository, other: string, tip: string, file?: string): Promise<ToldCommit[]> {
  const format = '%H%x00%an%x00%(trailers:key=Autopack-Phase,valueonly,separator=%x2C)%x00%s'
  const { stdout } = await git({ cwd: root, args: ['log', '--reverse', '--topo-order', `--format=${format}`, tip, `^${other}`, '--', ...(file === undefined ? [] : [file])], reading: true })
  return stdout.toString('utf8').split('\n').filter(Boolean).map((line) => {
    const [commit = '', author = '', phase = '', subject = ''] = line.split('\0')
    return { commit, author, subject, phase: phase.trim() || undefined }
  })
}

/** Those of the files that still hold a line with which git marks a conflict, in a tree. */
export async function filesWithMarkers({ git, root, commonDir }: Repository, tree: string, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return []
  // Both ends of a conflict: a heading underlined with seven equals signs is none.
  const args = ['grep', '-z', '-l', '-a', '--all-match', '-e', '^<<<<<<< ', '-e', '^>>>>>>> ', tree, '--', ...files]
  const { stdout } = await git({ cwd: root, gitDir: commonDir, args, allow: [0, 1], reading: true })
  return stdout.toString('utf8').split('\0').filter(Boolean).map((name) => name.slice(name.indexOf(':') + 1))
}
