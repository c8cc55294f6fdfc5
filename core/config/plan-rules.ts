import path from 'node:path'
import picomatch from 'picomatch'
import {
  type UserError, deliverableOutsideScopeError, duplicateNameError, needsCycleError, unknownNameError,
} from '../errors.ts'
import { type PhaseSpec, type Plan, deliverablePaths } from '../model/plan.ts'
import { nearest } from '../nearest.ts'
import { type ValuePath, formatPath } from './locate.ts'
import type { PlanFile } from './plan-file.ts'

/** What a plan may refer to. */
export interface PlanContext {
  /** Names of the project's checks. */
  checks: readonly string[]
  /** Names of the builders. */
  builders: readonly string[]
  /** Names of the check formats; undefined: not known here, and not checked. */
  formats: readonly string[] | undefined
  /** The project root, absolute. */
  root: string
}

/** What is wrong with a plan beyond its schema, in the order of its phases. */
export function planProblems(file: PlanFile, context: PlanContext): UserError[] {
  const errors: UserError[] = []
  const seen = new Map<string, number>()
  const ids = new Set(file.plan.phases.map((phase) => phase.id))
  file.plan.phases.forEach((phase, index) => {
    const at: ValuePath = ['phases', index]
    const earlier = seen.get(phase.id)
    if (earlier === undefined) seen.set(phase.id, index)
    else {
      const first = file.places.value(['phases', earlier, 'id'])
      errors.push(duplicateNameError(formatPath(at), 'phase', phase.id, first, file.places.value([...at, 'id']), 'give each phase an id of its own'))
    }
    errors.push(...nameProblems(file, phase, at, { ...context, ids }), ...scopeProblems(file, phase, at, context.root))
  })
  const cycle = seen.size === file.plan.phases.length ? cycleOf(orderPhases(file.plan)) : undefined
  if (cycle) {
    const at = ['phases', seen.get(cycle[0]!)!, 'needs']
    errors.push(needsCycleError(formatPath(at), cycle, file.places.key(at)))
  }
  return errors
}

function nameProblems(file: PlanFile, phase: PhaseSpec, at: ValuePath, context: PlanContext & { ids: ReadonlySet<string> }): UserError[] {
  const errors: UserError[] = []
  const unknown = (below: ValuePath, what: string, name: string, known: readonly string[]): void => {
    const full = [...at, ...below]
    errors.push(unknownNameError(formatPath(full), what, name, nearest(name, known), known, file.places.value(full)))
  }
  phase.needs.forEach((need, index) => {
    if (!context.ids.has(need)) unknown(['needs', index], 'phase', need, [...context.ids].filter((id) => id !== phase.id))
  })
  phase.checks.forEach((check, index) => {
    const same = phase.checks.findIndex((other) => other.name === check.name)
    const below = [...at, 'checks', index]
    if (context.formats && !context.formats.includes(check.format)) unknown(['checks', index, 'format'], 'format', check.format, context.formats)
    if (same < index) {
      const first = file.places.value([...at, 'checks', same, 'name'])
      errors.push(duplicateNameError(formatPath(below), 'check', check.name, first, file.places.value([...below, 'name']), 'give each check of a phase a name of its own'))
    } else if (context.checks.includes(check.name)) {
      const fix = 'give the check of the phase another name: the checks of the project run anyway'
      errors.push(duplicateNameError(formatPath(below), 'project check', check.name, { file: 'the config' }, file.places.value([...below, 'name']), fix))
    }
  })
  const checks = [...context.checks, ...phase.checks.map((check) => check.name)]
  phase.repairs.forEach((name, index) => {
    if (!checks.includes(name)) unknown(['repairs', index], 'check', name, checks)
  })
  if (phase.builder !== undefined && !context.builders.includes(phase.builder)) unknown(['builder'], 'builder', phase.builder, context.builders)
  return errors
}

/** Each need of `ordered: true` made explicit; the order of the phases stays. */
export function orderPhases(plan: Plan): PhaseSpec[] {
  if (!plan.ordered) return plan.phases
  return plan.phases.map((phase, index) => {
    const before = plan.phases[index - 1]?.id
    return before === undefined || phase.needs.includes(before) ? phase : { ...phase, needs: [before, ...phase.needs] }
  })
}

/** A circle of needs as its phases, the first repeated at the end, or undefined. */
function cycleOf(phases: readonly PhaseSpec[]): string[] | undefined {
  const byId = new Map(phases.map((phase) => [phase.id, phase]))
  const done = new Set<string>()
  for (const start of phases) {
    // Iterative: a plan may have thousands of phases, each in need of the one before.
    const trail: { id: string; next: number }[] = [{ id: start.id, next: 0 }]
    const onTrail = new Set([start.id])
    while (trail.length > 0) {
      const top = trail.at(-1)!
      const need = byId.get(top.id)?.needs[top.next++]
      if (need === undefined) {
        done.add(top.id)
        onTrail.delete(top.id)
        trail.pop()
      } else if (onTrail.has(need)) {
        const ids = trail.map((step) => step.id)
        return [...ids.slice(ids.indexOf(need)), need]
      } else if (!done.has(need)) {
        trail.push({ id: need, next: 0 })
        onTrail.add(need)
      }
    }
  }
  return undefined
}

function scopeProblems(file: PlanFile, phase: PhaseSpec, at: ValuePath, root: string): UserError[] {
  const deliverables = deliverablePaths(phase)
  if (phase.scope.paths.length === 0 || deliverables.length === 0) return []
  const scope = phase.scope.paths.flatMap((pattern) => spellings(pattern, root))
  const folders = scope.map((pattern) => (pattern === '' || pattern.endsWith('/') ? pattern : `${pattern}/`))
  const globs = scope.filter((pattern) => pattern !== '').flatMap((pattern) => [pattern, `${pattern}${pattern.endsWith('/') ? '' : '/'}**`])
  const matches = picomatch(globs, { dot: true, nonegate: true })
  const inside = (target: string): boolean => scope.includes(target) || folders.some((folder) => target.startsWith(folder)) || matches(target.replace(/\/$/, ''))
  return deliverables
    .filter((deliverable) => !spellings(deliverable, root).some((spelling) => inside(spelling) || folders.includes(spelling)))
    .map((deliverable) => {
      const place = file.places.value(deliverableAt(phase, at, deliverable))
      return deliverableOutsideScopeError(formatPath(deliverableAt(phase, at, deliverable)), deliverable, place, file.places.key([...at, 'scope', 'paths']))
    })
}

function deliverableAt(phase: PhaseSpec, at: ValuePath, deliverable: string): ValuePath {
  if (Array.isArray(phase.deliverables)) return [...at, 'deliverables', phase.deliverables.indexOf(deliverable)]
  const [category, list] = Object.entries(phase.deliverables).find(([, paths]) => paths.includes(deliverable))!
  return [...at, 'deliverables', category, list.indexOf(deliverable)]
}

/**
 * A path as it may be read: as written, and without what may be the project root's own place in the repository. Which of the two
 * holds is known only on the base commit; here a deliverable is refused only if none of its readings lies in the scope.
 */
function spellings(raw: string, root: string): string[] {
  const normal = raw.startsWith('./') ? raw.slice(2) : raw
  const parts = normal.split('/')
  const rootParts = root.split(path.sep)
  const found = [normal]
  for (let count = 1; count < parts.length && count < rootParts.length; count++) {
    if (parts.slice(0, count).join('/') === rootParts.slice(-count).join('/')) found.push(parts.slice(count).join('/'))
  }
  return found
}
