import { writeCommit } from './landing.ts'
import type { Repository } from './workspace.ts'

export type Applied =
  /** `commit`: one on top of `base` that no ref names, with what the patch makes of it. */
  | { type: 'applied'; commit: string; tree: string }
  | { type: 'refused'; message: string }

/** What a patch makes of a commit. Objects only: no ref moves, and nobody's worktree or index is touched. `indexFile`: a scratch file, absolute, that the caller removes. */
export async function applyPatch(repository: Repository, request: { patch: string; base: string; indexFile: string }): Promise<Applied> {
  const { root, commonDir, git } = repository
  const at = { cwd: root, gitDir: commonDir, workTree: root, indexFile: request.indexFile }
  await git({ ...at, args: ['read-tree', request.base] })
  // What a user's own git configuration makes of a patch has no say here.
  const applied = await git({ ...at, args: ['-c', 'apply.ignoreWhitespace=no', 'apply', '--cached', '--binary', '--whitespace=nowarn', '--', request.patch], allow: [0, 1, 128] })
  if (applied.exitCode !== 0) return { type: 'refused', message: applied.stderr.trim().split('\n')[0] ?? '' }
  const tree = (await git({ ...at, args: ['write-tree'] })).stdout.toString('latin1').trim()
  return { type: 'applied', tree, commit: await writeCommit(repository, { tree, parent: request.base, message: 'a patch that was kept', trailers: {} }) }
}
