import { UserError } from './user-error.ts'
import type { SourceLocation } from './user-error.ts'

// Errors of plans and of the paths in them.

export function pathOutsideError(raw: string, reason: string): UserError {
  return new UserError({
    code: 'path-outside',
    message: `the path ${JSON.stringify(raw)} leaves the repository: ${reason}`,
    fix: 'name a path inside the repository, relative to it or (with ./) to the project root',
  })
}

export function checkOutsideError(check: string, cwd: string): UserError {
  return new UserError({ code: 'path-outside', message: `the check ${check} would run in ${JSON.stringify(cwd)}, outside the repository`, fix: 'name a folder of the repository, relative to the project root' })
}

export function pathAmbiguousError(raw: string, readings: readonly [string, string], prefix: string): UserError {
  return new UserError({
    code: 'path-ambiguous',
    message: `the path ${JSON.stringify(raw)} names two files: ${readings[0]} (from the repository) and ${readings[1]} (from the project root)`,
    fix: `write ./${readings[1].slice(prefix.length)} for the one in the project root, or ./${'../'.repeat(prefix.split('/').length - 1)}${readings[0]} for the other`,
  })
}

/** `found`: what is there instead, if anything. */
export function planFileMissingError(name: string, origin: string, found?: 'a folder'): UserError {
  const problem = found === undefined ? `there is no plan ${JSON.stringify(name)}` : `${JSON.stringify(name)} is ${found} and not a plan`
  return new UserError({ code: 'plan-missing', message: `plans: ${problem} (named by ${origin})`, fix: 'name a .yaml, .yml, .json or .ts file, relative to the folder of the config, or a glob' })
}

export function tooManyFilesError(globs: readonly string[], most: number): UserError {
  return new UserError({ code: 'plans-too-many-files', message: `plans: ${globs.join(', ')} leads through more than ${most} files`, fix: 'begin the globs with the folder of the plans, as in runs/*.yaml' })
}

export function needsCycleError(path: string, cycle: readonly string[], where: SourceLocation): UserError {
  return new UserError({
    code: 'needs-cycle',
    message: `${path}: the phases need each other in a circle: ${(cycle.length > 12 ? [...cycle.slice(0, 8), `${cycle.length - 10} more`, ...cycle.slice(-2)] : cycle).join(' → ')}`,
    where,
    fix: 'take one of these needs away',
  })
}

export function deliverableOutsideScopeError(path: string, deliverable: string, where: SourceLocation, scope: SourceLocation): UserError {
  const place = [scope.file, scope.line, scope.column].filter((part) => part !== undefined).join(':')
  return new UserError({
    code: 'deliverable-outside-scope',
    message: `${path}: ${JSON.stringify(deliverable)} lies outside the write scope at ${place}, so that no builder may make it`,
    where,
    fix: 'add it to scope.paths, or take it out of deliverables',
  })
}

export function deliverableResolvesOutsideError(phase: string, deliverable: string, relative: string): UserError {
  return new UserError({
    code: 'deliverable-resolves-outside',
    message: `phase ${phase}: the deliverable ${JSON.stringify(deliverable)} is ${relative} in the repository, which lies outside the write scope, so that no builder may make it`,
    fix: 'a path that is not there yet is read from the project root, unless it starts with the path of that root: write it so, or add it to scope.paths',
  })
}

export function nothingPlannedError(plans: readonly string[]): UserError {
  return new UserError({
    code: 'nothing-planned', message: `no plan file matches ${plans.map((glob) => JSON.stringify(glob)).join(', ')} and the store has no runs`,
    fix: 'write a plan (`autopack init` makes a first one), or try one phase with `autopack run --goal "…"`',
  })
}
