import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { nothingImportedError, usageError } from '../../errors.ts'
import { installStopSignals } from '../../process/signals.ts'
import { isYes } from '../answers.ts'
import type { CliContext } from '../context.ts'
import { landingLines, landingStyle } from '../land-text.ts'
import { findRun } from '../lookup.ts'
import { openProject } from '../open-project.ts'
import { loadProject, withStore } from '../project.ts'

export function configure(command: Command): void {
  command
    .argument('<run>', 'a run whose phases are complete')
    .option('--into <branch>', "the branch to land in. Default: the one that the run's base names, else that of the main checkout")
    .option('--partial', 'of a run that is not complete, land what is there')
    .option('--update-checkout', 'where the branch is checked out, and clean, bring its files up to date too')
    .option('--pr [remote]', "push the run's branch and open a request, and leave the branch alone")
    .option('--resolve', 'after a conflict, add a phase to the run in which the builder resolves it')
    .option('--dry-run', 'tell what would be done, and do nothing')
    .addHelpText('after', exitCodes)
}

const exitCodes = '\nExit code: 0 landed, pushed, or nothing to land; 1 a conflict, or checks that\nfail, and nothing was moved; 2 wrong usage, or something to settle first;\n3 another landing is at work; 4 machine or remote; 130 interrupted.'

export async function run(context: CliContext, [runId]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const dryRun = options['dryRun'] === true
  const request = options['pr'] as string | true | undefined
  if (request !== undefined && options['updateCheckout'] === true) throw usageError('--pr leaves the branch alone, so that there is no checkout to update', 'leave one of the two out')
  if (dryRun && options['resolve'] === true) throw usageError('--dry-run adds no phase', 'leave --resolve out')
  // What looks must not make a store.
  if ((await withStore(await loadProject(context), async (store) => await findRun(store, String(runId)))) === undefined) throw nothingImportedError()
  const say = landingStyle(context)
  const project = await openProject(context, { preview: false, log: (level, message) => say(level, message) })
  const stop = new AbortController()
  const uninstall = installStopSignals({ onFirst: () => stop.abort(), onSecond: () => context.exitNow(130), monotonic: context.runtime.monotonic })
  let scratch = ''
  try {
    if (dryRun) scratch = await mkdtemp(path.join(context.runtime.temporaryDir, 'autopack-land-'))
    const [{ land }, { createEngine }] = await Promise.all([import('../../project/land/land.ts'), import('../../project/engine.ts')])
    const engine = createEngine(project, (event) => {
      if (event.type === 'notice') say(event.level, event.message)
      if (event.type === 'stage-started' && event.detail !== undefined) say('check', event.detail)
    })
    const output = await land(engine, {
      run: await findRun(project.store, String(runId)), into: options['into'] as string | undefined, partial: options['partial'] === true, request, updateCheckout: options['updateCheckout'] === true, resolve: options['resolve'] === true, dryRun, scratch,
      tell: say, signal: stop.signal, agree: (target, folder) => agree(context, options, target, folder),
    })
    if (context.json) context.printJson(output)
    else for (const line of landingLines(output, context)) context.print(line)
    return { landed: 0, pushed: 0, 'up-to-date': 0, planned: 0, conflict: 1, 'checks-failed': 1, interrupted: 130 }[output.outcome]
  } finally {
    uninstall()
    if (scratch !== '') await rm(scratch, { recursive: true, force: true })
    await project.close()
  }
}

/** Whether the files of a checkout may change: the flag says so, or who sits there. */
async function agree(context: CliContext, options: Readonly<Record<string, unknown>>, target: string, folder: string): Promise<boolean> {
  if (options['updateCheckout'] === true) return true
  if (context.json || !context.ask) return false
  return isYes(await context.ask(`${target} is checked out in ${folder}: bring its files up to date there, as \`git merge --ff-only\` does? [y/N] `))
}
