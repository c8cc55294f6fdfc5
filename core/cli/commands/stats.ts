import type { Command } from 'commander'
import { usageError } from '../../errors.ts'
import { parseDuration } from '../../model/duration.ts'
import { statsLines } from '../../reporters/stats.ts'
import { statsOf } from '../../telemetry/stats.ts'
import type { CliContext } from '../context.ts'
import { findRun } from '../lookup.ts'
import { loadProject, withStore } from '../project.ts'

export function configure(command: Command): void {
  command
    .argument('[runs...]', 'ids of runs; none: all of them')
    .option('--since <time>', 'attempts that began within it, such as 7d or 12h, or after it, such as 2026-11-01')
}

export async function run(context: CliContext, [given]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const names = (given ?? []) as string[]
  const since = options['since'] === undefined ? undefined : sinceFrom(String(options['since']), context.runtime.now())
  const project = await loadProject(context)
  const found = await withStore(project, async (store) => {
    const runs: string[] = []
    for (const name of names) runs.push((await findRun(store, name)).id)
    return { attempts: await store.telemetry({ ...(runs.length > 0 && { runs }), ...(since !== undefined && { since }) }), durations: await store.durations('check:') }
  })
  const stats = statsOf({ project: project.config.project, runs: names, since, attempts: found?.attempts ?? [], durations: found?.durations ?? [] })
  if (context.json) context.printJson(stats)
  else for (const line of statsLines(stats, context.style)) context.print(line)
  return 0
}

/** Epoch milliseconds. Throws a UserError for what is neither a duration nor a date. */
function sinceFrom(text: string, now: number): number {
  const within = /^\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)$/.test(text) ? parseDuration(text) : undefined
  const at = within === undefined ? Date.parse(text) : now - within
  if (!Number.isFinite(at) || /^\d+$/.test(text)) throw usageError(`--since ${JSON.stringify(text)} is neither a duration nor a date`, 'write for example --since 7d, or --since 2026-11-01')
  return at
}
