import type { Repository } from './workspace.ts'

/**
 * The ref that says an attempt is over although its process may live: `refs/autopack/fenced/{attempt}`. Moving a branch is refused, by git, while it is there.
 * The lease in the store is asked right before; but a process can be stopped between the two, and go on an hour later.
 */
export const fenceOf = (attemptId: string): string => `refs/autopack/fenced/${attemptId}`

/** Puts the fence up, at any commit that there is. */
export async function raiseFence(repository: Repository, attemptId: string, commit: string): Promise<void> {
  await repository.git({ cwd: repository.root, gitDir: repository.commonDir, args: ['update-ref', fenceOf(attemptId), commit] })
}
