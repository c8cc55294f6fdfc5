import { fingerprintUnknownError, nothingPlannedError, phaseAmbiguousError, runNotKnownError, selectionEmptyError, selectionUnknownError } from '../errors.ts'
import { flagsOf, type Asked, type PhaseFilter } from '../drain/index.ts'
import { pipelineClasses, toolClasses } from '../model/failure.ts'
import { familyOf } from '../model/identifiers.ts'
import { nearest } from '../nearest.ts'
import type { Store } from '../store/store.ts'
import type { PlannedRun } from './prepare.ts'

export interface Chosen {
  /** In the order in which they were named, else of import; undefined: every run. */
  runs: string[] | undefined
  /** Left out: every phase of them. */
  filter?: PhaseFilter
}

export interface ChooseContext { store: Store; planned: readonly PlannedRun[]; /** `plans` of the config. */ plans: readonly string[] }

/**
 * The runs and phases that a command is about, of what the plans and the store know. Values of one flag are alternatives; different flags narrow each
 * other. Throws for a name that is nowhere, and where nothing is left.
 */
export async function choose({ store, planned, plans }: ChooseContext, asked: Asked): Promise<Chosen> {
  const stored = await store.runs()
  const families = new Map([...planned.map(({ plan }) => [plan.id, familyOf(plan.id)] as const), ...stored.map((run) => [run.id, run.family] as const)])
  const runs = chooseRuns(families, asked, plans)
  const filter = await chooseFilter({ store, planned }, runs, asked)
  return { runs, ...(filter && { filter }) }
}

function chooseRuns(families: ReadonlyMap<string, string>, asked: Asked, plans: readonly string[]): string[] | undefined {
  const { runs = [], families: wanted = [], skipRunPrefixes = [] } = asked
  const known = [...families.keys()]
  if (runs.length + wanted.length + skipRunPrefixes.length === 0) {
    if (known.length === 0) throw nothingPlannedError(plans)
    return undefined
  }
  for (const name of runs) if (!families.has(name)) throw runNotKnownError(name, nearest(name, known), known)
  const all = [...new Set(families.values())]
  for (const name of wanted) if (!all.includes(name)) throw selectionUnknownError('--family', name, 'family of runs', nearest(name, all), all)
  const left = (runs.length > 0 ? [...new Set(runs)] : known)
    .filter((run) => wanted.length === 0 || wanted.includes(families.get(run)!))
    .filter((run) => !skipRunPrefixes.some((prefix) => run.startsWith(prefix)))
  if (left.length === 0) throw selectionEmptyError(flagsOf('drain', { runs, families: wanted, skipRunPrefixes }).join(' '))
  return left
}

interface KnownPhase { run: string; phase: string; class?: string | undefined; fingerprint?: string | undefined }

async function chooseFilter(context: Pick<ChooseContext, 'store' | 'planned'>, runs: readonly string[] | undefined, asked: Asked): Promise<PhaseFilter | undefined> {
  const { phases = [], classes = [], buckets = [], only } = asked
  if (phases.length + classes.length + buckets.length === 0) return only && { only }
  const known = (await knownPhases(context)).filter(({ run }) => runs === undefined || runs.includes(run))
  return {
    ...(phases.length > 0 && { phases: phases.map((name) => findPhase(name, known)) }),
    ...(classes.length > 0 && { classes: classes.map((name) => findClass(name, known)) }),
    ...(buckets.length > 0 && { buckets: buckets.map((name) => findBucket(name, known)) }),
    ...(only && { only }),
  }
}

async function knownPhases({ store, planned }: Pick<ChooseContext, 'store' | 'planned'>): Promise<KnownPhase[]> {
  const stored = await store.phases()
  const isStored = new Set(stored.map((phase) => JSON.stringify([phase.run, phase.id])))
  const added = planned.flatMap(({ plan }) => plan.phases.filter((phase) => !isStored.has(JSON.stringify([plan.id, phase.id]))).map((phase) => ({ run: plan.id, phase: phase.id })))
  return [...stored.map((phase) => ({ run: phase.run, phase: phase.id, class: phase.class, fingerprint: phase.fingerprint })), ...added]
}

/** Ids of runs and phases may have slashes in them: the name is looked up among those that there are. */
function findPhase(name: string, known: readonly KnownPhase[]): { run: string; phase: string } {
  const found = known.filter(({ run, phase }) => `${run}/${phase}` === name)
  if (found.length > 1) throw phaseAmbiguousError(name, found)
  const names = known.map(({ run, phase }) => `${run}/${phase}`)
  if (!found[0]) throw selectionUnknownError('--phase', name, 'phase (RUN/PHASE)', nearest(name, names) ?? named(known, name), names)
  return { run: found[0].run, phase: found[0].phase }
}

/** Who leaves the run out means the phase of that id, if there is one only. */
function named(known: readonly KnownPhase[], id: string): string | undefined {
  const [only, ...others] = known.filter(({ phase }) => phase === id)
  return only && others.length === 0 ? `${only.run}/${only.phase}` : undefined
}

function findClass(name: string, known: readonly KnownPhase[]): string {
  const seen = [...new Set(known.flatMap((phase) => phase.class ?? []))]
  const all = [...new Set([...seen, ...toolClasses, ...pipelineClasses])]
  if (!all.includes(name)) throw selectionUnknownError('--class', name, 'class of failures', nearest(name, all), seen)
  return name
}

/** A fingerprint may be cut short as far as it names one. */
function findBucket(name: string, known: readonly KnownPhase[]): string {
  const all = [...new Set(known.flatMap((phase) => phase.fingerprint ?? []))]
  const begun = all.filter((fingerprint) => fingerprint.startsWith(name))
  if (begun.length === 1 || all.includes(name)) return all.includes(name) ? name : begun[0]!
  if (begun.length > 1) throw fingerprintUnknownError(name, begun, all)
  throw selectionUnknownError('--bucket', name, 'bucket with a phase in it', nearest(name, all), all)
}
