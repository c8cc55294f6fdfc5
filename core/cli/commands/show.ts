import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { attemptFileMissingError, nothingImportedError, usageError } from '../../errors.ts'
import { branchOf } from '../../pipeline/run-base.ts'
import { shellQuote } from '../../reporters/format.ts'
import { readApproved } from '../approved.ts'
import { attemptLog } from '../attempt-log.ts'
import type { CliContext } from '../context.ts'
import { attemptPathsOf, findPhase, findRun, pickAttempt, sortAttempts } from '../lookup.ts'
import { readParked } from '../parked.ts'
import { loadProject, withStore } from '../project.ts'
import type { LoadedProject } from '../project.ts'
import { describePhase, describeRun, showOutput } from '../show-text.ts'
import type { Shown } from '../show-text.ts'

export function configure(command: Command): void {
  command
    .argument('<run>', 'the run')
    .argument('[phase]', 'a phase of it')
    .option('--diff', 'the changes: of the phase\'s commit, or of the whole run')
    .option('--patch', 'the changes that a failed attempt left, kept before the rollback')
    .option('--log', 'the builder\'s log')
    .option('--attempt <n>', 'of this attempt; default: the latest')
}

export async function run(context: CliContext, [runId, phaseId]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const wanted = ['diff', 'patch', 'log'].filter((name) => options[name] === true)
  if (wanted.length > 1) throw usageError(`--${wanted[0]} and --${wanted[1]} exclude each other`, 'ask for one of them')
  if (phaseId === undefined && (options['patch'] || options['log'] || options['attempt'] !== undefined)) throw usageError('--patch, --log and --attempt are about a phase', 'name the phase after the run')
  const project = await loadProject(context)
  const shown = await withStore(project, async (store): Promise<Shown> => {
    const one = await findRun(store, String(runId))
    const phase = typeof phaseId === 'string' ? await findPhase(store, one, phaseId) : undefined
    const attempts = phase ? sortAttempts(await store.attempts({ run: one.id, phase: phase.id })) : []
    const phases = phase ? [phase] : await store.phases({ run: one.id })
    return { project, run: one, phases, phase, attempts, branch: branchOf(project, one), parkedOf: await readParked(project, store), approved: await readApproved(store, phases) }
  })
  if (!shown) throw nothingImportedError()
  const attempt = options['attempt'] as string | undefined
  if (options['diff']) await printDiff(context, project, shown)
  else if (options['patch']) await printAttemptFile(context, shown, attempt, 'changesPatch')
  else if (options['log']) await printAttemptFile(context, shown, attempt, 'builderLog')
  else {
    const chosen = attempt === undefined ? shown : { ...shown, attempts: [pickAttempt(shown.attempts, shown.phase!, attempt)] }
    if (context.json) context.printJson(await showOutput(chosen))
    else for (const line of chosen.phase ? await describePhase(context, chosen) : describeRun(context, chosen)) context.print(line)
  }
  return 0
}

/** What a phase's commit changed, or a run's branch against the commit it started from. */
async function printDiff(context: CliContext, project: LoadedProject, shown: Shown): Promise<void> {
  const { openRepository } = await import('../../workspace/repository.ts')
  const { notThere } = await import('../../workspace/git.ts')
  const repository = await openRepository({ configDir: project.config.configDir, root: project.config.root, env: context.runtime.env })
  const { run: one, phase, branch } = shown
  const commit = phase?.commit
  if (phase && commit === undefined) throw usageError(`${one.id}/${phase.id} has no commit`, `see what a failed attempt left with \`autopack show ${shellQuote(one.id)} ${shellQuote(phase.id)} --patch\``)
  const commits = shown.phases.filter((other) => other.commit !== undefined && other.state === 'COMPLETE').length
  if (!phase && commits === 0) throw usageError(`run ${one.id} has no commits yet`, `run it with \`autopack run ${shellQuote(one.id)}\``)
  const range = commit === undefined ? [one.baseCommit ?? `refs/heads/${branch}~${commits}`, `refs/heads/${branch}`] : [`${commit}^`, commit]
  const args = ['diff', '--no-ext-diff', '--no-textconv', `--color=${context.style.color ? 'always' : 'never'}`, ...range, '--']
  const output = await repository.git({ cwd: repository.root, args, reading: true, allow: [0, 128], saying: notThere })
  if (output.exitCode !== 0) throw usageError(`the commits of run ${one.id} are not in this repository any more`, `the branch was ${branch}: see \`git reflog\``)
  context.stdout.write(output.stdout.toString('utf8'))
}

async function printAttemptFile(context: CliContext, shown: Shown, wanted: string | undefined, what: 'changesPatch' | 'builderLog'): Promise<void> {
  const phase = shown.phase!
  const attempt = pickAttempt(shown.attempts, phase, wanted)
  const file = attemptPathsOf(shown.project.layout, shown.run, phase, attempt.number)[what]
  // A log may still be written, and is as large as its builder liked.
  const isThere = what === 'builderLog' ? await attemptLog(context, shown.project.config, file).look(true) : await printFile(context, file)
  if (!isThere) {
    const names = `${shellQuote(shown.run.id)} ${shellQuote(phase.id)}`
    throw what === 'builderLog'
      ? attemptFileMissingError('builder log', file, `the builder was not reached: see \`autopack show ${names}\``)
      : attemptFileMissingError('patch', file, attempt.commit === undefined ? `it changed nothing: see \`autopack show ${names}\`` : `it was committed: see \`autopack show ${names} --diff\``)
  }
}

/** Prints a file as it is; false where there is none. */
async function printFile(context: CliContext, file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (text === undefined) return false
  context.stdout.write(text)
  return true
}
