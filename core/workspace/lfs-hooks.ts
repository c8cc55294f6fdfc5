import path from 'node:path'
import { look, read } from './tree.ts'
import type { Worktree } from './worktree.ts'

const mostBytes = 4_096
const names = new Set(['post-checkout', 'post-commit', 'post-merge', 'pre-push'])
// Of every release the same but for its words: nothing between the quotes can do anything.
const template = /^#!\/bin\/sh\ncommand -v git-lfs >\/dev\/null 2>&1 \|\| \{ (?:echo|printf) >&2 "[^"$`]*"(?: "[^"$`]*")?; exit 2; \}\ngit lfs ([a-z-]+) "\$@"\n?$/

/**
 * Whether a file is a hook of Git LFS as git-lfs itself writes it, which it does where git looks for hooks, whenever one of its filters runs in a repository
 * that has none yet: a mere `git status` of a builder is enough, and nobody meant anything by it.
 */
export function isLfsHook(file: string, content: Buffer): boolean {
  const name = path.posix.basename(file)
  return names.has(name) && content.length < mostBytes && template.exec(content.toString('utf8'))?.[1] === name
}

/** The same of a file in a worktree, where `core.hooksPath` may lead. */
export function isLfsHookIn(worktree: Worktree, name: Buffer): boolean {
  if (!names.has(path.posix.basename(name.toString('latin1')))) return false
  const found = look(worktree, name)
  return found?.isFile() === true && found.size < mostBytes && isLfsHook(name.toString('utf8'), read(worktree, name) ?? Buffer.alloc(0))
}
