import { stat } from 'node:fs/promises'
import type { Command } from 'commander'
import { attemptFileMissingError, nothingImportedError, runLogMissingError, usageError } from '../../errors.ts'
import type { ResolvedConfig } from '../../config/config.ts'
import type { RunLayout } from '../../layout/layout.ts'
import type { Runtime } from '../../model/runtime.ts'
import { shellQuote } from '../../reporters/format.ts'
import type { AttemptRecord, Owner, PhaseRecord, RunRecord, Store } from '../../store/store.ts'
import { attemptLog } from '../attempt-log.ts'
import type { CliContext } from '../context.ts'
import type { FollowedLog } from '../follow-log.ts'
import { attemptPathsOf, findPhase, findRun, pickAttempt } from '../lookup.ts'
import { loadProject, withStore } from '../project.ts'

export function configure(command: Command): void {
  command
    .argument('<run>', 'the run')
    .argument('[phase]', 'a phase of it; without one, what was told of the work at the whole run')
    .option('-f, --follow', 'go on printing until the attempt ends, or nobody works at the run')
    .option('--check <name>', 'the log of this check on the candidate, instead of the builder\'s')
    .option('--attempt <n>', 'of this attempt; default: the latest')
}

/** How often a log and the end of its attempt are looked for, in milliseconds. */
const pollMs = 300

export async function run(context: CliContext, [runId, phaseId]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const project = await loadProject(context)
  const wanted = options['attempt'] as string | undefined
  const check = options['check'] as string | undefined
  const done = await withStore(project, async (store) => {
    const one = await findRun(store, String(runId))
    if (phaseId === undefined) return await logOfRun(context, { store, config: project.config, layout: project.layout, run: one, follow: options['follow'] === true, attempt: wanted ?? check })
    const phase = await findPhase(store, one, String(phaseId))
    if (options['follow'] === true) return await follow(context, { store, config: project.config, layout: project.layout, run: one, phase, wanted, check })
    const attempt = pickAttempt(await store.attempts({ run: one.id, phase: phase.id }), phase, wanted)
    const file = logOf(project.layout, one, phase, attempt, check)
    const size = await stat(file).then((found) => found.size, () => undefined)
    if (size === undefined) throw attemptFileMissingError(check === undefined ? 'builder log' : `log of check ${check}`, file, `see \`autopack show ${shellQuote(one.id)} ${shellQuote(phase.id)}\` for how far it got`)
    await attemptLog(context, project.config, file).look(true)
    if (size === 0) context.stderr.write('The log is empty: nothing was printed.\n')
    return 0
  })
  if (done === undefined) throw nothingImportedError()
  return done
}

/** `supervisor/worker.log`. Followed until no phase of the run is executed and no drain is at work that could begin one. */
async function logOfRun(context: CliContext, { store, config, layout, run: one, follow: goOn, attempt }: Pick<Followed, 'store' | 'config' | 'layout' | 'run'> & { follow: boolean; attempt: string | undefined }): Promise<number> {
  if (attempt !== undefined) throw usageError('--attempt and --check are about a phase, and none is named', `autopack logs ${shellQuote(one.id)} PHASE`)
  const { runtime, closed } = context
  const log = attemptLog(context, config, layout.run(one).supervisorLog)
  while (goOn && !closed.aborted) {
    const isOver = !(await isAtWork(store, one.id, runtime))
    const found = await log.look(isOver)
    if (isOver && found) return 0
    if (isOver) break
    await runtime.sleep(pollMs, closed)
  }
  if (closed.aborted) return 0
  if (!(await log.look(true))) throw runLogMissingError(one.id, layout.run(one).supervisorLog)
  return 0
}

async function isAtWork(store: Store, runId: string, runtime: Runtime): Promise<boolean> {
  if ((await store.phases({ run: runId, states: ['EXECUTING'] })).length > 0) return true
  const { isAlive } = await import('../../process/owner.ts')
  return (await store.sessions()).some(({ json }) => {
    const { endedAt, holder, runs } = JSON.parse(json) as { endedAt?: string; holder?: Owner; runs?: string[] }
    return endedAt === undefined && holder !== undefined && runs?.includes(runId) === true && isAlive(runtime, holder)
  })
}

function logOf(layout: RunLayout, one: RunRecord, phase: PhaseRecord, attempt: AttemptRecord, check: string | undefined): string {
  const paths = attemptPathsOf(layout, one, phase, attempt.number)
  return check === undefined ? paths.builderLog : paths.checkLog(check)
}

interface Followed { store: Store; config: ResolvedConfig; layout: RunLayout; run: RunRecord; phase: PhaseRecord; wanted: string | undefined; check: string | undefined }

/** Prints what is there and what comes, until the attempt ended or nobody reads any more. Waits for the first attempt. */
async function follow(context: CliContext, { store, config, layout, run: one, phase, wanted, check }: Followed): Promise<number> {
  const { runtime, closed } = context
  let attempt: AttemptRecord | undefined
  let log: FollowedLog | undefined
  while (!closed.aborted) {
    const attempts = await store.attempts({ run: one.id, phase: phase.id })
    if (!attempt && (attempts.length > 0 || wanted !== undefined)) attempt = pickAttempt(attempts, phase, wanted)
    const ended = attempt !== undefined && attempts.find((other) => other.id === attempt!.id)?.endedAt !== undefined
    if (attempt) {
      log ??= attemptLog(context, config, logOf(layout, one, phase, attempt, check))
      await log.look(ended)
      // Read after the end was seen: nothing is missed between the last look and the end.
      if (ended) return 0
    }
    await runtime.sleep(pollMs, closed)
  }
  return 0
}
