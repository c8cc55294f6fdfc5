import type { LandConflict } from '../../model/landing.ts'
import { phaseSpecSchema } from '../../model/plan.ts'
import type { LandContext } from './once.ts'

/** Adds a phase to the run whose builder resolves the conflict: it starts from the merge with the target, and may change the files in conflict. Returns its id. */
export async function addResolvePhase({ engine, run, target }: Pick<LandContext, 'engine' | 'run' | 'target'>, files: readonly LandConflict[]): Promise<string> {
  const { store } = engine
  const { prefix } = engine.repository
  // From the project's root, so that there is one reading of it; beside the root a path can only be one from the repository's.
  const paths = files.map((file) => (file.path.startsWith(prefix) ? `./${file.path.slice(prefix.length)}` : file.path))
  const known = await store.phases({ run: run.id })
  const waiting = known.find((phase) => phase.spec.merge === target && phase.state !== 'COMPLETE' && phase.state !== 'SKIPPED')
  if (waiting) return waiting.id
  const name = `merge-${target.replace(/[^\w.-]+/g, '-').replace(/^[-.]+/, '')}`
  let id = name
  for (let count = 2; known.some((phase) => phase.id.toLowerCase() === id.toLowerCase()); count++) id = `${name}-${count}`
  await store.addPhase(run.id, phaseSpecSchema.parse({ id, goal: goalOf(run.id, target, files), scope: { paths, readOnly: [] }, merge: target }))
  return id
}

function goalOf(run: string, target: string, files: readonly LandConflict[]): string {
  const side = (commits: LandConflict['ours']) => commits.slice(0, 8).map((one) => `    ${one.commit.slice(0, 12)} ${one.subject}`)
  return [
    `Resolve the conflicts between the work of run ${run} and ${target}.`,
    '',
    `${target} was merged into this worktree. Where both sides changed the same lines, the files hold both, between lines that begin with <<<<<<<, ======= and >>>>>>>:`,
    `first those of the run, then those of ${target}. Keep what both sides were there for, and leave no such line.`,
    ...(files.some((file) => file.kind !== 'contents') ? ['What cannot be marked lies here as one side has it: a file that one side deleted as the other left it, a binary file as the run has it.'] : []),
    ...files.flatMap((file) => ['', `${file.path}${file.kind === '' ? '' : ` (${file.kind})`}`, '  the run:', ...side(file.ours), `  ${target}:`, ...side(file.theirs)]),
  ].join('\n')
}
