import { randomOf } from './random.ts'
import { day, families, firstEvening, hour, type SimPhase } from './backlog.ts'

export const faultIds = ['import-crash', 'doubled-stub', 'package-praw', 'package-chromadb', 'expired-key', 'full-disk', 'usage-limit', 'broken-check'] as const
export type FaultId = (typeof faultIds)[number]

/** A systemic fault: whom it hits, where it shows, and from when until it is mended (epoch milliseconds). */
export interface Fault {
  id: FaultId
  from: number
  until: number
  shows: 'builder' | 'deliverables' | 'tests' | 'build'
  hits(phase: SimPhase): boolean
  /** Of a missing package: the module, and the test file that imports it. */
  module?: string
  file?: string
}

/** Days within which a fault may begin. */
const begins = 12

/** The eight faults of a seed. What runs out at night begins at night; everything else comes and is mended at any hour. */
export function planFaults(seed: number): Fault[] {
  const random = randomOf(seed, 'faults')
  const midnight = firstEvening - 22 * hour
  const lasting = (shortest: number, longest: number) => {
    const from = midnight + random.between(0, begins) * day
    return { from, until: from + random.between(shortest, longest) * day }
  }
  const atNight = (shortest: number, longest: number) => {
    const from = firstEvening + Math.floor(random.between(0, begins)) * day + random.between(0.5, 3) * hour
    return { from, until: from + random.between(shortest, longest) * hour }
  }
  const family = random.pick(families)
  return [
    // Everything imports it: all phases of all runs, with every tree, for the fault is in what is installed on the machine.
    { id: 'import-crash', ...lasting(1, 2.5), shows: 'tests', hits: () => true },
    // The stub of a family's lock file is written to a path with the family's folder in it twice.
    { id: 'doubled-stub', ...lasting(4, 8), shows: 'deliverables', hits: (phase) => phase.family === family },
    // Declared as an extra in pyproject.toml.
    { id: 'package-praw', ...lasting(3, 6), shows: 'tests', hits: (phase) => phase.family === 'social' || phase.family === 'search', module: 'praw', file: 'test_reddit.py' },
    // Declared nowhere.
    { id: 'package-chromadb', ...lasting(3, 6), shows: 'tests', hits: (phase) => phase.family === 'search', module: 'chromadb', file: 'test_vectors.py' },
    { id: 'expired-key', ...lasting(0.5, 2), shows: 'builder', hits: (phase) => phase.builder === 'claude' },
    { id: 'full-disk', ...atNight(3, 10), shows: 'tests', hits: () => true },
    { id: 'usage-limit', ...atNight(2, 5), shows: 'builder', hits: (phase) => phase.builder === 'claude' },
    // The script behind the check `build` was removed from package.json.
    { id: 'broken-check', ...lasting(1, 3), shows: 'build', hits: (phase) => phase.builds },
  ]
}
