import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createRunLayout } from '../../../core/layout/layout.ts'
import type { RunLayout } from '../../../core/layout/layout.ts'
import { planSchema } from '../../../core/model/plan.ts'
import type { Plan, PlanInput } from '../../../core/model/plan.ts'
import type { Runtime } from '../../../core/model/runtime.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { openStore } from '../../../core/store/open.ts'
import type { AttemptEnd, Claim, ClaimResult, Owner, Store } from '../../../core/store/store.ts'

/** Temporary folders that `remove` deletes. */
export function temporaryFolders(): { make(): string; remove(): void } {
  const made: string[] = []
  return {
    make() {
      const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'autopack-store-')))
      made.push(dir)
      return dir
    },
    remove: () => made.forEach((dir) => rmSync(dir, { recursive: true, force: true })),
  }
}

/** A runtime on whose clock only the test moves. */
export function steppedRuntime(): Runtime & { advance(milliseconds: number): void } {
  let now = 1_765_000_000_000
  return { ...systemRuntime(), now: () => now, advance: (milliseconds) => { now += milliseconds } }
}

export interface OpenedStore {
  store: Store
  layout: RunLayout
  runtime: ReturnType<typeof steppedRuntime>
  /** Owners that are dead, by pid. */
  dead: Set<number>
  owner(pid: number): Owner
}

export async function newStore(dir: string, project = 'p'): Promise<OpenedStore> {
  const runtime = steppedRuntime()
  const dead = new Set<number>()
  const layout = createRunLayout({ runsDir: path.join(dir, 'runs'), project })
  const store = await openStore({ layout, configDir: dir, project, runtime, isAlive: (owner) => !dead.has(owner.pid), create: true })
  return { store, layout, runtime, dead, owner: (pid) => ({ host: runtime.host, pid, startTime: `t${pid}` }) }
}

export function plan(id: string, phases: readonly (string | PlanInput['phases'][number])[], more: Partial<PlanInput> = {}): Plan {
  return planSchema.parse({ id, ...more, phases: phases.map((phase) => (typeof phase === 'string' ? { id: phase, goal: `Do ${phase}` } : phase)) })
}

export function claimRequest(owner: Owner, run: string, phase: string) {
  return { run, phase, session: 's1', owner, leaseSeconds: 60, maxAttempts: 2, absoluteCap: 10 }
}

export function claimed(result: ClaimResult): Claim {
  if (result.type !== 'claimed') throw new Error(`expected a claim, got ${JSON.stringify(result)}`)
  return result.claim
}

export function ending(outcome: AttemptEnd['outcome'], state: AttemptEnd['state'], more: Partial<AttemptEnd> = {}): AttemptEnd {
  return { outcome, state, charged: true, stage: 'checks', usage: 'unknown', builderReached: true, ...more }
}

/** mulberry32: small, seeded, good enough to choose operations. */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('expected an error')
}
