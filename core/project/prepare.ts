import path from 'node:path'
import { dirtyScopeError, builderMissingError, checkOutsideError, deliverableResolvesOutsideError, errorAt, UserError, UserErrors } from '../errors.ts'
import { orderPhases } from '../config/plans.ts'
import type { PlanFile } from '../config/plan-file.ts'
import type { Emit } from '../model/events.ts'
import { deliverablePaths, type PhaseSpec, type Plan } from '../model/plan.ts'
import type { Engine } from '../pipeline/engine.ts'
import { findBuilder } from '../pipeline/builder-of.ts'
import { createResolve } from '../pipeline/paths.ts'
import { builderAvailability } from '../pipeline/run-builder.ts'
import type { Builder } from '../model/builder.ts'
import { createPathResolver, isDirty, matchesScope, resolveBase, writable } from '../workspace/index.ts'

export interface PlannedRun { plan: Plan; source: string; file?: PlanFile }

/** Plans in which `ordered` has become `needs`: what the store keeps. */
export const plannedRuns = (files: readonly PlanFile[]): PlannedRun[] => files.map((file) => ({ plan: { ...file.plan, phases: orderPhases(file.plan) }, source: file.source, file }))

/** Everything that can be said against a plan before anything is written: its base, its paths, its builders. All of it at once. */
export async function checkPlans(engine: Engine, planned: readonly PlannedRun[], done: (run: string, phase: string) => boolean): Promise<void> {
  const errors: UserError[] = []
  const builders = new Set<Builder>()
  const roots = { projectRoot: engine.repository.projectRoot, repositoryRoot: engine.repository.root }
  const { prefix } = engine.repository
  for (const { name, cwd } of engine.config.checks) {
    const error = checkOutside(name, cwd, prefix)
    if (error) errors.push(errorAt(error, engine.config.placeOfCheck(name, 'cwd') ?? { file: 'the config' }))
  }
  for (const { plan, file } of planned) {
    const phases = plan.phases.filter((phase) => !done(plan.id, phase.id))
    if (phases.length === 0) continue
    const base = await resolveBase(engine.repository, plan.base).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error
      errors.push(file ? errorAt(error, file.places.value(['base'])) : error)
      return undefined
    })
    if (!base) continue
    const resolver = createPathResolver({ repository: engine.repository, base: base.commit })
    await resolver.prepare(phases.flatMap((phase) => [...phase.scope.paths, ...phase.scope.readOnly, ...deliverablePaths(phase)]))
    const resolve = createResolve(engine, resolver, roots, new AbortController().signal)
    for (const phase of phases) {
      const found: ResolvedPath[] = []
      const refuse = (error: UserError, key: readonly (string | number)[]) =>
        errors.push(file ? errorAt(error, file.places.value(['phases', plan.phases.indexOf(phase), ...key])) : error)
      // The branch of another run may still be to come.
      if (phase.merge !== undefined && !phase.merge.startsWith('autopack/')) await resolveBase(engine.repository, phase.merge, 'ref to merge').catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error
        refuse(error, ['merge'])
      })
      for (const named of pathsOf(phase)) {
        const answer = await resolve(named.raw, named.purpose).catch((error: unknown) => {
          if (!(error instanceof UserError)) throw error
          refuse(error, named.key)
        })
        if (answer) found.push({ ...named, relative: answer.relative })
      }
      for (const [index, { name, cwd }] of phase.checks.entries()) {
        const error = checkOutside(name, cwd, prefix)
        if (error) refuse(error, ['checks', index, 'cwd'])
      }
      for (const { raw, relative, key } of outOfScope(phase, found)) refuse(deliverableResolvesOutsideError(phase.id, raw, relative), key)
      const builder = findBuilder(engine, phase)
      if (builder) builders.add(builder)
      else {
        const missing = builderMissingError(plan.id, phase.id, phase.builder, [...Object.keys(engine.config.builders), ...engine.provisions.builders.keys()])
        errors.push(file ? errorAt(missing, file.where(phase.id)) : missing)
      }
    }
  }
  for (const builder of builders) {
    const available = await builderAvailability(builder, { env: engine.environment(builder).env, configDir: engine.config.configDir, prices: engine.config.prices }, engine.runtime)
    if (available.type === 'unavailable') errors.push(available.error)
    else if (builder.chosen !== undefined) engine.emit({ type: 'notice', level: 'info', message: `builder ${[builder.name, available.version].filter(Boolean).join(' ')}: ${builder.chosen}` })
  }
  if (errors.length === 1) throw errors[0]!
  if (errors.length > 1) throw new UserErrors(errors)
}

/** A check that would run outside its worktree, whatever the builder has made there. */
function checkOutside(name: string, cwd: string | undefined, prefix: string): UserError | undefined {
  if (cwd === undefined) return undefined
  const isOutside = path.posix.isAbsolute(cwd) || /^\.\.(?:\/|$)/.test(path.posix.join(prefix, cwd))
  return isOutside ? checkOutsideError(name, cwd) : undefined
}

interface ResolvedPath extends NamedPath { relative: string }

/** Deliverables that no builder may make: as they are written they lie in the scope, as they are resolved they do not. Folders and globs are left to the run. */
function outOfScope(phase: PhaseSpec, found: readonly ResolvedPath[]): ResolvedPath[] {
  const write = found.filter((one) => one.purpose === 'scope').map((one) => one.relative)
  if (write.length === 0 || write.length < phase.scope.paths.length) return []
  return found.filter((one) => one.purpose === 'deliverable' && !/[*?{[]|\/$/.test(one.raw) && !matchesScope(one.relative, write))
}

interface NamedPath { raw: string; purpose: 'scope' | 'context' | 'deliverable'; key: (string | number)[] }

/** Every path of a phase, with the place below the phase where it stands. */
function pathsOf({ scope, deliverables }: PhaseSpec): NamedPath[] {
  const named = (paths: readonly string[], purpose: NamedPath['purpose'], ...above: string[]) => paths.map((raw, index): NamedPath => ({ raw, purpose, key: [...above, index] }))
  return [
    ...named(scope.paths, 'scope', 'scope', 'paths'),
    ...named(scope.readOnly, 'context', 'scope', 'readOnly'),
    ...(Array.isArray(deliverables)
      ? named(deliverables, 'deliverable', 'deliverables')
      : Object.entries(deliverables).flatMap(([category, paths]) => named(paths, 'deliverable', 'deliverables', category))),
  ]
}

/** Uncommitted changes: refused where they lie in the scope of a selected phase and the run starts from HEAD; else told once. */
export async function checkDirty(engine: Engine, phases: readonly { spec: PhaseSpec; base: string }[], allowDirty: boolean, emit: Emit): Promise<void> {
  const fromHead = phases.filter((phase) => phase.base === 'HEAD')
  if (fromHead.length === 0) return
  const { repository, config } = engine
  const all = await isDirty(repository, { write: [], readOnly: [], protect: [] }, [config.runsDir, config.configPath])
  // Config and plans are read as they are: what is not committed of them counts all the same.
  const fromRepository = (folder: string): string => path.relative(repository.root, folder).split(path.sep).join('/')
  const plans = config.plans.map((glob) => path.posix.join(fromRepository(config.configDir), glob))
  const changed = [...all.inScope, ...all.others].filter((file) => !matchesScope(file, plans))
  const inScope = new Set<string>()
  if (changed.length > 0) {
    const resolver = createPathResolver({ repository: engine.repository, base: (await resolveBase(engine.repository, 'HEAD')).commit })
    for (const { spec } of fromHead) {
      const write: string[] = []
      for (const raw of spec.scope.paths) write.push(await resolver.resolve(raw))
      for (const file of changed) if (writable(file, { write, readOnly: [], protect: engine.protect }, repository.prefix)) inScope.add(file)
    }
  }
  if (inScope.size > 0 && !allowDirty) throw dirtyScopeError([...inScope])
  const left = changed.filter((file) => !inScope.has(file))
  if (inScope.size > 0) emit({ type: 'notice', level: 'warning', message: `going on from HEAD without the uncommitted changes in ${[...inScope].slice(0, 5).join(', ')}` })
  else if (left.length > 0) {
    const [files, them] = left.length === 1 ? ['file', 'it'] : ['files', 'them']
    const named = `${left.slice(0, 3).join(', ')}${left.length > 3 ? ` and ${left.length - 3} more` : ''}`
    emit({ type: 'notice', level: 'info', message: `${left.length} uncommitted ${files} outside every scope (${named}): the runs start from HEAD without ${them}` })
  }
}
