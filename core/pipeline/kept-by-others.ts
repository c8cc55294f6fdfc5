import { existsSync, readdirSync } from 'node:fs'
import type { Engine } from './engine.ts'

/**
 * Where builders that are at work now have put on disk what all worktrees share of git, as it was before them: of other attempts of the project, and of drafts.
 * Whoever begins meanwhile may find what they changed, and must not take it for what is right.
 */
export async function keptByOthers({ store, layout }: Pick<Engine, 'store' | 'layout'>, own: { file: string; attemptId?: string }): Promise<string[]> {
  const files = new Set<string>()
  for (const attempt of await store.attempts({ unfinished: true })) {
    if (attempt.id === own.attemptId) continue
    const [[run], phase] = await Promise.all([store.runs({ ids: [attempt.run] }), store.phase(attempt.run, attempt.phase)])
    if (run && phase) files.add(layout.run(run).phase(phase).attempt(attempt.number).sharedGit)
  }
  for (const draft of namesIn(layout.draftsDir)) {
    const paths = layout.draft(draft)
    // Its record is there as long as it is at work.
    if (!existsSync(paths.open)) continue
    for (const name of namesIn(paths.dir)) {
      const number = paths.attemptNumber(name)
      if (number !== undefined) files.add(paths.attempt(number).sharedGit)
    }
  }
  files.delete(own.file)
  return [...files].filter((file) => existsSync(file))
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
