import { projectHooks } from './commands/classify.ts'
import type { CliContext } from './context.ts'
import type { LoadedProject } from './project.ts'

/** What a stored failure is classified again with: the project's classifiers, and where the project lies in its repository. */
export async function replayHooks(context: CliContext, { config }: LoadedProject) {
  const { openRepository } = await import('../workspace/repository.ts')
  // Without a repository there were no worktrees either.
  const repository = await openRepository({ configDir: config.configDir, root: config.root, env: context.runtime.env }).catch(() => undefined)
  return { ...(await projectHooks(context)), prefix: repository?.prefix ?? '' }
}
export type ReplayHooks = Awaited<ReturnType<typeof replayHooks>>
