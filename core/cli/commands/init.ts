import { access, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { searchPlaces } from '../../config/search.ts'
import { initFailedError, UserError } from '../../errors.ts'
import { userCacheDir } from '../../layout/worktrees.ts'
import { formatDuration } from '../../model/duration.ts'
import { projectIdSchema } from '../../model/identifier-schema.ts'
import type { InitOutput } from '../../model/outputs.ts'
import { padEnd, shellQuote } from '../../reporters/format.ts'
import { formatTable } from '../../reporters/table.ts'
import { createGit } from '../../workspace/index.ts'
import { findAgents } from '../agents.ts'
import type { Agent } from '../agents.ts'
import { isYes } from '../answers.ts'
import type { CliContext } from '../context.ts'
import { detectProject } from '../init/detect.ts'
import type { Detection } from '../init/detect.ts'
import { repositoryNotices } from '../init/notices.ts'
import { makeFirstCommit, repositoryState, writeGitignore } from '../init/repository.ts'
import { configText, firstPlan } from '../init/templates.ts'
import { timeCheck } from '../init/time-check.ts'

export function configure(command: Command): void {
  command
    .option('--time-check', 'run the tests once and set their time limit by that')
    .option('--no-git', 'make no repository and no commit')
    .option('-y, --yes', 'ask nothing: make the repository, do not run the tests')
    .option('--plugin <name>', 'write a package for a plugin of yours instead, into a folder of its own')
    .option('--preset <name>', 'the same for a preset')
    .addHelpText('after', '\nNever overwrites a file.')
}

const configName = 'autopack.config.ts'
const planName = 'runs/first.yaml'

export async function run(context: CliContext, _args: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  if (options['plugin'] !== undefined || options['preset'] !== undefined) return await (await import('../init/init-package.ts')).initPackage(context, options)
  const { cwd, runtime } = context
  const detection = await detectProject(cwd, runtime.env)
  const installed = (await findAgents(runtime.env)).map(({ agent }) => agent)
  const say = (label: string, text: string) => context.json || context.print(context.style.dim(padEnd(label, 10)) + text)
  describe(detection, installed, say)

  const result: InitOutput = {
    detected: { language: detection.language ?? null, runner: detection.check?.runner ?? null, agents: installed.map((agent) => agent.name) },
    written: [], kept: [], repository: 'found', next: [],
  }
  const existing = (await readdir(cwd)).find((file) => file !== 'package.json' && searchPlaces.includes(file))
  if (existing === undefined) {
    const timeout = await chooseTimeout(context, detection, options, say)
    await write(context, configName, configText({ detection, installed, project: projectId(detection.name), timeout, hiddenWorktrees: /[\\/]\./.test(userCacheDir(runtime)) }), result)
  } else result.kept.push(path.join(cwd, existing))
  const plans = existing === undefined ? [] : await readdir(path.join(cwd, 'runs')).catch(() => [])
  // A config that was there has plans of its own, maybe elsewhere: only an empty place gets one.
  if (existing === undefined || plans.length === 0) await write(context, planName, firstPlan, result)
  else result.kept.push(path.join(cwd, 'runs'))
  result.repository = await ensureRepository(context, options, result)

  for (const file of result.written) say('wrote', path.relative(cwd, file))
  for (const file of result.kept) say('kept', `${path.relative(cwd, file)} is there and was left as it is`)
  say('git', result.repository === 'made' ? 'made a repository with a first commit' : result.repository === 'found' ? 'the repository that is there' : 'no repository: a run needs one with a commit')
  if (result.repository === 'found') for (const notice of await repositoryNotices(cwd, detection, createGit(runtime.env))) say('look', notice)
  const steps = nextSteps(context, installed, result)
  result.next = steps.map(([command]) => command)
  const { style } = context
  if (context.json) context.printJson(result)
  else context.print(['', style.bold('next'), ...formatTable(steps.map(([command, why]) => [style.cyan(command), style.dim(why)]), { indent: 2 })].join('\n'))
  return 0
}

function describe(detection: Detection, installed: readonly Agent[], say: (label: string, text: string) => void): void {
  const { check, language } = detection
  say('project', `${detection.name}${language ? `, ${language}` : ''}`)
  const verdicts = check?.format === 'exit-code' ? 'by its exit code' : `with a verdict for each test (${check?.format})`
  say('tests', check ? `${check.runner}, ${verdicts}` : 'none found')
  if (check?.hint) say('', check.hint)
  say('agents', installed.length > 0 ? installed.map((agent) => agent.name).join(', ') : 'none found: the config gets a stand-in')
}

/** Times the check when asked, on a terminal after asking; else a limit that fits most. */
async function chooseTimeout(context: CliContext, detection: Detection, options: Readonly<Record<string, unknown>>, say: (label: string, text: string) => void): Promise<string> {
  const usual = '10m'
  const { check } = detection
  if (!check) return usual
  const command = check.run.map(shellQuote).join(' ')
  if (options['timeCheck'] !== true && !(await agrees(context, options, `Run the tests once to set their limit (${command})?`, false))) return usual
  const timed = await timeCheck({ ...detection, check }, context.cwd, context.runtime)
  if (!timed) {
    say('timed', `${command} did not end by itself: its limit is ${usual}`)
    return usual
  }
  say('timed', `${formatDuration(timed.durationMs)}${timed.exitCode === 0 ? '' : `, exit code ${timed.exitCode}`}: the limit is ${timed.limit}`)
  if (timed.exitCode !== 0) say('', 'the tests do not pass as they are: what fails now is not held against a phase, but tests that cannot be loaded stop every phase')
  return timed.limit
}

/** The answer of whoever sits at the terminal; `unasked` where nobody does. */
async function agrees(context: CliContext, options: Readonly<Record<string, unknown>>, question: string, unasked: boolean): Promise<boolean> {
  if (!context.ask || options['yes'] === true || context.json) return unasked
  const answer = await context.ask(`${question} [${unasked ? 'Y/n' : 'y/N'}] `)
  return answer.trim() === '' ? unasked : isYes(answer)
}

/** Writes a file that is not there yet. */
async function write(context: CliContext, name: string, text: string, result: InitOutput): Promise<void> {
  const file = path.join(context.cwd, name)
  if (await access(file).then(() => true, () => false)) {
    result.kept.push(file)
    return
  }
  try {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    throw initFailedError(`${name} cannot be written`, error)
  }
  result.written.push(file)
}

async function ensureRepository(context: CliContext, options: Readonly<Record<string, unknown>>, result: InitOutput): Promise<InitOutput['repository']> {
  const { cwd, runtime } = context
  const git = createGit(runtime.env)
  try {
    const state = await repositoryState(cwd, git)
    if (state === 'complete') return 'found'
    const question = state === 'missing' ? 'There is no git repository here. Make one, with a first commit of everything?' : 'The repository has no commit yet. Commit everything?'
    if (options['git'] === false || !(await agrees(context, options, question, true))) return 'none'
    if (await writeGitignore(cwd)) result.written.push(path.join(cwd, '.gitignore'))
    await makeFirstCommit(cwd, git, state)
    return 'made'
  } catch (error) {
    if (error instanceof UserError) throw error
    throw initFailedError('the repository could not be made', error)
  }
}

function nextSteps(context: CliContext, installed: readonly Agent[], result: InitOutput): [command: string, why: string][] {
  const autopack = context.program
  const steps: [command: string, why: string][] = [
    [`${autopack} doctor`, 'see what stands in the way, if anything'],
    [`${autopack} run`, installed[0] ? `let ${installed[0].name} do the first plan` : 'do the first plan with the stand-in'],
  ]
  if (result.repository === 'none') steps.unshift(['git init && git add -A && git commit -m Start', 'a run needs a commit to start from'])
  if (!installed[0]) steps.push([`edit ${configName}`, 'put your agent in its place'])
  else steps.push([`edit ${planName}`, 'say what is to be done next'])
  return steps
}

/** The name as an id that a project may have. */
function projectId(name: string): string {
  return projectIdSchema.safeParse(name).success ? name : `${name.replace(/[^\w.@/-]+/g, '-').slice(0, 100) || 'my'}-project`
}
