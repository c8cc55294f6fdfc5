import type { Command } from 'commander'
import { UserError, nothingImportedError } from '../../errors.ts'
import { ensureRunsDir } from '../../layout/ensure.ts'
import { writeJson } from '../../layout/atomic.ts'
import type { StopRequest } from '../../model/stop.ts'
import type { CliContext } from '../context.ts'
import { findPhase, findRun } from '../lookup.ts'
import { loadProject, withStore } from '../project.ts'
import { userName } from '../user-name.ts'

export function configure(command: Command): void {
  command.argument('[run]', 'only this run').argument('[phase]', 'only this phase of it')
}

export async function run(context: CliContext, [runId, phaseId]: readonly unknown[]): Promise<number> {
  const project = await loadProject(context)
  const { host, now } = context.runtime
  const request: StopRequest = {
    project: project.config.project,
    ...(typeof runId === 'string' && { run: runId }),
    ...(typeof phaseId === 'string' && { phase: phaseId }),
    at: new Date(now()).toISOString(),
    by: `${userName(context.runtime)}@${host}`,
  }
  const underWay = await withStore(project, async (store) => {
    // A name with a slip would stop nothing: it is looked up first.
    if (typeof runId === 'string') {
      const one = await findRun(store, runId)
      if (typeof phaseId === 'string') await findPhase(store, one, phaseId)
    }
    const unfinished = (await store.attempts({ unfinished: true })).length
    await store.requestStop(request).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error
      // The file reaches every drain too; only of two requests at once it holds the later one.
      context.stderr.write(`warning: asked by the file alone: ${error.message}\n`)
    })
    return unfinished
  })
  if (underWay === undefined && typeof runId === 'string') throw nothingImportedError()
  await ensureRunsDir(project.layout)
  await writeJson(project.layout.stopSignal, request)
  if (context.json) context.printJson(request)
  else context.print(`Asked ${typeof phaseId === 'string' ? `${String(runId)}/${phaseId}` : typeof runId === 'string' ? `run ${runId}` : 'every drain of this project'} to stop after cleaning up.`)
  if (!underWay) context.stderr.write('Nothing runs at the moment: a drain that starts later takes no notice of this.\n')
  return 0
}
