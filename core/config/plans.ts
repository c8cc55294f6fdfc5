import { readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import picomatch from 'picomatch'
import { UserError, UserErrors, duplicateNameError, planFileMissingError, tooManyFilesError, unknownNameError } from '../errors.ts'
import { asksForCode } from './code-globs.ts'
import type { ResolvedConfig } from './config.ts'
import { nearest } from '../nearest.ts'
import { type PlanFile, readPlan } from './plan-file.ts'
import { planProblems } from './plan-rules.ts'
import { joined } from './validate.ts'

export { orderPhases } from './plan-rules.ts'

/** A walk for plans goes no deeper than this, and gives up with an error where it sees more entries. */
const deepest = 20
const mostEntries = 200_000
const skippedFolders: readonly string[] = ['node_modules', '.git']

export type PlanConfig = Pick<ResolvedConfig, 'configDir' | 'configPath' | 'runsDir' | 'root' | 'plans' | 'checks' | 'builders' | 'originOf'>

export interface LoadedPlans {
  /** In the order of their paths. */
  plans: PlanFile[]
}

/**
 * Reads every plan that the globs of `plans` name and checks them all; what is wrong is thrown as one UserError with every place.
 * `builders`: further names that a phase may use, besides those of the config (what plugins provide). `formats`: every check format that there
 * is; left out where that is not known.
 */
export async function loadPlans(config: PlanConfig, options: { builders?: readonly string[]; formats?: readonly string[] } = {}): Promise<LoadedPlans> {
  const errors: UserError[] = []
  let unsaid = 0
  const plans: PlanFile[] = []
  const context = { checks: config.checks.map((check) => check.name), builders: [...Object.keys(config.builders), ...(options.builders ?? [])], formats: options.formats, root: config.root }
  for (const source of await findPlans(config)) {
    try {
      const file = await readPlan(path.join(config.configDir, source), source)
      plans.push(file)
      errors.push(...planProblems(file, context))
    } catch (error) {
      if (error instanceof UserErrors) {
        errors.push(...error.errors)
        unsaid += error.unsaid
      } else if (error instanceof UserError) errors.push(error)
      else throw error
    }
  }
  errors.push(...duplicateRuns(plans))
  if (errors.length > 0) throw joined(errors, unsaid)
  return { plans }
}

/** Throws a UserError where a check of the config names a format that there is not, with every place. `formats`: every one that there is. */
export function refuseUnknownFormats(config: Pick<ResolvedConfig, 'checks' | 'placeOfCheck'>, formats: readonly string[]): void {
  const errors = config.checks.flatMap(({ name, format }, index) =>
    formats.includes(format) ? [] : [unknownNameError(`checks[${index}].format`, 'format', format, nearest(format, formats), formats, config.placeOfCheck(name, 'format') ?? { file: 'the config' })])
  if (errors.length > 0) throw joined(errors)
}

function duplicateRuns(plans: readonly PlanFile[]): UserError[] {
  return plans.flatMap((file, index) => {
    const earlier = plans.slice(0, index).find((other) => other.plan.id === file.plan.id)
    if (!earlier) return []
    return [duplicateNameError('id', 'run', file.plan.id, earlier.places.value(['id']), file.places.value(['id']), 'give each plan an id of its own')]
  })
}

/** Whether a glob of `plans` finds a file, which need not be there yet; relative to the config's folder. */
export function isPlanFile({ plans }: Pick<PlanConfig, 'plans'>, source: string): boolean {
  const matches = (glob: string) => picomatch(relativeGlob(glob))(source)
  return plans.some((glob) => !glob.startsWith('!') && matches(glob)) && !plans.some((glob) => glob.startsWith('!') && matches(glob.slice(1)))
}

/** Files that match the globs, relative to the config's folder, sorted. Code only where a glob asks for its extension. */
async function findPlans(config: PlanConfig): Promise<string[]> {
  const wanted = config.plans.filter((glob) => !glob.startsWith('!')).map(relativeGlob)
  if (wanted.length === 0) return []
  const ignore = config.plans.filter((glob) => glob.startsWith('!')).map((glob) => relativeGlob(glob.slice(1)))
  const matchers = wanted.map((glob) => ({ matches: picomatch(glob, { ignore }), withCode: asksForCode(glob) }))
  const found = new Set<string>()
  for (const start of new Set(wanted.map((glob) => startFolder(glob)))) {
    await walk(config, start, (source) => {
      if (/\.d\.[cm]?ts$/.test(source) || path.join(config.configDir, source) === config.configPath) return
      const isCode = /\.[cm]?[jt]s$/.test(source)
      if (!isCode && !/\.(?:ya?ml|json)$/.test(source)) return
      if (matchers.some(({ matches, withCode }) => (!isCode || withCode) && matches(source))) found.add(source)
    })
  }
  // A glob may match nothing yet; a file that is named must be there.
  const missing: UserError[] = []
  for (const [index, name] of config.plans.map(relativeGlob).entries()) {
    if (name.startsWith('!') || picomatch.scan(name).isGlob || found.has(name)) continue
    const isFolder = await stat(path.join(config.configDir, name)).then((one) => one.isDirectory(), () => false)
    missing.push(planFileMissingError(name, config.originOf(`plans[${index}]`) ?? 'the config', isFolder ? 'a folder' : undefined))
  }
  if (missing.length > 0) throw joined(missing)
  return [...found].sort()
}

const relativeGlob = (glob: string): string => glob.replace(/^(?:\.\/)+/, '')

/** The part of a glob before its first wildcard. */
function startFolder(glob: string): string {
  const { base, isGlob } = picomatch.scan(glob)
  return isGlob ? base : path.posix.dirname(glob)
}

async function walk(config: PlanConfig, start: string, visit: (source: string) => void): Promise<void> {
  const folders = [{ folder: start === '.' ? '' : start, depth: 0 }]
  for (let seen = 0, folder = folders.pop(); folder; folder = folders.pop()) {
    const absolute = path.join(config.configDir, folder.folder)
    if (await isRunsDir(absolute, config.runsDir)) continue
    const entries = await readdir(absolute, { withFileTypes: true }).catch(() => [])
    seen += entries.length
    if (seen > mostEntries) throw tooManyFilesError(config.plans, mostEntries)
    for (const entry of entries) {
      const source = path.posix.join(folder.folder, entry.name)
      if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path.join(absolute, entry.name))))) visit(source)
      else if (entry.isDirectory() && folder.depth < deepest && !skippedFolders.includes(entry.name)) folders.push({ folder: source, depth: folder.depth + 1 })
    }
  }
}

/** Folders behind links are not followed: they may lead in a circle. */
async function isFile(file: string): Promise<boolean> {
  return stat(file).then((found) => found.isFile(), () => false)
}

async function isRunsDir(folder: string, runsDir: string): Promise<boolean> {
  return folder === runsDir || (await realpath(folder).catch(() => folder)) === runsDir
}
