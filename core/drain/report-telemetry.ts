import type { DrainReport } from '../model/drain-report.ts'
import type { AttemptTelemetry } from '../model/telemetry.ts'
import { spentByGroup } from '../telemetry/spent.ts'
import { broughtBy } from '../telemetry/yield.ts'
import { goNoGo } from './go-no-go.ts'

/** What the attempts of a session cost and brought, and whether more of the same is worth it. */
export function reportTelemetry(attempts: readonly AttemptTelemetry[]): Pick<DrainReport, 'spend' | 'yield' | 'goNoGo'> {
  const spend = spentByGroup(attempts, (attempt) => attempt.outcome).map(({ name, ...spent }) => ({ outcome: name, ...spent }))
  return { spend, yield: broughtBy(attempts), goNoGo: goNoGo(attempts) }
}
