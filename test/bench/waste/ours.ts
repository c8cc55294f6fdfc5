import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { drain, type DrainDependencies, type DrainResult } from '../../../core/drain/index.ts'
import { createRunLayout, type RunLayout } from '../../../core/layout/layout.ts'
import type { DrainRules } from '../../../core/model/drain.ts'
import type { Emit } from '../../../core/model/events.ts'
import { planSchema, type PlanInput } from '../../../core/model/plan.ts'
import type { Hooks } from '../../../core/pipeline/facade.ts'
import { loadPlugins } from '../../../core/pipeline/plugin.ts'
import { openStore } from '../../../core/store/open.ts'
import { defaultPlugins } from '../../../plugins/index.ts'
import { movingClock, type MovingClock } from '../../support/moving-clock.ts'
import { firstEvening, hour, sourceFile, ownTest, type SimPhase } from './backlog.ts'
import { execute, type Simulation } from './execute.ts'
import { everyNight, type Ledger } from './ledger.ts'
import { randomOf } from './random.ts'
import { parkedNow } from './parked-now.ts'
import type { World } from './world.ts'

export interface OurOptions {
  rules: DrainRules
  /** Drains that begin in one night, one each hour; default 1. */
  drainsPerNight?: number
  emit?: Emit
  /** Told of each drain's end. */
  onDrain?: (result: DrainResult, at: { from: number; until: number }) => void
}

/** The real drain over a real store, night after night. */
export async function ours(world: World, ledger: Ledger, options: OurOptions): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'autopack-waste-'))
  const clock = seededClock(world.seed)
  const layout = createRunLayout({ runsDir: path.join(dir, 'runs'), project: 'shop' })
  const store = await openStore({ layout, configDir: dir, project: 'shop', runtime: clock, isAlive: () => true, create: true, synchronous: 'NORMAL' })
  try {
    const runs = Map.groupBy(world.phases, (phase) => phase.run)
    for (const [run, phases] of runs) {
      await store.importPlan(planSchema.parse({ id: run, phases: phases.map(specOf) } satisfies PlanInput), `${run}.json`)
      // A plan was written after the other: that is the order in which every policy takes them.
      clock.advance(1_000)
      await mkdir(path.join(dir, run))
      await writeFile(path.join(dir, run, 'pyproject.toml'), '[project]\nname = "shop"\n\n[project.optional-dependencies]\nreddit = ["praw"]\n')
    }
    const simulation: Simulation = { world, ledger, store, clock, hooks: await openHooks(layout, clock), worktreeOf: (run) => path.join(dir, run), lastRuns: new Map() }
    let sessions = 0
    await everyNight(world, ledger, async (start) => {
      let taken = 0
      for (let index = 0; index < (options.drainsPerNight ?? 1) && taken < options.rules.batchSize && !ledger.nothingLeft(); index++) {
        clock.advance(Math.max(0, start + index * hour - clock.now()))
        const from = clock.now()
        const result = await oneDrain(simulation, options, `drain-${++sessions}`)
        taken += result.executed
        ledger.drained(from, clock.now())
        options.onDrain?.(result, { from, until: clock.now() })
      }
      return clock.now()
    })
  } finally {
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

function seededClock(seed: number): MovingClock {
  const random = randomOf(seed, 'runtime')
  return {
    ...movingClock({ start: firstEvening - hour }), random: () => random.next(),
    randomHex: (bytes) => Array.from({ length: bytes }, () => Math.floor(random.next() * 256).toString(16).padStart(2, '0')).join(''),
  }
}

function specOf(phase: SimPhase): PlanInput['phases'][number] {
  return {
    id: phase.id, goal: `Do ${phase.id}`, builder: phase.builder, scope: { paths: [sourceFile(phase), ownTest(phase)] },
    checks: [
      { name: 'tests', run: ['python3', '-m', 'pytest', '-v', `tests/${phase.family}`], format: 'pytest' },
      ...(phase.builds ? [{ name: 'build', run: ['npm', 'run', 'build'] as [string, ...string[]] }] : []),
    ],
  }
}

/** The plugins that are on by default, as in a project without a line of configuration. */
async function openHooks(layout: RunLayout, runtime: MovingClock): Promise<Hooks> {
  const quiet = { info: () => undefined, warn: () => undefined }
  const refuse = () => Promise.reject(new Error('no process is started here'))
  const { hooks } = await loadPlugins({
    // Loaded before: to wait for a module takes no time on a clock that moves by itself.
    plugins: await Promise.all(defaultPlugins.map((plugin) => plugin.load())), classifiers: [], runtime,
    api: {
      redact: (text) => text, config: { kind: 'autopack-config', project: 'shop', root: '.', configDir: layout.runsDir, runsDir: layout.runsDir }, layout, exec: refuse, log: quiet, phases: { decide: refuse, reviews: refuse, reviewPlace: refuse },
    },
  })
  return hooks
}

async function oneDrain(simulation: Simulation, options: OurOptions, session: string): Promise<DrainResult> {
  const { world, ledger, store, clock } = simulation
  const { rules } = options
  const watch = async () => {
    const parked = await parkedNow(store, clock.host, world.phases.filter((phase) => !ledger.history(phase).done && !ledger.history(phase).held), (phase) => ledger.history(phase).failedItself)
    ledger.parking.leaves(clock.now(), parked)
    return parked
  }
  await store.grantAllowance(session)
  // A drain is a process of its own.
  simulation.lastRuns.clear()
  const dependencies: DrainDependencies = {
    store, runtime: clock, project: 'shop', emit: options.emit ?? (() => undefined),
    reach: ({ spec }) => ({ builder: spec.builder, checks: spec.checks.map((check) => check.name) }),
    execute: async (request) => {
      const parked = await watch()
      const result = await execute(simulation, request)
      // What is executed although it is parked is a probe.
      for (const [phase, fingerprints] of parked) if (phase.id === request.phase) fingerprints.forEach(ledger.parking.probed)
      return result
    },
    preflight: async () => ({ type: 'passed' }),
    stopRequest: async () => undefined,
    consumeStop: async () => undefined,
    save: async () => undefined,
  }
  const result = await drain(dependencies, { command: 'drain', session, runs: undefined, rules, batch: rules.batchSize, signal: new AbortController().signal })
  await watch()
  ledger.parking.rests(clock.now())
  return result
}
