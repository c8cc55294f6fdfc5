import { kebab, shellQuote } from '../model/command-text.ts'
import type { DrainRulesInput } from '../model/drain.ts'

/** What a drain was started with, as typed: who resumes it goes on with that. What was not named is left out. */
export interface Asked {
  /** Ids of runs. */
  runs?: readonly string[]
  families?: readonly string[]
  /** Fingerprints, or how they begin. */
  buckets?: readonly string[]
  classes?: readonly string[]
  /** `RUN/PHASE`. */
  phases?: readonly string[]
  only?: 'queued' | 'failed'
  skipRunPrefixes?: readonly string[]
  /** The config holds for the rest, as it is by then. */
  rules?: DrainRulesInput
  scale?: boolean
}

/** What says which phases are taken, each with its flag. */
export const selectionFlags = { runs: '--run', families: '--family', buckets: '--bucket', classes: '--class', phases: '--phase', only: '--only', skipRunPrefixes: '--skip-run-prefix' } as const
export type SelectionKey = keyof typeof selectionFlags
export const selectionKeys = Object.keys(selectionFlags) as SelectionKey[]

/** The values of one rule of selection; empty where it was not named. */
export function valuesOf(asked: Asked, key: SelectionKey): readonly string[] {
  const value = asked[key] ?? []
  return typeof value === 'string' ? [value] : value
}

/** What would have to be typed to ask for the same again, behind `autopack run` or `autopack drain`. */
export function flagsOf(command: 'run' | 'drain', asked: Asked): string[] {
  const selection = selectionKeys.flatMap((key) => valuesOf(asked, key).flatMap((value) => (command === 'run' && key === 'runs' ? [shellQuote(value)] : [selectionFlags[key], shellQuote(value)])))
  return [...selection, ...ruleFlags(asked.rules ?? {}), ...(asked.scale ? ['--scale', 'auto'] : [])]
}

function ruleFlags(rules: DrainRulesInput): string[] {
  return Object.entries(rules).flatMap(([rule, value]) => {
    const flag = kebab(rule)
    if (rule === 'skipRunsWithQueued') return value === false ? [`--no-${flag}`] : []
    if (typeof value === 'boolean') return value ? [`--${flag}`] : []
    if (typeof value === 'object') return Object.entries(value).flatMap(([scope, cap]) => (cap === undefined ? [] : [`--${flag}-per-${scope}`, String(cap)]))
    return value === undefined ? [] : [`--${flag}`, String(value)]
  })
}
