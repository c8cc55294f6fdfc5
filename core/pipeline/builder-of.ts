import type { Builder } from '../model/builder.ts'
import { circuitOf } from '../model/circuit.ts'
import type { PhaseSpec } from '../model/plan.ts'
import type { Engine } from './engine.ts'
import { fail, next, type Step } from './ending.ts'

/** The builder that a phase names, among those of the config and of plugins; else the config's own. */
export function findBuilder(engine: Pick<Engine, 'config' | 'provisions'>, phase: Pick<PhaseSpec, 'builder'>): Builder | undefined {
  const { config, provisions } = engine
  if (phase.builder === undefined) return config.builder
  const own = Object.hasOwn(config.builders, phase.builder) ? config.builders[phase.builder] : undefined
  return own ?? provisions.builders.get(phase.builder) ?? (config.builder?.name === phase.builder ? config.builder : undefined)
}

/** The circuit of a phase's builder: what pauses when its usage limit is reached. */
export function circuitOfPhase(engine: Pick<Engine, 'config' | 'provisions'>, phase: Pick<PhaseSpec, 'builder'>): string | undefined {
  const builder = findBuilder(engine, phase)
  return builder && circuitOf(builder)
}

export function builderOf(engine: Engine, phase: PhaseSpec): Step<Builder> {
  const builder = findBuilder(engine, phase)
  if (builder) return next(builder)
  const message = phase.builder === undefined ? 'the config names no builder' : `the builder ${JSON.stringify(phase.builder)} is neither in the config nor provided by a plugin`
  return fail({ stage: 'build', class: 'config_error', message }, false)
}
