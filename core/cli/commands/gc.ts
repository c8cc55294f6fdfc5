import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { usageError } from '../../errors.ts'
import { parseDuration } from '../../model/duration.ts'
import type { GcItem, GcOutput } from '../../model/gc.ts'
import { parseSize } from '../../model/size.ts'
import { formatBytes, plural, shortPath } from '../../reporters/format.ts'
import { formatTable } from '../../reporters/table.ts'
import type { CliContext } from '../context.ts'
import { openProject } from '../open-project.ts'
import { loadProject, withStore, type LoadedProject } from '../project.ts'

export function configure(command: Command): void {
  command
    .option('--dry-run', 'print what would be removed, and remove nothing')
    .option('--older-than <duration>', 'what is younger stays, but for worktrees of complete runs', '30d')
    .option('--max-size <size>', 'remove artifacts that are younger too, oldest first, until the rest is as small, such as 5GB')
    .option('--force', 'also what is nowhere else; commits and files are put into a bundle first')
    .addHelpText('after', '\nNever touches a run that somebody works on. Exit code 1 when something could not\nbe removed.')
}

export async function run(context: CliContext, _args: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const olderThanMs = parseDuration(String(options['olderThan']))
  if (olderThanMs === undefined) throw usageError(`--older-than ${JSON.stringify(options['olderThan'])} is no duration`, 'write for example --older-than 30d')
  const maxSize = options['maxSize'] === undefined ? undefined : parseSize(String(options['maxSize']))
  if (options['maxSize'] !== undefined && maxSize === undefined) throw usageError(`--max-size ${JSON.stringify(options['maxSize'])} is no size`, 'write for example --max-size 5GB')
  const loaded = await loadProject(context)
  const dryRun = options['dryRun'] === true
  if ((await withStore(loaded, async () => true)) === undefined) {
    if (!dryRun) await endDraftsAlone(context, loaded)
    return tell(context, { project: loaded.config.project, dryRun, items: [], freedBytes: 0, keptBytes: 0, free: null })
  }
  const scratch = await mkdtemp(path.join(context.runtime.temporaryDir, 'autopack-gc-'))
  let project: Awaited<ReturnType<typeof openProject>> | undefined
  try {
    project = await openProject(context, { preview: false, log: () => undefined })
    const [{ collectGarbage }, { createEngine }] = await Promise.all([import('../../project/gc/collect.ts'), import('../../project/engine.ts')])
    const engine = createEngine(project, (event) => { if (event.type === 'notice' && !context.json) context.print(event.message) })
    return tell(context, await collectGarbage(engine, { olderThanMs, maxSize, force: options['force'] === true, dryRun, scratch }))
  } finally {
    await rm(scratch, { recursive: true, force: true })
    await project?.close()
  }
}

/** Before the first run there is no store, and nothing but drafts can have left anything. */
async function endDraftsAlone(context: CliContext, loaded: LoadedProject): Promise<void> {
  const { endDrafts, findCutOffDrafts } = await import('../../project/draft/record.ts')
  if (findCutOffDrafts({ ...loaded, runtime: context.runtime }).length === 0) return
  const project = await openProject(context, { preview: false, log: () => undefined })
  try {
    const { createEngine } = await import('../../project/engine.ts')
    await endDrafts(createEngine(project, (event) => { if (event.type === 'notice' && !context.json) context.print(event.message) }))
  } finally {
    await project.close()
  }
}

function tell(context: CliContext, output: GcOutput): number {
  if (context.json) context.printJson(output)
  else for (const line of lines(output, context)) context.print(line)
  return output.items.some((item) => item.outcome === 'failed') ? 1 : 0
}

function lines({ items, dryRun, freedBytes, keptBytes, free }: GcOutput, { style, program, cwd }: CliContext): string[] {
  if (items.length === 0) return ['nothing to remove']
  const gone = items.filter((item) => item.outcome === 'planned' || item.outcome === 'removed')
  const kept = items.filter((item) => item.outcome === 'kept')
  const failed = items.filter((item) => item.outcome === 'failed')
  const row = (item: GcItem) => [item.kind, item.subject, item.bytes === 0 ? '' : formatBytes(item.bytes), item.message === null ? item.reason : `${item.reason}: ${item.message}`]
  const titled = (title: string, list: readonly GcItem[]) => (list.length === 0 ? [] : [style.bold(title), ...formatTable(list.map(row), { indent: 2 })])
  const bundles = items.flatMap((item) => (item.bundle === null ? [] : [item.bundle]))
  return [
    ...titled(dryRun ? 'would be removed' : 'removed', gone), ...titled('not removed', failed), ...titled('stays', kept),
    ...bundles.map((file) => `kept in ${shortPath(file, cwd)}`),
    `${dryRun ? 'would free' : 'freed'} ${formatBytes(freedBytes)} in ${plural(gone.length, 'place')}${free === null ? '' : `, ${formatBytes(free)} are free`}`,
    ...(kept.some((item) => item.force) ? [style.dim(`${formatBytes(keptBytes)} go only by force: ${program} gc --force`)] : []),
  ]
}
