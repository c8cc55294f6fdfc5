import type { Command } from 'commander'
import { usageError } from '../errors.ts'
import type { AutopackEvent, Emit } from '../model/events.ts'
import type { Reporter } from '../model/plugin.ts'
import type { DrainOptions } from '../project/run-drain.ts'
import { installStopSignals } from '../process/signals.ts'
import { keepAwake, type KeptAwake } from '../process/keep-awake.ts'
import { chooseReporter, wantsTitle } from './choose-reporter.ts'
import type { CliContext } from './context.ts'
import { memoryFreer } from './free-memory.ts'
import { goalPlanFrom } from './goal-plan.ts'
import { openProject, type OpenedProject } from './open-project.ts'
import { openTelemetryReporter } from './open-telemetry.ts'
import { addRuleFlags, rulesFromFlags } from './rule-flags.ts'

export function addDrainFlags(command: Command): void {
  command
    .option('--dry-run', 'print what would run, under which rules, and write nothing')
    .option('--allow-dirty', 'start from HEAD although files in scope have uncommitted changes, and without those')
    .option('--rebase', 'bring the branches of the runs up to date with their base first')
    .option('--retry-builders', 'ask builders again that are paused: their usage limit was lifted')
    .option('--new-store', 'begin with an empty store although the project has had another')
    .option('--resume [session]', 'go on with this session (none named: the latest): its runs, rules, clock and counters')
  addRuleFlags(command)
  command.addHelpText('after', exitCodes)
}

const exitCodes = '\nExit code, the first that applies: 130 interrupted, 2 wrong usage, config or\nplan, 4 preflight, machine or access, 3 stopped with work left, 1 a phase\nfailed, 0 else.'

/** `run` and `drain` are one engine: reads the flags, listens to Ctrl-C, reports what happens, and returns the exit code. */
export async function startDrain(context: CliContext, command: 'run' | 'drain', runs: string[], options: Readonly<Record<string, unknown>>, selection: DrainOptions['selection'] & {} = {}): Promise<number> {
  const rules = rulesFromFlags(options)
  const goalPlan = goalPlanFrom(options, context.runtime.now())
  const dryRun = options['dryRun'] === true
  refuseContradictions(runs, options)
  const reporters: Reporter[] = [await chooseReporter(context)]
  const tell = createEmit(context, reporters)
  const memory = context.ownsProcess && memoryFreer()
  // A dry run imports into a copy: that is no news.
  const emit: Emit = (event) => {
    if (!dryRun || event.type !== 'run-imported') tell(event)
    if (memory) memory.event(event)
  }
  let project: OpenedProject | undefined
  let awake: KeptAwake | undefined
  let removeSignals: (() => void) | undefined
  try {
    project = await openProject(context, { preview: dryRun, log: (level, message) => emit({ type: 'notice', level, message }) })
    reporters.push(...project.provided.reporters.values())
    const openTelemetry = dryRun ? undefined : await openTelemetryReporter(project.config.configDir)
    if (openTelemetry) reporters.push(openTelemetry)
    if (!dryRun && wantsTitle(context)) reporters.push((await import('../reporters/title.ts')).createTitleReporter(context.stdout.write))
    awake = dryRun || !project.config.keepAwake ? undefined : keepAwake(context.runtime)
    const first = new AbortController()
    removeSignals = installStopSignals({
      monotonic: context.runtime.monotonic,
      onFirst: (signal) => {
        emit({ type: 'notice', level: 'warning', message: `${signal}: stopping after cleaning up; once more stops at once` })
        first.abort()
      },
      // What is left is found and taken up by the next run. Children die with this process.
      onSecond: () => context.exitNow(130),
    })
    // What loading has left behind makes room for what is loaded now.
    if (memory) memory.free()
    const { runDrain } = await import('../project/run-drain.ts')
    context.whenLoaded?.()
    const report = await runDrain({
      project, command, runs, selection, rules, dryRun, emit, begin: project.begin, trace: project.trace,
      allowDirty: options['allowDirty'] === true,
      rebase: options['rebase'] === true,
      resume: options['resume'] as string | true | undefined,
      ...(options['compare'] === 'retry' && { compare: 'retry' }),
      scale: options['scale'] === 'auto',
      retryBuilders: options['retryBuilders'] === true,
      newStore: options['newStore'] === true,
      goalPlan,
      signal: first.signal,
      ...(memory && { collect: memory.free }),
    })
    return report.exitCode
  } finally {
    awake?.end()
    removeSignals?.()
    for (const reporter of reporters) await closeReporter(reporter)
    await project?.close()
  }
}

/** Flags of which one would be passed over without a word. Throws a UserError. */
function refuseContradictions(runs: readonly string[], options: Readonly<Record<string, unknown>>): void {
  const fix = 'leave one of them out'
  if (options['goal'] !== undefined && runs.length > 0) throw usageError(`--goal makes a run of its own, and ${runs.join(', ')} names another`, fix)
  if (options['goal'] !== undefined && options['resume'] !== undefined) throw usageError('--goal starts a new run, and --resume goes on with an earlier session', fix)
  if (options['compare'] !== undefined && options['dryRun'] !== true) throw usageError('--compare is about --dry-run', 'add --dry-run')
  if (options['dryRun'] === true && options['resume'] !== undefined) throw usageError('--dry-run runs nothing, so that there is nothing to --resume', fix)
}

/** Stamps the time and tells every reporter. A reporter that throws is left out from then on: it must not end the work. */
function createEmit(context: CliContext, reporters: Reporter[]): Emit {
  const leaveOut = (reporter: Reporter, error: unknown) => {
    if (!reporters.includes(reporter)) return
    reporters.splice(reporters.indexOf(reporter), 1)
    context.stderr.write(`warning: the reporter ${reporter.name} failed and is left out: ${error instanceof Error ? error.message : String(error)}\n`)
  }
  return (body) => {
    const event = { at: new Date(context.runtime.now()).toISOString(), ...body } as AutopackEvent
    for (const reporter of reporters.slice()) {
      try {
        // Nothing is waited for, but an asynchronous one may fail all the same.
        void Promise.resolve(reporter.event(event) as unknown).catch((error: unknown) => leaveOut(reporter, error))
      } catch (error) {
        leaveOut(reporter, error)
      }
    }
  }
}

async function closeReporter(reporter: Reporter): Promise<void> {
  try {
    await reporter.close?.()
  } catch {
    // Its last words are lost; the work is not.
  }
}
