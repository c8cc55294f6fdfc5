import { drainDefaults, type DrainRules, type DrainRulesInput } from '../../../core/model/drain.ts'
import { strictTriage } from '../../../presets/index.ts'
import type { Ledger } from './ledger.ts'
import { oracle } from './oracle.ts'
import { ours } from './ours.ts'
import { loop } from './plain.ts'
import type { World } from './world.ts'

export const policyNames = ['retry loop', 'predecessor', 'ours', 'ours, strictTriage', 'oracle that asks', 'oracle'] as const
export type PolicyName = (typeof policyNames)[number]

const given = strictTriage().config.drain as DrainRulesInput
const strict = { ...drainDefaults, ...given, maxTokens: { ...drainDefaults.maxTokens, ...given.maxTokens }, maxCost: { ...drainDefaults.maxCost, ...given.maxCost } } as DrainRules

export const policies: Readonly<Record<PolicyName, (world: World, ledger: Ledger) => Promise<void>>> = {
  'retry loop': (world, ledger) => loop(world, ledger, { attempts: 5 }),
  predecessor: (world, ledger) => loop(world, ledger, { attempts: 2, repeatsPerRun: 3 }),
  ours: (world, ledger) => ours(world, ledger, { rules: drainDefaults }),
  // Its drains end after 45 minutes, so that one begins every hour of the night.
  'ours, strictTriage': (world, ledger) => ours(world, ledger, { rules: strict, drainsPerNight: 8 }),
  'oracle that asks': (world, ledger) => oracle(world, ledger, { asks: true }),
  oracle,
}
