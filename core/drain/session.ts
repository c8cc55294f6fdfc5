import type { Counters } from './counters.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { DrainRules } from '../model/drain.ts'

/** The record of a drain, on disk and in the store after every phase. */
export interface Session {
  version: 1
  id: string
  project: string
  command: 'run' | 'drain'
  /** Runs named on the command line; empty: all. */
  runs: string[]
  rules: DrainRules
  startedAt: string
  updatedAt: string
  endedAt?: string
  counters: Counters
  /** Phases that failed here or are not to be touched again by this drain, with the reason. */
  excluded: { run: string; phase: string; reason: string }[]
  failedHere: { run: string; phase: string }[]
  outcomes: DrainReport['phases']
  stop?: DrainReport['stop']
}
