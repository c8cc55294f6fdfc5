import { nothingImportedError } from '../errors.ts'
import { compareReplay, storedFailures, type Replayed, type ReplayReport } from '../project/replay.ts'
import { plainLine, plural } from '../reporters/format.ts'
import type { CliContext } from './context.ts'
import { loadProject, withStore } from './project.ts'
import { replayHooks } from './replay-hooks.ts'

/** Classifies every stored failure with the classifiers as they are now, and shows what would become of the buckets. Writes nothing. */
export async function replay(context: CliContext): Promise<number> {
  const project = await loadProject(context)
  const known = await replayHooks(context, project)
  const report = await withStore(project, async (store) => {
    const replayed: Replayed[] = []
    const troubles = new Map<string, number>()
    for (const attempt of await storedFailures(store)) {
      const { reclassify } = await import('../project/reclassify.ts')
      const { classification: after, recorded } = await reclassify(attempt, known)
      for (const { message } of recorded) troubles.set(message, (troubles.get(message) ?? 0) + 1)
      replayed.push({ run: attempt.run, phase: attempt.phase, attempt: attempt.number, before: attempt.classification, after })
    }
    for (const [message, count] of troubles) context.stderr.write(`warning: ${plainLine(message)} (${plural(count, 'failure')})\n`)
    return compareReplay(replayed)
  })
  if (!report) throw nothingImportedError()
  if (context.json) context.printJson(report)
  else for (const line of replayLines(report, context)) context.print(line)
  return 0
}

function replayLines(report: ReplayReport, { style }: CliContext): string[] {
  const members = (count: number) => style.dim(plural(count, 'failure'))
  return [
    `${plural(report.failures, 'stored failure')}, ${report.unchanged} as before`,
    ...report.splits.flatMap(({ from, title, into }) => [
      '', `${style.yellow('split')}   ${from}  ${plainLine(title)}`, ...into.map((one) => `   into ${one.fingerprint}  ${one.class}: ${plainLine(one.title)}  ${members(one.members)}`),
    ]),
    ...report.merges.flatMap(({ into, class: name, title, from }) => [
      '', `${style.yellow('merge')}   into ${into}  ${name}: ${plainLine(title)}`, ...from.map((one) => `        ${one.fingerprint}  ${plainLine(one.title)}  ${members(one.members)}`),
    ]),
    ...(report.renamed.length > 0 ? ['', ...report.renamed.map((one) => `${style.dim('renamed')} ${one.from} is now ${one.to}  ${plainLine(one.title)}  ${members(one.members)}`)] : []),
    ...(report.classes.length > 0 ? ['', ...report.classes.map((one) => `${style.yellow('class')}   ${one.fingerprint}  ${one.before} becomes ${one.after}  ${members(one.members)}`)] : []),
    ...(report.blames.length > 0 ? ['', ...report.blames.map((one) => `${style.yellow('blame')}   ${one.fingerprint}  ${one.before} becomes ${one.after}  ${members(one.members)}`)] : []),
  ]
}

