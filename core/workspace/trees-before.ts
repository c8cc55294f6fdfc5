import type { Repository } from './workspace.ts'

/** The trees of the commits before this one, the latest first, each once; at most `limit` commits are looked at. */
export async function treesBefore({ git, root }: Repository, commit: string, limit: number): Promise<string[]> {
  const { stdout } = await git({ cwd: root, args: ['log', '--format=%T', '--skip=1', `--max-count=${limit}`, commit, '--'], reading: true })
  return [...new Set(stdout.toString('latin1').split('\n').filter(Boolean))]
}
