import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { findProgram } from '../../builders/find-program.ts'
import { runCheck } from '../../checks/index.ts'
import { loadPlans } from '../../config/plans.ts'
import { planProblems } from '../../config/plan-rules.ts'
import { readPlan, type PlanFile } from '../../config/plan-file.ts'
import { draftCheckError, draftPathMissingError, duplicateNameError, invalidValueError, UserError, UserErrors } from '../../errors.ts'
import type { DraftPaths } from '../../layout/run-paths.ts'
import { argvOf } from '../../model/command-text.ts'
import { deliverablePaths, type CheckSpec, type PhaseSpec } from '../../model/plan.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { checkTimeout } from '../../pipeline/run-check.ts'
import { createPathResolver, matchesScope, type Workspace } from '../../workspace/index.ts'
import { checkPlans, plannedRuns } from '../prepare.ts'

export interface DraftToCheck {
  /** Absolute; `name` is how errors call it. */
  file: string
  name: string
  /** What the run is to be called. */
  id: string
  /** At the base. */
  workspace: Workspace
  /** Where the plan is to go, relative to the config's folder: what stands there now is no other plan. */
  target: string
}

export interface CheckedDraft { plan: PlanFile | undefined; errors: UserError[]; notes: string[] }

/** Everything that can be said against a draft without running any of it: schema, names, paths, commands. */
export async function checkDraft(engine: Engine, draft: DraftToCheck): Promise<CheckedDraft> {
  const notes: string[] = []
  const errors: UserError[] = []
  const collect = async <Value>(look: () => Promise<Value>): Promise<Value | undefined> => {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      errors.push(...(error instanceof UserErrors ? error.errors : [error]))
      return undefined
    }
  }
  const plan = await collect(() => readPlan(draft.file, draft.name))
  if (!plan) return { plan, errors, notes }
  const { config, provisions } = engine
  const known = { builders: [...Object.keys(config.builders), ...provisions.builders.keys()], formats: [...provisions.checkFormats.keys()] }
  errors.push(...planProblems(plan, { ...known, checks: config.checks.map((check) => check.name), root: config.root }))
  if (plan.plan.id !== draft.id) errors.push(invalidValueError('id', `the run is to be called ${JSON.stringify(draft.id)}, found ${JSON.stringify(plan.plan.id)}`, plan.places.value(['id'])))
  await takenId(engine, plan, draft, known, errors, notes)
  if (errors.length === 0) await collect(() => checkPlans(engine, plannedRuns([plan]), () => false))
  if (errors.length > 0) return { plan, errors, notes }
  for (const [index, phase] of plan.plan.phases.entries()) {
    errors.push(...(await pathErrors(engine, draft.workspace, plan, phase, index)))
    const delivered = await deliveredBy(engine, draft.workspace, plan.plan.phases.slice(0, index + 1))
    for (const [at, check] of phase.checks.entries()) {
      const problem = await commandProblem(engine, draft.workspace, check, delivered)
      if (problem !== undefined) errors.push(draftCheckError(`phases[${index}].checks[${at}].run`, problem, plan.places.value(['phases', index, 'checks', at, 'run'])))
    }
    if (phase.checks.length === 0 && config.checks.length === 0) notes.push(`phase ${phase.id} has no check, and the project has none: nothing but its deliverables would be judged`)
  }
  return { plan, errors, notes }
}

async function takenId(engine: Engine, plan: PlanFile, draft: DraftToCheck, known: { builders: string[]; formats: string[] }, errors: UserError[], notes: string[]): Promise<void> {
  const { id } = plan.plan
  const place = plan.places.value(['id'])
  try {
    const other = (await loadPlans(engine.config, known)).plans.find((one) => one.plan.id === id && one.source !== draft.target)
    if (other) errors.push(duplicateNameError('id', 'run', id, other.places.value(['id']), place, 'give the plan another id'))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    notes.push(`other plans of the project cannot be read, so that nobody knows whether one of them has this id: ${error.message}`)
  }
  const [run] = await engine.store.runs({ ids: [id] })
  if (run && run.source !== draft.target) errors.push(duplicateNameError('id', 'run', id, { file: run.source }, place, 'give the plan another id'))
}

const resolverOf = (engine: Engine, workspace: Workspace) => createPathResolver({ repository: engine.repository, base: workspace.base, read: workspace.baseEntries })

async function deliveredBy(engine: Engine, workspace: Workspace, phases: readonly PhaseSpec[]): Promise<string[]> {
  const resolver = resolverOf(engine, workspace)
  return await Promise.all(phases.flatMap(deliverablePaths).map((raw) => resolver.resolve(raw)))
}

/** A scope that names nothing is a scope that was guessed. */
async function pathErrors(engine: Engine, workspace: Workspace, plan: PlanFile, phase: PhaseSpec, index: number): Promise<UserError[]> {
  const resolver = resolverOf(engine, workspace)
  const errors: UserError[] = []
  const before = await deliveredBy(engine, workspace, plan.plan.phases.slice(0, index))
  const own = await deliveredBy(engine, workspace, [phase])
  for (const [key, raws, delivered] of [['paths', phase.scope.paths, [...before, ...own]], ['readOnly', phase.scope.readOnly, before]] as const) {
    for (const [at, raw] of raws.entries()) {
      const { relative, exists } = await resolver.look(raw)
      if (exists || delivered.some((one) => matchesScope(one, [relative])) || isDelivered(relative, delivered)) continue
      errors.push(draftPathMissingError(`phases[${index}].scope.${key}[${at}]`, raw, plan.places.value(['phases', index, 'scope', key, at])))
    }
  }
  return errors
}

/** Whether it is one of these, or lies in a folder that is. */
const isDelivered = (relative: string, delivered: readonly string[]): boolean => delivered.some((one) => one === relative || (one.endsWith('/') && relative.startsWith(one)))

/** Why the command cannot run here, as far as that is seen without running it. */
async function commandProblem(engine: Engine, workspace: Workspace, check: CheckSpec, delivered: readonly string[]): Promise<string | undefined> {
  const folder = path.join(workspace.projectDir, check.cwd ?? '.')
  // What the setup makes is not there yet.
  const given = [...delivered, ...engine.config.workspace.cache.map((made) => `${path.posix.join(engine.repository.prefix, made).replace(/\/+$/, '')}/`)]
  const isThere = (name: string) => existsSync(path.resolve(folder, name)) || isDelivered(path.relative(workspace.path, path.resolve(folder, name)).split(path.sep).join('/'), given)
  const [program, ...rest] = argvOf(check.run)
  if (program!.includes('/') ? !isThere(program!) : !(await findProgram(program!, { env: engine.environment().env, configDir: folder }))) return `there is no program ${JSON.stringify(program)}`
  if ('shell' in check.run) return undefined
  const script = rest.find((argument) => /^[\w./@-]+\.(?:[cm]?[jt]s|py|sh|rb|pl|php)$/.test(argument))
  if (script !== undefined && !path.isAbsolute(script) && !isThere(script)) return `there is no file ${JSON.stringify(script)}, and no phase so far delivers it`
  return scriptProblem(folder, program!, rest, isThere)
}

/** `npm run NAME` and its like, where the package has no such script. */
function scriptProblem(folder: string, program: string, rest: readonly string[], isThere: (name: string) => boolean): string | undefined {
  if (!/^(?:npm|pnpm|yarn|bun)$/.test(program)) return undefined
  const name = rest[0] === 'run' ? rest[1] : rest[0] === 'test' ? 'test' : undefined
  if (name === undefined || name.startsWith('-')) return undefined
  if (!isThere('package.json')) return `${program} needs a package.json, and there is none`
  const file = path.join(folder, 'package.json')
  if (!existsSync(file)) return undefined
  try {
    const { scripts = {} } = JSON.parse(readFileSync(file, 'utf8')) as { scripts?: Record<string, unknown> }
    return Object.hasOwn(scripts, name) ? undefined : `package.json has no script ${JSON.stringify(name)}${Object.keys(scripts).length > 0 ? `; there are ${Object.keys(scripts).join(', ')}` : ''}`
  } catch {
    return 'package.json cannot be read'
  }
}

/** Runs every check of the draft once, on the base: whether it can run at all. That it fails there is what a phase is for. Asked for by a person. */
export async function tryChecks(engine: Engine, plan: PlanFile, workspace: Workspace, paths: DraftPaths, signal: AbortSignal): Promise<{ errors: UserError[]; notes: string[] }> {
  const errors: UserError[] = []
  const notes: string[] = []
  const { env } = engine.environment()
  for (const [index, phase] of plan.plan.phases.entries()) {
    for (const [at, spec] of phase.checks.entries()) {
      await workspace.materialise(workspace.baseTree)
      workspace.touched()
      const name = `${phase.id}/${spec.name}`
      const log = paths.tryLog(index, at)
      const { ended, exitCode } = await runCheck({
        spec, formats: engine.provisions.checkFormats, workspaceDir: workspace.path, projectDir: workspace.projectDir, tree: workspace.baseTree, run: plan.plan.id, phase: phase.id, attempt: 1, args: [], files: [],
        env, logPath: log, reportPath: paths.tryReport(index, at), timeoutMs: checkTimeout(spec), exec: engine.exec, signal, redactFile: (written) => engine.redactFile(written),
      })
      const refuse = (problem: string) => errors.push(draftCheckError(`phases[${index}].checks[${at}].run`, problem, plan.places.value(['phases', index, 'checks', at, 'run'])))
      if (ended !== 'exit') refuse(ended === 'spawn-failed' ? 'it cannot be started' : `it did not end (${ended})`)
      else if (exitCode === 126 || exitCode === 127) refuse(`it cannot be run (exit code ${exitCode}); its output: ${log}`)
      else notes.push(`check ${name}: runs, and ${exitCode === 0 ? 'passes' : `fails with exit code ${exitCode}`} today`)
    }
  }
  return { errors, notes }
}
