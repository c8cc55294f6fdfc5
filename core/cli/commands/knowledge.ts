import path from 'node:path'
import type { Command } from 'commander'
import { knowledgeMissingError, usageError } from '../../errors.ts'
import { ensureRunsDir } from '../../layout/ensure.ts'
import type { Knowledge, KnowledgeOutput } from '../../model/knowledge.ts'
import { plural, shortPath } from '../../reporters/format.ts'
import type { CliContext } from '../context.ts'
import { loadProject, openProjectStore, withStore } from '../project.ts'

export function configure(command: Command): void {
  command.argument('<action>', 'export or import').argument('[files...]', 'what to write (none: standard output), or what to read')
    .addHelpText('after', '\nAn export joins what the file has already: nothing that somebody else put there\nis lost.')
}

export async function run(context: CliContext, [action, given]: readonly unknown[]): Promise<number> {
  const files = ((given ?? []) as string[]).map((file) => path.resolve(context.cwd, file))
  if (action === 'export') return await exportTo(context, files)
  if (action === 'import') return await importFrom(context, files)
  throw usageError(`knowledge is exported or imported, and not ${JSON.stringify(action)}`, 'type `autopack knowledge export FILE` or `autopack knowledge import FILE`')
}

async function exportTo(context: CliContext, files: readonly string[]): Promise<number> {
  if (files.length > 1) throw usageError('an export goes to one file', 'name one')
  const project = await loadProject(context)
  const [{ gatherKnowledge, readKnowledge }, { joinKnowledge }, { writeJson }] = await Promise.all([import('../../project/knowledge.ts'), import('../../learning/index.ts'), import('../../layout/atomic.ts')])
  const own = (await withStore(project, async (store) => await gatherKnowledge({ ...project, store }))) ?? { version: 1 as const, project: project.config.project, rules: [], flakes: [], buckets: [] }
  const [file] = files
  const before = file === undefined ? undefined : readKnowledge(file, project.config.project)
  const all: Knowledge = { $schema: 'https://unpkg.com/autopack/dist/schemas/knowledge.json', ...(before ? joinKnowledge(own, before) : own) }
  if (file === undefined) context.printJson(all)
  else {
    await writeJson(file, all)
    tell(context, 'export', files, all, before)
  }
  return 0
}

async function importFrom(context: CliContext, files: readonly string[]): Promise<number> {
  if (files.length === 0) throw usageError('an import needs a file', 'type `autopack knowledge import FILE`')
  const project = await loadProject(context)
  const { gatherKnowledge, readKnowledge, takeKnowledge } = await import('../../project/knowledge.ts')
  const others = files.map((file) => {
    const found = readKnowledge(file, project.config.project)
    if (!found) throw knowledgeMissingError(file)
    return found
  })
  await ensureRunsDir(project.layout)
  const store = await openProjectStore(project, { create: true })
  try {
    const before = await gatherKnowledge({ ...project, store })
    await takeKnowledge({ ...project, store }, others)
    tell(context, 'import', files, await gatherKnowledge({ ...project, store }), before)
  } finally {
    await store.close()
  }
  return 0
}

function tell(context: CliContext, action: 'export' | 'import', files: readonly string[], now: Knowledge, before: Knowledge | undefined): void {
  const count = (key: 'rules' | 'flakes' | 'buckets') => ({ total: now[key].length, new: now[key].length - (before?.[key].length ?? 0) })
  const output: KnowledgeOutput = { action, files: [...files], rules: count('rules'), flakes: count('flakes'), buckets: count('buckets') }
  if (context.json) return context.printJson(output)
  const text = ({ total, new: fresh }: KnowledgeOutput['rules'], one: string, many?: string) => `${plural(total, one, many)}${fresh > 0 ? ` (${fresh} new)` : ''}`
  const what = `${text(output.rules, 'rule')}, ${text(output.flakes, 'flaky test')}, ${text(output.buckets, 'fault that is over', 'faults that are over')}`
  context.print(action === 'export' ? `${shortPath(files[0]!, context.cwd)}: ${what}` : `the project knows ${what}`)
}
