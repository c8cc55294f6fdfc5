import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { fingerprintUnknownError, nothingImportedError } from '../../errors.ts'
import type { ClosedBucket } from '../../model/knowledge.ts'
import type { ExplainOutput } from '../../model/outputs.ts'
import { findBucket } from '../../project/bucket-members.ts'
import { storedFailures } from '../../project/replay.ts'
import { plainLine, plural } from '../../reporters/format.ts'
import { formatTable } from '../../reporters/table.ts'
import type { CliContext } from '../context.ts'
import { loadProject, withStore } from '../project.ts'
import type { LoadedProject } from '../project.ts'
import type { ReplayHooks } from '../replay-hooks.ts'

export function configure(command: Command): void {
  command.argument('<fingerprint>', 'as status and show print it; its beginning is enough').option('--raw', 'print the output of the latest member, and nothing else')
}

export async function run(context: CliContext, [given]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const project = await loadProject(context)
  const wanted = String(given)
  const output = await withStore(project, async (store): Promise<ExplainOutput> => {
    const failures = await storedFailures(store)
    let known: ReplayHooks | undefined
    const found = await findBucket(failures, wanted, async (one) => {
      const { replayHooks } = await import('../replay-hooks.ts')
      const { reclassify } = await import('../../project/reclassify.ts')
      known ??= await replayHooks(context, project)
      return (await reclassify(one, known)).classification.fingerprint
    })
    const imported = await importedFault(project, found.type === 'found' ? found.fingerprint : wanted)
    if (found.type === 'ambiguous' && found.known.length === 0 && imported) return onlyImported(imported)
    if (found.type === 'ambiguous') throw fingerprintUnknownError(wanted, wanted === '' ? [] : found.known, [...new Set(failures.map((one) => one.classification.fingerprint))])
    const { members, successors, formerly } = found
    const latest = members.at(-1)!
    const { classification, failure } = latest
    return {
      fingerprint: found.fingerprint, class: classification.class, title: classification.title, confidence: classification.confidence, blame: classification.blame, classifier: classification.classifier,
      template: classification.template ?? null, evidence: classification.evidence, raw: failure.output,
      firstSeen: new Date(members[0]!.startedAt).toISOString(), lastSeen: new Date(latest.startedAt).toISOString(),
      members: members.map((one) => ({ run: one.run, phase: one.phase, attempt: one.number, at: new Date(one.startedAt).toISOString(), stage: one.failure.stage, title: one.classification.title })),
      successors: [...successors], formerly, ...(imported && { known: imported }),
    }
  })
  if (!output) throw nothingImportedError()
  if (context.json) context.printJson(output)
  else if (options['raw']) context.stdout.write(output.raw)
  else for (const line of explainLines(output, context)) context.print(line)
  return 0
}

/** What others knew of a fault, where its fingerprint is or begins so. */
async function importedFault({ layout, config }: LoadedProject, wanted: string): Promise<ClosedBucket | undefined> {
  if (wanted === '' || !existsSync(layout.knowledge)) return undefined
  const { readKnowledge } = await import('../../project/knowledge.ts')
  const found = readKnowledge(layout.knowledge, config.project)?.buckets.filter(({ fingerprint }) => fingerprint.startsWith(wanted) || fingerprint.replace(/^v\d+-/, '').startsWith(wanted)) ?? []
  return found.length === 1 ? found[0] : found.find(({ fingerprint }) => fingerprint === wanted)
}

/** Nobody has had it here. */
function onlyImported(known: ClosedBucket): ExplainOutput {
  const { fingerprint, class: failureClass, title, blame, firstSeen, lastSeen } = known
  return { fingerprint, class: failureClass, title, confidence: 'medium', blame, classifier: 'knowledge', template: null, evidence: [], raw: '', firstSeen, lastSeen, members: [], successors: [], formerly: [], known }
}

/** One line of what others knew. */
function knownLine({ phases, closed }: ClosedBucket): string {
  return `others had it in ${plural(phases.length, 'phase')}; it was over at ${closed.at}${closed.by === null ? '' : `, said ${plainLine(closed.by)}`}${closed.reason === null ? '' : `: ${plainLine(closed.reason)}`}`
}

/** Lines of the raw text and members that a screen shows; `--raw` and `--json` have all. */
const mostRaw = 40
const mostMembers = 30

function explainLines(output: ExplainOutput, { style }: CliContext): string[] {
  if (output.members.length === 0 && output.known) {
    return [style.red(plainLine(output.title)), `${style.bold(output.class)} ${style.dim('·')} ${output.fingerprint} ${style.dim(`· blame ${output.blame}`)}`, knownLine(output.known), 'here it has not been seen']
  }
  const phases = new Set(output.members.map((member) => `${member.run}/${member.phase}`)).size
  const raw = output.raw.trimEnd().split('\n')
  const members = output.members.slice(-mostMembers)
  return [
    style.red(plainLine(output.title)),
    `${style.bold(output.class)} ${style.dim('·')} ${output.fingerprint} ${style.dim(`· ${output.confidence} confidence · blame ${output.blame} · by ${output.classifier}`)}`,
    `${plural(output.members.length, 'failure')} of ${plural(phases, 'phase')} ${style.dim(`from ${output.firstSeen} to ${output.lastSeen}`)}`,
    ...(output.successors.length > 0 ? [`of another version; now ${output.successors.map((one) => `${one.fingerprint} (${one.members})`).join(', ')}`] : []),
    ...(output.formerly.length > 0 ? [style.dim(`formerly ${output.formerly.join(', ')}`)] : []),
    ...(output.known ? [knownLine(output.known)] : []),
    '', style.bold('template, of which the fingerprint is made'), ...(output.template ?? '(its classifier gave the fingerprint)').split('\n').map((line) => `  ${plainLine(line)}`),
    ...(output.evidence.length > 0 ? ['', style.bold('evidence'), ...output.evidence.map((line) => `  ${plainLine(line)}`)] : []),
    '', style.bold('members'), ...formatTable(members.map((member) => [`${member.run}/${member.phase}`, `attempt ${member.attempt}`, member.stage, style.dim(member.at)]), { indent: 2 }),
    ...(output.members.length > members.length ? [style.dim(`  and ${output.members.length - members.length} earlier: --json`)] : []),
    ...(output.raw.trim() === '' ? [] : ['', style.bold(raw.length > mostRaw ? `raw, the last ${mostRaw} of ${raw.length} lines (--raw prints all)` : 'raw'), ...raw.slice(-mostRaw).map((line) => `  ${plainLine(line)}`)]),
  ]
}
