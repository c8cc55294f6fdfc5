import type { Asked } from './asked.ts'
import type { DrainRequest } from './contract.ts'
import { noCounters, type Counters } from './counters.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { DrainRules } from '../model/drain.ts'
import type { PhaseFilter } from './filter.ts'

/** The record of a drain, on disk and in the store after every phase. */
export interface Session {
  version: 1
  id: string
  project: string
  command: 'run' | 'drain'
  /** Ids of its runs; empty: all. */
  runs: string[]
  rules: DrainRules
  /** Sessions of earlier versions do not have it. */
  asked?: Asked
  /** What of the runs is taken; left out: all. */
  filter?: PhaseFilter
  startedAt: string
  updatedAt: string
  /** The process that works, or worked last, on the session, since when, and which stop requests (by `stopKey`) it has seen. */
  holder?: { host: string; pid: number; startTime: string; since: string; stopsSeen: string[] }
  /** The database that it works on. */
  store?: { kind: string; location: string; id: string }
  endedAt?: string
  counters: Counters
  /** Phases that failed here or are not to be touched again by this drain, with the reason. */
  excluded: { run: string; phase: string; reason: string }[]
  failedHere: { run: string; phase: string }[]
  outcomes: DrainReport['phases']
  stop?: DrainReport['stop']
}

/** A new session, or one that goes on with what an earlier process counted. `at`: ISO 8601. */
export function beginSession(project: string, { session, command, runs, rules, resumed, asked, filter }: DrainRequest, at: string): Session {
  return {
    version: 1, id: session, project, command, runs: [...(runs ?? [])], rules, ...(asked && { asked }), ...(filter && { filter }), startedAt: resumed?.startedAt ?? at, updatedAt: at, counters: { ...noCounters(), ...resumed?.counters },
    excluded: [...(resumed?.excluded ?? [])], failedHere: [...(resumed?.failedHere ?? [])], outcomes: [...(resumed?.outcomes ?? [])],
  }
}
