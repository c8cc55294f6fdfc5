import type { ResolvedConfig } from '../../config/config.ts'
import type { RunLayout } from '../../layout/layout.ts'
import { iso } from '../../model/iso.ts'
import type { RepairFinding } from '../../model/repair.ts'
import type { Runtime } from '../../model/runtime.ts'
import { isAlive } from '../../process/owner.ts'
import type { Owner, Store } from '../../store/store.ts'
import type { Repository } from '../../workspace/workspace.ts'

/** What is looked at. Without a repository, nothing that git knows is found. */
export interface RepairContext {
  config: ResolvedConfig
  layout: RunLayout
  runtime: Runtime
  store: Store
  repository: Repository | undefined
}

/** `its process 123 on this host is gone`, or that it is not heard of any more. */
export function lossOf(runtime: Runtime, owner: Owner, expiresAt?: number): string {
  if (owner.host === runtime.host && !isAlive(runtime, owner)) return `its process ${owner.pid} is gone`
  return `nobody renews its lease${expiresAt === undefined ? '' : `, which ended ${iso(expiresAt)}`} (process ${owner.pid} on ${owner.host})`
}

/** A finding with a change that repairs it. */
export function repairable(finding: Omit<RepairFinding, 'fix'> & { change: string }): RepairFinding {
  return { ...finding, fix: null }
}

/** A finding that a person has to see to. */
export function told(finding: Pick<RepairFinding, 'kind' | 'subject' | 'problem' | 'before'> & { fix: string }): RepairFinding {
  return { ...finding, change: null, after: null }
}
