import type { BacklogPhase } from './backlog.ts'

/** Which phases of its runs a drain takes. Values of one rule are alternatives; different rules narrow each other. Empty: all. */
export interface PhaseFilter {
  /** Exactly these. */
  phases?: readonly { run: string; phase: string }[]
  /** Their latest attempt failed with one of these classes. */
  classes?: readonly string[]
  /** Their latest attempt carries one of these fingerprints. */
  buckets?: readonly string[]
  only?: 'queued' | 'failed'
}

/** Why a phase is not one of those that were asked for; undefined if it is. */
export function whyNotChosen(filter: PhaseFilter, phase: BacklogPhase): string | undefined {
  const { phases, classes, buckets, only } = filter
  if (phases && !phases.some((one) => one.run === phase.run && one.phase === phase.id)) return 'not named by --phase'
  if (buckets && !buckets.includes(phase.fingerprint ?? '')) return `not of bucket ${buckets.join(' or ')}`
  if (classes && !classes.includes(phase.class ?? '')) return `not of class ${classes.join(' or ')}`
  if (only === 'queued' && phase.state === 'FAILED') return 'failed, and --only queued was asked for'
  if (only === 'failed' && phase.state === 'QUEUED') return 'queued, and --only failed was asked for'
  return undefined
}

/** Who names a bucket or a phase knows what is to be tried: queued phases of the same run need not come first. */
export const overridesSkip = (filter: PhaseFilter | undefined): boolean => filter?.buckets !== undefined || filter?.phases !== undefined
