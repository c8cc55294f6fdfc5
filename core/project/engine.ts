import { builtInFormats } from '../checks/index.ts'
import { userCacheDir } from '../layout/worktrees.ts'
import type { Emit } from '../model/events.ts'
import { createBeside } from '../pipeline/beside.ts'
import type { Engine } from '../pipeline/engine.ts'
import { createAfterwards } from '../pipeline/afterwards.ts'
import { createSummaries } from '../pipeline/summary.ts'
import { createLimitedRunner } from '../pipeline/time-limit.ts'
import { childEnvironment, secretValues } from '../process/environment.ts'
import { currentOwner } from '../process/owner.ts'
import { createRedactor } from '../process/redact.ts'
import { createHistory } from '../telemetry/estimate.ts'
import { acquireWorkspace } from '../workspace/index.ts'
import { parkedReasons } from './buckets.ts'
import type { ProjectParts } from './parts.ts'
import { readTemplate } from './prompt-template.ts'
import { protectedPaths } from './protected-paths.ts'

/** How long a lease lasts without a heartbeat: long enough for a machine that swaps, short enough for a person who waits for a dead one. */
const leaseSeconds = 60

/** Puts together what the way of a phase needs. */
export function createEngine(parts: ProjectParts, report: Emit): Engine {
  const { config, layout, repository, runtime, store, exec, hooks, provided } = parts
  const redactor = createRedactor({ secrets: secretValues({ ...runtime.env, ...config.env.set }) })
  // Builders, checks and plugins speak through events: what they say may hold what they were given.
  const emit: Emit = (event) => report(redactor.redactAll(event))
  const environment = { env: runtime.env, pass: config.env.pass, set: config.env.set }
  // The same for everything but a builder that needs more, and asked for several times in each phase.
  let plain: ReturnType<typeof childEnvironment> | undefined
  const afterwards = createAfterwards()
  return {
    config, layout, repository, runtime, store, exec, hooks, emit, leaseSeconds,
    acquire: parts.acquire ?? acquireWorkspace,
    worktrees: layout.worktrees({ repositoryRoot: repository.root, cacheDir: userCacheDir(runtime), configured: config.workspace.dir }),
    provisions: {
      builders: provided.builders,
      checkFormats: new Map([...[...builtInFormats().values()].map((format) => [format.name, format] as const), ...provided.checkFormats]),
      stubKinds: provided.stubKinds,
    },
    redact: redactor.redact,
    redactAll: redactor.redactAll,
    redactFile: (file) => redactor.redactFile(file),
    tips: new Map(),
    beside: createBeside(),
    lastRuns: new Map(),
    setups: new Map(),
    failedSetups: new Map(),
    goneWorktrees: new Set(),
    runLimited: createLimitedRunner(runtime),
    history: createHistory(),
    afterwards,
    summaries: createSummaries({ store, layout, runtime, config, emit, afterwards }, (run) => parkedReasons({ store, config, runtime, provisions: provided }, run)),
    owner: currentOwner(runtime),
    environment: (builder) => (builder?.passEnvironment ? childEnvironment({ ...environment, builderPass: builder.passEnvironment }) : (plain ??= childEnvironment(environment))),
    protect: protectedPaths(parts),
    template: readTemplate(config),
  }
}
