import type { Command } from 'commander'
import { nothingImportedError, requeueStateError } from '../../errors.ts'
import type { RequeueOutput } from '../../model/outputs.ts'
import { shellQuote } from '../../reporters/format.ts'
import type { CliContext } from '../context.ts'
import { findPhase, findRun } from '../lookup.ts'
import { loadProject, withStore } from '../project.ts'

export function configure(command: Command): void {
  command.argument('<run>', 'the run').argument('<phase>', 'a failed or held phase of it').requiredOption('--reason <text>', 'why it may go better now; kept with the phase')
}

export async function run(context: CliContext, [runId, phaseId]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const project = await loadProject(context)
  const reason = String(options['reason'])
  const done = await withStore(project, async (store) => {
    const one = await findRun(store, String(runId))
    const phase = await findPhase(store, one, String(phaseId))
    if (phase.state !== 'FAILED' && !(phase.state === 'QUEUED' && phase.holdReason !== undefined)) throw requeueStateError(one.id, phase.id, phase.state)
    await store.requeue(one.id, phase.id, { reason })
    const after = await store.phase(one.id, phase.id)
    return { run: one.id, phase: phase.id, reason, state: after?.state ?? 'QUEUED' } satisfies RequeueOutput
  })
  if (!done) throw nothingImportedError()
  if (context.json) context.printJson(done)
  else context.print(`${done.run}/${done.phase} is queued again.\nnext  ${context.program} run ${shellQuote(done.run)}`)
  return 0
}
