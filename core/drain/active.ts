import { phaseName } from '../model/bucket.ts'
import type { DrainRules } from '../model/drain.ts'
import type { BacklogPhase, BacklogRun } from './backlog.ts'
import type { DrainDependencies } from './contract.ts'
import type { Selection } from './select.ts'

/** An attempt that is at work. */
export interface ActivePhase extends Selection { startedAt: number; controller: AbortController; done: Promise<void> }

/** What a drain has at work, and what that leaves room for: so many runs at once, and of each so many phases that leave each other alone. */
export class Active {
  readonly #rules: Pick<DrainRules, 'parallel' | 'phaseParallelism'>
  readonly #mayGoBeside: DrainDependencies['mayGoBeside']
  readonly #phases = new Map<string, ActivePhase>()

  constructor(rules: Pick<DrainRules, 'parallel' | 'phaseParallelism'>, mayGoBeside: DrainDependencies['mayGoBeside']) {
    this.#rules = rules
    this.#mayGoBeside = mayGoBeside
  }

  get size(): number { return this.#phases.size }

  all(): ActivePhase[] { return [...this.#phases.values()] }

  begin(active: ActivePhase): void {
    this.#phases.set(phaseName(active.run.record.id, active.phase.id), active)
  }

  end(run: string, phase: string): void {
    this.#phases.delete(phaseName(run, phase))
  }

  /** Of a run, or one phase of it. */
  of(run: string, phase?: string): ActivePhase[] {
    return this.all().filter((one) => one.run.record.id === run && (phase === undefined || one.phase.id === phase))
  }

  /** Whether anything more can be begun, as far as numbers go. */
  hasPlace(): boolean {
    return this.#runs().size < this.#rules.parallel || this.#full().size < this.#rules.parallel
  }

  /** Runs of which nothing more can be begun; and where as many runs as may be are at work, those alone of which more can. */
  places(): { busyRuns: ReadonlySet<string>; openRuns: ReadonlySet<string> | undefined } {
    const runs = this.#runs()
    return { busyRuns: this.#full(), openRuns: runs.size < this.#rules.parallel || this.#rules.phaseParallelism === 1 ? undefined : new Set(runs.keys()) }
  }

  /** Whether a phase has to wait for others of its run: it is at work itself, another may change the same files, or it failed and others go first. */
  waits(run: BacklogRun, phase: BacklogPhase): boolean {
    if (this.#rules.phaseParallelism === 1) return false
    return this.of(run.record.id).some((one) => one.phase.id === phase.id || (phase.state === 'FAILED' && one.kind === 'queued') || !this.#mayGoBeside?.(one.phase, phase))
  }

  #runs(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { run } of this.#phases.values()) counts.set(run.record.id, (counts.get(run.record.id) ?? 0) + 1)
    return counts
  }

  #full(): Set<string> {
    return new Set([...this.#runs()].flatMap(([run, count]) => (count >= this.#rules.phaseParallelism ? [run] : [])))
  }
}
