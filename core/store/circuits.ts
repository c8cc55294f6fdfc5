import { pauseCircuit, type BuilderCircuit } from '../model/circuit.ts'
import type { StoreContext } from './context.ts'
import type { Leases } from './lease.ts'
import { one, run, statement } from './steps.ts'
import type { Steps } from './steps.ts'
import type { AttemptEnd, Claim, Store } from './store.ts'

export type Circuits = ReturnType<typeof circuits>

/** While another process asks a builder whether its limit is over, nobody else does; looked at again after so long. */
const probeLookMs = 5_000

/** Builder accounts at their usage limit: written with the end of each attempt, asked by each claim, so that every drain of the store leaves them alone. */
export function circuits(context: StoreContext, lease: Leases) {
  const { project, connection, queries, runtime } = context
  const list = statement((_none: object) => queries.selectFrom('circuits').select('json').where('project', '=', project).orderBy('builder'))
  const put = statement((row: { builder: string; json: string }) =>
    queries.insertInto('circuits').values({ project, builder: row.builder, json: row.json })
      .onConflict((conflict) => conflict.columns(['project', 'builder']).doUpdateSet((to) => ({ json: to.ref('excluded.json') }))))

  const read = (json: string) => JSON.parse(json) as BuilderCircuit
  const write = (circuit: BuilderCircuit) => put.run({ builder: circuit.builder, json: JSON.stringify(circuit) })

  function* all(): Steps<BuilderCircuit[]> {
    return (yield* list.all({})).map(({ json }) => read(json))
  }

  /** Whether the attempt that probes it is still at work. */
  function* isProbed({ probe }: BuilderCircuit): Steps<boolean> {
    return probe !== undefined && (yield* lease.isHeldBy(probe.run, probe.attempt))
  }

  /** Until when a builder must not be asked, and why; undefined when it may be. */
  function* pausedUntil(circuit: BuilderCircuit): Steps<number | undefined> {
    if (circuit.until > runtime.now()) return circuit.until
    return (yield* isProbed(circuit)) ? runtime.now() + probeLookMs : undefined
  }

  return {
    /** The circuit that a claim has to ask, with the time until which it says no. Nothing is read of the phase where no builder is paused. */
    *ask(builderOf: () => string | undefined): Steps<{ circuit: BuilderCircuit; until: number | undefined } | undefined> {
      const known = yield* all()
      if (known.length === 0) return undefined
      const builder = builderOf()
      const circuit = known.find((each) => each.builder === builder)
      return circuit && { circuit, until: yield* pausedUntil(circuit) }
    },
    /** The attempt that was just claimed is its probe. */
    probe: (circuit: BuilderCircuit, probe: NonNullable<BuilderCircuit['probe']>) => write({ ...circuit, probe }),
    /** What the end of an attempt says of its builder's account. */
    *after(claim: Claim, end: AttemptEnd): Steps<void> {
      const { circuit: builder, limit } = end
      if (builder === undefined) return
      const found = (yield* all()).find((each) => each.builder === builder)
      if (limit) return void (yield* write(pauseCircuit(found, builder, limit, { startedAt: claim.startedAt, now: runtime.now(), random: runtime.random() })))
      // What began before the pause, or was stopped, does not tell whether it is over.
      const tells = end.builderReached && end.outcome !== 'interrupted'
      if (found && tells && claim.startedAt > found.at) yield* run(queries.deleteFrom('circuits').where('project', '=', project).where('builder', '=', builder))
    },
    methods: {
      circuits: () => connection.read(function* () {
        const known: Awaited<ReturnType<Store['circuits']>> = []
        for (const { probe, ...circuit } of yield* all()) {
          const probed = probe !== undefined && (yield* isProbed({ ...circuit, probe }))
          known.push({ ...circuit, until: (yield* pausedUntil({ ...circuit, ...(probed && { probe }) })) ?? circuit.until, ...(probed && { probe }) })
        }
        return known
      }),
      retryBuilder: (builder: string) => connection.write(function* () {
        const found = yield* one(queries.selectFrom('circuits').select('json').where('project', '=', project).where('builder', '=', builder))
        if (!found) return false
        const { probe: _probe, ...circuit } = read(found.json)
        yield* write({ ...circuit, until: Math.min(circuit.until, runtime.now()) })
        return true
      }),
    } satisfies Partial<Store>,
  }
}
