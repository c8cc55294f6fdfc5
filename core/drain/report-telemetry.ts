import { drainDefaults } from '../model/drain.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { AttemptTelemetry } from '../model/telemetry.ts'
import { addSpending, countedSpending, nothing, type Assumptions } from '../telemetry/spending.ts'
import { spentByGroup } from '../telemetry/spent.ts'
import { broughtBy } from '../telemetry/yield.ts'
import { goNoGo } from './go-no-go.ts'

/** What the attempts of a session cost and brought, and whether more of the same is worth it. */
export function reportTelemetry(attempts: readonly AttemptTelemetry[], rules: Assumptions = drainDefaults): Pick<DrainReport, 'spend' | 'counted' | 'yield' | 'goNoGo'> {
  const spend = spentByGroup(attempts, (attempt) => attempt.outcome).map(({ name, ...spent }) => ({ outcome: name, ...spent }))
  const counted = attempts.map((attempt) => countedSpending(attempt, rules)).reduce(addSpending, nothing)
  return { spend, counted, yield: broughtBy(attempts), goNoGo: goNoGo(attempts) }
}
