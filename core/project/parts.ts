import type { ResolvedConfig } from '../config/config.ts'
import type { RunLayout } from '../layout/layout.ts'
import type { ProcessRunner } from '../model/process.ts'
import type { Runtime } from '../model/runtime.ts'
import type { Hooks } from '../pipeline/facade.ts'
import type { PluginRegistry } from '../pipeline/provided.ts'
import type { Store } from '../store/store.ts'
import type { AcquireRequest } from '../workspace/index.ts'
import type { Repository, Workspace } from '../workspace/workspace.ts'

/** A project with everything opened: what a drain is put together from. */
export interface ProjectParts {
  config: ResolvedConfig
  layout: RunLayout
  runtime: Runtime
  repository: Repository
  store: Store
  exec: ProcessRunner
  hooks: Hooks
  provided: PluginRegistry
  /** Whether a plugin has switched buckets and breakers on. */
  buckets?: { readonly on: boolean }
  /** Opens what a phase works in. Default: a worktree of git. */
  acquire?(request: AcquireRequest): Promise<Workspace>
}
