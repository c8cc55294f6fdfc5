import path from 'node:path'
import { argvOf } from '../model/command-text.ts'
import type { CheckSpec, PhaseSpec } from '../model/plan.ts'
import type { ResolvedConfig } from '../config/config.ts'
import type { Preparations } from './before-phase.ts'
import { patternHead } from './pattern-head.ts'

/** A check of an attempt: the project's or the phase's own. */
export interface PlannedCheck {
  spec: CheckSpec
  /** Whose it is: a project's check guards against regression, a phase's is its acceptance. */
  kind: 'project' | 'phase'
  against: 'baseline' | 'none'
  /** The argument list as configured, for plugins and receipts; a shell line as `['sh', '-c', line]`. */
  argv: readonly string[]
  /** Extra arguments (exclusions) in force on base and head alike. */
  args: readonly string[]
  /** A classifier has had it run again without something in this attempt: it may once. */
  retried?: true
}

/** The checks of the project, then those of the phase; a phase's check of the same name takes the place of the project's. */
export function planChecks(config: Pick<ResolvedConfig, 'checks'>, phase: Pick<PhaseSpec, 'checks'>): PlannedCheck[] {
  const own = new Set(phase.checks.map((check) => check.name))
  const planned = (spec: CheckSpec, kind: 'project' | 'phase'): PlannedCheck => ({
    spec, kind, against: spec.against ?? (kind === 'project' ? 'baseline' : 'none'), args: [],
    argv: argvOf(spec.run),
  })
  return [...config.checks.filter((check) => !own.has(check.name)).map((check) => planned(check, 'project')), ...phase.checks.map((check) => planned(check, 'phase'))]
}

/**
 * Leaves out the checks of the project that a phase cannot affect: its write scope lies in folders that they are unaffected by, as a whole.
 * `write`: relative to the repository; empty: everything. What the phase is there to mend is never left out.
 */
export function affectedChecks(checks: readonly PlannedCheck[], phase: Pick<PhaseSpec, 'repairs'>, write: readonly string[], prefix: string): { checks: PlannedCheck[]; leftOut: string[] } {
  const heads = write.map(patternHead)
  const affected = ({ spec, kind }: PlannedCheck) => {
    if (kind === 'phase' || heads.length === 0 || phase.repairs.includes(spec.name)) return true
    const folders = (spec.unaffectedBy ?? []).map((folder) => path.posix.join(prefix, folder).replace(/\/+$/, ''))
    return !heads.every((head) => folders.some((folder) => head === folder || head.startsWith(`${folder}/`)))
  }
  return { checks: checks.filter(affected), leftOut: checks.filter((check) => !affected(check)).map((check) => check.spec.name) }
}

/** Adds the arguments that plugins declared in `beforePhase`. Names of checks that do not exist are returned, to be warned of. */
export function withArguments(checks: readonly PlannedCheck[], declared: Preparations['checkArguments']): { checks: PlannedCheck[]; unknown: string[] } {
  const names = new Set(checks.map((check) => check.spec.name))
  return {
    checks: checks.map((check) => {
      const args = declared.filter((entry) => entry.check === check.spec.name).flatMap((entry) => entry.args)
      return args.length > 0 ? { ...check, args: [...check.args, ...args] } : check
    }),
    unknown: declared.map((entry) => entry.check).filter((name) => !names.has(name)),
  }
}
