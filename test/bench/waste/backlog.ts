import { randomOf } from './random.ts'
import { testFailures, type TestFailure } from './texts.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
/** A Monday; the drains begin at ten in the evening. */
export const firstEvening = Date.UTC(2026, 0, 5, 22)

export const families = ['accounts', 'billing', 'frontend', 'importer', 'reports', 'search', 'social', 'sync'] as const
type Family = (typeof families)[number]

/** How a phase fails of itself. */
type OwnKind = 'test' | 'deliverable' | 'no-change' | 'timeout'
/** What a phase is like, which no policy knows. */
type Nature = { type: 'sound' } | { type: 'fails'; kind: OwnKind; test: TestFailure } | { type: 'flaky'; failures: 1 | 2; kind: OwnKind; test: TestFailure }

export interface SimPhase {
  /** Unique in the backlog. */
  id: string
  run: string
  family: Family
  builder: 'claude' | 'codex'
  /** Has the check `build` beside `tests`. */
  builds: boolean
  nature: Nature
}

export interface BacklogSize { runs: number; phasesPerRun: number }

/** The phases of all runs, in the order of the plans; the runs of the families take turns. */
export function createBacklog(seed: number, size: BacklogSize): SimPhase[] {
  const random = randomOf(seed, 'phases')
  const phases: SimPhase[] = []
  for (let index = 0; index < size.runs; index++) {
    const family = families[index % families.length]!
    const round = Math.floor(index / families.length)
    const run = `${family}-202601${String(5 + round).padStart(2, '0')}`
    for (let place = 0; place < size.phasesPerRun; place++) {
      const builder = random.next() < 0.6 ? 'claude' : 'codex'
      phases.push({ id: `${family}-${round}-${place}`, run, family, builder, builds: random.next() < 0.4, nature: { type: 'sound' } })
    }
  }
  giveNatures(seed, phases)
  return phases
}

/** One in twenty fails whatever is tried, three in a hundred fail once or twice before they succeed. */
function giveNatures(seed: number, phases: readonly SimPhase[]): void {
  const random = randomOf(seed, 'natures')
  const failing = Math.round(phases.length * 0.05)
  const flaky = Math.round(phases.length * 0.03)
  for (const [index, phase] of random.sample(phases, failing + flaky).entries()) {
    const chance = random.next()
    const kind: OwnKind = chance < 0.6 ? 'test' : chance < 0.75 ? 'deliverable' : chance < 0.9 ? 'no-change' : 'timeout'
    const test = random.pick(testFailures)
    phase.nature = index < failing ? { type: 'fails', kind, test } : { type: 'flaky', failures: random.next() < 2 / 3 ? 1 : 2, kind, test }
  }
}

const redditTests = (family: Family): boolean => family === 'social' || family === 'search'

/** The test files that are there on the base. */
export const testFiles = ({ family }: SimPhase): string[] => [
  `tests/${family}/test_core.py`, ...(redditTests(family) ? [`tests/${family}/test_reddit.py`] : []), ...(family === 'search' ? ['tests/search/test_vectors.py'] : []),
]
/** The test file that the builder writes. */
export const ownTest = (phase: SimPhase): string => `tests/${phase.family}/test_${phase.id.replaceAll('-', '_')}.py`
export const sourceFile = (phase: SimPhase): string => `src/${phase.family}/${phase.id}.py`
/** Every phase of a family keeps it up to date; it is laid out as a stub before the builder works. */
export const lockFile = (phase: SimPhase): string => `${phase.family}/package-lock.json`
