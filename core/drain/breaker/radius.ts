import type { Blame } from '../../model/failure.ts'
import { radiusLevels, type Bucket, type RadiusCell, type RadiusLevel } from '../../model/bucket.ts'

/** What decides in whose blast radius a phase lies. */
export interface Traits {
  run: string
  family: string
  phase: string
  host: string
  builder?: string | undefined
  checks: readonly string[]
}

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

/** What is parked by a bucket, for a person: `project`, `family fileorg`, `builder codex`. */
export function radiusText(bucket: Bucket): string {
  const live = bucket.cells.filter((cell) => cell.state === (bucket.opened === undefined ? 'suspended' : 'open'))
  const outer = live.filter((cell) => !live.some((other) => levelIndex(other.level) < levelIndex(cell.level)))
  if (outer.length === 0) return bucket.members.length === 1 ? 'its one phase' : `its ${bucket.members.length} phases`
  return outer.map(({ level, value }) => (level === 'project' ? 'the project' : level === 'machine' ? 'this machine' : `${level} ${value}`)).join(', ')
}
