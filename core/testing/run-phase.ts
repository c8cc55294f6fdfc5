import type { ConfigInput } from '../config/input.ts'
import type { PlanInput } from '../model/plan.ts'
import type { PluginInstance } from '../model/plugin.ts'
import { makeProject } from './project.ts'
import type { ProjectOptions } from './project.ts'
import type { PhaseRun } from './read-run.ts'
import type { BuildScript } from './scripted-builder.ts'

export interface PhaseOptions extends Omit<ProjectOptions, 'plans' | 'build'> {
  /** Beside those that are on by default. */
  plugins?: readonly PluginInstance[]
  /** What matters of the phase. Default: the phase `phase-1` of run `run-1`, without a scope, deliverables or checks of its own. */
  phase?: Partial<PlanInput['phases'][number]>
  /** What the scripted builder does. Default: a step `{}`, which writes each deliverable, or `made.txt` where there are none. */
  build?: BuildScript
}

/**
 * Runs one phase in a project of its own, which is gone afterwards: from its claim to its commit, with real worktrees and checks.
 * A phase that is tried again is one attempt each; what is returned is the last one.
 *
 * @throws Error, with what Autopack would have printed, when it could not begin: a plugin that is refused, a path that leaves the repository.
 */
export async function runPhase(options: PhaseOptions = {}): Promise<PhaseRun> {
  const { plugins = [], phase, build, config, ...rest } = options
  const spec = { id: 'phase-1', goal: 'A phase for a test.', ...phase }
  const merged: ConfigInput = { ...config, plugins: [...(config?.plugins ?? []), ...plugins] }
  await using project = await makeProject({ ...rest, config: merged, plans: [{ id: 'run-1', phases: [spec] }], ...(build !== undefined && { build: { [spec.id]: build } }) })
  return (await project.run()).phase(spec.id)
}
