import type { PhaseSpec } from '../model/plan.ts'
import { matchesScope } from '../workspace/scope.ts'
import type { Attempt } from './attempt.ts'
import { findBuilder } from './builder-of.ts'
import { planChecks } from './checks.ts'
import type { Engine } from './engine.ts'

interface Reach { builder?: string; checks: string[]; mends(file: string): boolean }

/** What decides, besides its run, in whose blast radius a phase lies. */
export function reachOfPhase(engine: Pick<Engine, 'config' | 'provisions'>, phase: Pick<PhaseSpec, 'builder' | 'checks' | 'scope'>): Reach {
  // A plugin's builder is not known to a command that loads no plugins.
  const builder = findBuilder(engine, phase)?.name ?? phase.builder
  const named = phase.scope.paths.map((pattern) => pattern.replace(/^\.\//, ''))
  return {
    ...(builder !== undefined && { builder }), checks: planChecks(engine.config, phase).map((check) => check.spec.name),
    // As a plan writes it: relative to the project root or to the repository.
    mends: (file) => matchesScope(file, named) || named.some((pattern) => pattern.endsWith(`/${file}`)),
  }
}

export function reachOf({ engine, claim }: Attempt): Pick<Reach, 'builder' | 'checks'> {
  const { builder, checks } = reachOfPhase(engine, claim.phase.spec)
  return { ...(builder !== undefined && { builder }), checks }
}
