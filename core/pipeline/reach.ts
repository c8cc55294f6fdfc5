import type { PhaseSpec } from '../model/plan.ts'
import type { Attempt } from './attempt.ts'
import { findBuilder } from './builder-of.ts'
import { planChecks } from './checks.ts'
import type { Engine } from './engine.ts'

/** What decides, besides its run, in whose blast radius a phase lies. */
export function reachOfPhase(engine: Pick<Engine, 'config' | 'provisions'>, phase: Pick<PhaseSpec, 'builder' | 'checks'>): { builder?: string; checks: string[] } {
  // A plugin's builder is not known to a command that loads no plugins.
  const builder = findBuilder(engine, phase)?.name ?? phase.builder
  return { ...(builder !== undefined && { builder }), checks: planChecks(engine.config, phase).map((check) => check.spec.name) }
}

export const reachOf = ({ engine, claim }: Attempt): { builder?: string; checks: string[] } => reachOfPhase(engine, claim.phase.spec)
