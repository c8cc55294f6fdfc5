import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'
import { UserError } from '../../errors.ts'
import { isInside, userCacheDir } from '../../layout/worktrees.ts'
import { plural } from '../../reporters/format.ts'
import type { Repository } from '../../workspace/workspace.ts'
import type { CliContext } from '../context.ts'
import type { OpenedPlugins } from '../open-plugins.ts'
import { readStopFile } from '../../project/stop-file.ts'
import { loadProject, withStore } from '../project.ts'
import type { LoadedProject } from '../project.ts'
import { examineDisk } from './disk.ts'
import { examineFilled } from './filled.ts'
import { fail, ok, warn } from './finding.ts'
import type { Finding } from './finding.ts'
import { examineStore } from './store.ts'

/** The project's config, plans, builder, repository, store and folders. What cannot be found out without an earlier one is left out. */
export async function examineProject(context: CliContext): Promise<Finding[]> {
  const loaded = await attempt('config', () => loadProject(context))
  if ('finding' in loaded) return [loaded.finding]
  const project = loaded.value
  const { config } = project
  const opened = await attempt('repository', async () => {
    const { openRepository, resolveBase } = await import('../../workspace/index.ts')
    const repository = await openRepository({ configDir: config.configDir, root: config.root, env: context.runtime.env })
    await resolveBase(repository, 'HEAD')
    return repository
  })
  const repository = 'finding' in opened ? undefined : opened.value
  const { openPlugins } = await import('../open-plugins.ts')
  const plugins = await attempt('plugins', () => openPlugins(project, () => undefined))
  return [
    ok('config', `${config.configPath}, project ${config.project}`),
    'finding' in opened ? opened.finding : ok('repository', opened.value.root),
    // Plans name what plugins provide.
    await examinePlans(project, 'finding' in plugins ? undefined : plugins.value),
    'finding' in plugins ? plugins.finding : ok('plugins', config.plugins.map((plugin) => plugin.name).join(', ') || 'none'),
    ...(config.prompt.template === undefined ? [] : [await examineTemplate(project)]),
    await examineBuilder(context, project),
    await examineRunsDir(project),
    ...(repository ? [await examineWorktrees(context, project, repository), ...(await examineFilled(context, project, repository))] : []),
    ...(await examineStore(context, project, repository)),
    await examineStop(project),
    await examineEnvironment(context, project),
    await examineDisk(context, project, repository),
  ]
}

type Attempted<Value> = { value: Value } | { finding: Finding }

/** What threw a UserError is a finding with that fix. */
async function attempt<Value>(name: string, work: () => Promise<Value>): Promise<Attempted<Value>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    // A file without a line stands in the message already.
    const place = error.where?.line === undefined ? '' : ` (${[error.where.file, error.where.line, error.where.column].filter((part) => part !== undefined).join(':')})`
    return { finding: fail(name, error.message + place, error.fix ?? null) }
  }
}

async function examinePlans({ config }: LoadedProject, plugins: OpenedPlugins | undefined): Promise<Finding> {
  const [{ loadPlans, refuseUnknownFormats }, { builtInFormats }] = await Promise.all([import('../../config/plans.ts'), import('../../checks/index.ts')])
  const loaded = await attempt('plans', async () => {
    if (!plugins) return await loadPlans(config)
    const names = { builders: [...plugins.provided.builders.keys()], formats: [...builtInFormats().keys(), ...plugins.provided.checkFormats.keys()] }
    refuseUnknownFormats(config, names.formats)
    return await loadPlans(config, names)
  })
  if ('finding' in loaded) return loaded.finding
  const { plans } = loaded.value
  if (plans.length === 0) return warn('plans', `none match ${config.plans.join(', ')}`, 'write one (see `autopack init`), or try `autopack run --goal "…"`')
  return ok('plans', `${plural(plans.length, 'plan')}, ${plural(plans.reduce((sum, { plan }) => sum + plan.phases.length, 0), 'phase')}`)
}

async function examineTemplate({ config }: LoadedProject): Promise<Finding> {
  const { readTemplate } = await import('../../project/prompt-template.ts')
  const read = await attempt('template', async () => readTemplate(config))
  return 'finding' in read ? read.finding : ok('template', config.prompt.template!)
}

async function examineBuilder(context: CliContext, { config }: LoadedProject): Promise<Finding> {
  if (!config.builder) return fail('builder', 'the config names none', 'set `builder` in the config, for example to command({ run: […] })')
  const { env } = await childEnvironmentOf(context, config)
  const { builderAvailability } = await import('../../pipeline/run-builder.ts')
  const available = await builderAvailability(config.builder, { env, configDir: config.configDir, prices: config.prices }, context.runtime)
  if (available.type === 'available') return ok('builder', [[config.builder.name, available.version].filter(Boolean).join(' '), config.builder.chosen].filter(Boolean).join(': '))
  return fail('builder', available.error.message, available.error.fix ?? null)
}

async function childEnvironmentOf(context: CliContext, config: LoadedProject['config']): Promise<{ env: Record<string, string>; withheld: string[] }> {
  const { childEnvironment } = await import('../../process/environment.ts')
  return childEnvironment({ env: context.runtime.env, pass: config.env.pass, set: config.env.set, builderPass: config.builder?.passEnvironment ?? [] })
}

/** The runs directory, or the nearest folder above it that exists, must be a folder and take files. */
async function examineRunsDir({ config }: LoadedProject): Promise<Finding> {
  const { place, problem } = await placeFor(config.runsDir)
  const fix = 'name another folder in AUTONOMOUS_RUNS_DIR or in `runsDir` of the config'
  if (problem === 'is a file') return fail('runs dir', `${place} is a file`, fix)
  if (problem !== undefined) return fail('runs dir', `${place} ${problem}`, `make it writable, or ${fix}`)
  return ok('runs dir', place === config.runsDir ? place : `${config.runsDir}, made by the first run`)
}

/** The folder, or the nearest above it that exists, and why nothing can be made there. */
async function placeFor(folder: string): Promise<{ place: string; problem?: 'is a file' | 'cannot be written' }> {
  let place = folder
  let found = await stat(place).catch(() => undefined)
  while (!found && path.dirname(place) !== place) {
    place = path.dirname(place)
    found = await stat(place).catch(() => undefined)
  }
  if (!found?.isDirectory()) return { place, problem: 'is a file' }
  return (await access(place, constants.W_OK | constants.X_OK).then(() => true, () => false)) ? { place } : { place, problem: 'cannot be written' }
}

async function examineWorktrees(context: CliContext, { config, layout }: LoadedProject, repository: Repository): Promise<Finding> {
  const { dir } = layout.worktrees({ repositoryRoot: repository.root, cacheDir: userCacheDir(context.runtime), configured: config.workspace.dir })
  const { place, problem } = await placeFor(dir)
  if (problem !== undefined) return fail('worktrees', `${place} ${problem}`, 'make it writable, or name another folder in `workspace.dir` of the config or in XDG_CACHE_HOME')
  if (!isInside(dir, repository.root)) return ok('worktrees', dir)
  return fail('worktrees', `${dir} lies inside the checkout ${repository.root}: tools would mix up the two`, 'set `workspace.dir` in the config to a folder outside the repository')
}

async function examineStop(project: LoadedProject): Promise<Finding> {
  // What is wrong with the store is told by itself.
  const stored = await withStore(project, (store) => store.stopRequests()).catch(() => undefined)
  const request = stored?.[0] ?? (await readStopFile(project.layout))
  return request ? warn('stop', `a stop was asked for at ${request.at} by ${request.by} and not honoured yet`, 'the next drain removes it, if nothing runs') : ok('stop', 'none asked for')
}

/** What a shell keeps for itself: nobody misses it. */
const shellVariables: readonly string[] = ['_', 'OLDPWD', 'PWD', 'SHLVL']

/** What npx and npm's scripts set for whatever they start, and nobody has put there. A `npm_config_…` of the user's own is told. */
const setByNpm = /^(?:INIT_CWD|NODE|COLOR|EDITOR|npm_(?:command|execpath|node_execpath|lifecycle_.*|package_.*|config_(?:allow_scripts|cache|global_prefix|globalconfig|init_module|local_prefix|node_gyp|noproxy|npm_version|prefix|user_agent|userconfig|yes)))$/

async function examineEnvironment(context: CliContext, { config }: LoadedProject): Promise<Finding> {
  const all = (await childEnvironmentOf(context, config)).withheld
  const withheld = all.filter((name) => !shellVariables.includes(name) && !(context.runtime.env['npm_execpath'] !== undefined && setByNpm.test(name)))
  if (withheld.length === 0) return ok('environment', 'nothing is withheld from builders and checks')
  return ok('environment', `withheld from builders and checks (pass by name in \`env.pass\`): ${withheld.join(', ')}`)
}
