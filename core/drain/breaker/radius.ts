import type { Blame } from '../../model/blame.ts'
import { radiusLevels, type Bucket, type RadiusCell, type RadiusLevel } from '../../model/bucket.ts'

/** What decides in whose blast radius a phase lies. */
export interface Traits {
  run: string
  family: string
  phase: string
  host: string
  builder?: string | undefined
  checks: readonly string[]
  /** Whether the phase may change this file by name: relative to the project root. */
  mends?(file: string): boolean
}

/** Whether both are the same phase. */
export const isPhase = (left: { run: string; phase: string }, right: { run: string; phase: string }): boolean => left.run === right.run && left.phase === right.phase

export const levelIndex = (level: RadiusLevel): number => radiusLevels.indexOf(level)

/** Whether a phase lies in the cell. */
export function holds(cell: Pick<RadiusCell, 'level' | 'value'>, traits: Traits): boolean {
  switch (cell.level) {
    case 'machine': return traits.host === cell.value
    case 'project': return true
    case 'builder': return traits.builder === cell.value
    case 'check': return traits.checks.includes(cell.value)
    case 'family': return traits.family === cell.value
    case 'run': return traits.run === cell.value
  }
}

/** Whether a phase runs what fails: one that has none of the checks at which a fault shows cannot show it, and says nothing of it. */
export const isExposed = (bucket: Pick<Bucket, 'checks'>, traits: Pick<Traits, 'checks'>): boolean => bucket.checks === undefined || bucket.checks.some((check) => traits.checks.includes(check))

/** The cells in which a failure lies, from the widest that its blame allows. What has no builder or check known has no such cell. */
export function cellsOf(failure: Omit<Traits, 'checks'> & { check?: string | undefined }, widest: RadiusLevel): Pick<RadiusCell, 'level' | 'value'>[] {
  const values: Record<RadiusLevel, string | undefined> = {
    machine: failure.host, project: '', builder: failure.builder, check: failure.check, family: failure.family, run: failure.run,
  }
  return radiusLevels.slice(levelIndex(widest)).flatMap((level) => (values[level] === undefined ? [] : [{ level, value: values[level] }]))
}

/** The widest level that a blame allows; a fault of a phase may turn out to be one of its family. */
export const widestOf = (blame: Blame): RadiusLevel => (blame === 'phase' ? 'family' : blame)

export const isSystemic = (blame: Blame): boolean => blame !== 'phase'

/** Parks what lies in it. */
export const isLive = (cell: RadiusCell): boolean => cell.state !== 'watched'

/**
 * The cells that park. The one that is to blame explains what lies inside it; where it was found innocent, several may be left that each explain all, and
 * all of them park, for whichever it is, no other call is to be spent on it.
 */
export function parkingCells(bucket: Bucket): RadiusCell[] {
  const live = bucket.cells.filter(isLive)
  const explains = (wider: RadiusCell, cell: RadiusCell) => levelIndex(wider.level) < levelIndex(cell.level) && cell.phases.every((phase) => wider.phases.includes(phase))
  return live.filter((cell) => !live.some((wider) => explains(wider, cell) && (cell.state === 'suspended' || wider.level === widestOf(bucket.blame))))
}

/** What is parked by a bucket, for a person: `project`, `family fileorg`, `builder codex`. */
export function radiusText(bucket: Bucket): string {
  const parking = parkingCells(bucket)
  const open = parking.filter((cell) => cell.state === 'open')
  const shown = open.length > 0 ? open : parking
  // Of several that are open the narrower says nothing where a wider one holds it.
  const outer = shown.filter((cell) => !shown.some((wider) => levelIndex(wider.level) < levelIndex(cell.level) && (wider.level === 'machine' || wider.level === 'project' || (cell.level === 'run' && wider.level === 'family'))))
  if (outer.length === 0) return bucket.members.length === 1 ? 'its one phase' : `its ${bucket.members.length} phases`
  return outer.map(({ level, value }) => (level === 'project' ? 'the project' : level === 'machine' ? 'this machine' : `${level} ${value}`)).join(', ')
}
