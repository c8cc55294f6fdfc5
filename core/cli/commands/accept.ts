import type { Command } from 'commander'
import { acceptStateError, nothingImportedError, usageError } from '../../errors.ts'
import type { AcceptOutput } from '../../model/outputs.ts'
import type { Accepted } from '../../project/accept.ts'
import { formatDiffStat, padEnd, plainLine, shellQuote } from '../../reporters/format.ts'
import { wrapText } from '../../reporters/table.ts'
import type { AttemptRecord, PhaseRecord, RunRecord, Store } from '../../store/store.ts'
import type { CliContext } from '../context.ts'
import { findPhase, findRun, pickAttempt } from '../lookup.ts'
import { openPlugins } from '../open-plugins.ts'
import { openPreviewStore } from '../preview-store.ts'
import { loadProject, openProjectStore, type LoadedProject } from '../project.ts'
import { userName } from '../user-name.ts'
import { checkText } from '../show-text.ts'

export function configure(command: Command): void {
  command
    .argument('<run>', 'the run').argument('<phase>', 'a failed phase of it')
    .requiredOption('--reason <text>', 'why it is right all the same; kept in its receipt')
    .option('--attempt <n>', 'take the patch of this attempt; default: the latest')
    .option('--outside-scope', 'also where it changes what its plan does not allow')
    .option('--by <name>', 'who accepts it; default: the user')
    .option('--dry-run', 'print what would be accepted, and write nothing')
    .addHelpText('after', '\nThe patch becomes the phase\'s commit on the branch of the run; no check is run\nagain. What failed stands in the receipt of the commit.')
}

export async function run(context: CliContext, [runId, phaseId]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const reason = String(options['reason']).trim()
  if (reason === '') throw usageError('--reason is empty', 'say why it is right all the same: it is what others will go by')
  const dryRun = options['dryRun'] === true
  const project = await loadProject(context)
  // A dry run opens a copy: even to open a store of an earlier version changes it.
  const { store, close } = dryRun ? await openPreviewStore(project) : await openStore(project)
  try {
    const one = await findRun(store, String(runId))
    const phase = await findPhase(store, one, String(phaseId))
    if (phase.state !== 'FAILED') throw acceptStateError(one.id, phase.id, phase.state)
    const attempts = await store.attempts({ run: one.id, phase: phase.id })
    // Those that were to be accepted, and were not, have no work of their own.
    const wanted = options['attempt'] as string | undefined
    const overruled = pickAttempt(wanted === undefined ? attempts.filter((attempt) => attempt.session !== 'accept') : attempts, phase, wanted)
    const [{ acceptPhase }, { openRepository }] = await Promise.all([import('../../project/accept.ts'), import('../../workspace/repository.ts')])
    const repository = await openRepository({ configDir: project.config.configDir, root: project.config.root, env: context.runtime.env })
    const log = (level: 'info' | 'warning', message: string) => context.stderr.write(`${level === 'warning' ? 'warning  ' : ''}${message}\n`)
    const plugins = await openPlugins(project, log)
    const by = typeof options['by'] === 'string' && options['by'].trim() !== '' ? options['by'].trim() : userName(context.runtime)
    const accepted = await acceptPhase({ ...project, ...plugins, repository, store }, { run: one, phase, overruled, by, reason, outsideScope: options['outsideScope'] === true }, {
      dryRun, emit: (event) => { if (event.type === 'notice') log(event.level, event.message) },
    })
    if (context.json) context.printJson(outputOf({ run: one.id, phase: phase.id, by, reason }, overruled, accepted))
    else for (const line of lines(context, one, phase, overruled, accepted)) context.print(line)
    return 0
  } finally {
    await close()
  }
}

async function openStore(project: LoadedProject): Promise<{ store: Store; close(): Promise<void> }> {
  const store = await openProjectStore(project, { create: false })
  if (!store) throw nothingImportedError()
  return { store, close: () => store.close() }
}

function outputOf(named: Pick<AcceptOutput, 'run' | 'phase' | 'by' | 'reason'>, { number, classification }: AttemptRecord, accepted: Accepted): AcceptOutput {
  const { branch, onto, done, outside, diffStat, judged, tree } = accepted
  return {
    ...named, state: done ? 'COMPLETE' : 'FAILED', accepted: done !== undefined,
    overruled: { attempt: number, class: classification?.class ?? null, fingerprint: classification?.fingerprint ?? null, title: classification?.title ?? null },
    asJudged: judged?.receipt.candidate?.tree === tree, outsideScope: outside.flatMap((problem) => problem.path ?? []),
    branch, onto: onto.commit, diffStat, commit: done?.commit ?? null, attempt: done?.attempt ?? null, receipt: done?.receipt ?? null,
  }
}

function lines(context: CliContext, of: RunRecord, phase: PhaseRecord, overruled: AttemptRecord, accepted: Accepted): string[] {
  const { style, stdout, program } = context
  const { done, judged, outside, branch, onto, tree } = accepted
  const width = 11
  const fact = (label: string, text: string) => style.dim(padEnd(label, width)) + text
  const wrapped = (label: string, text: string) => wrapText(plainLine(text), Math.max(40, stdout.columns - width)).map((line, index) => fact(index === 0 ? label : '', line))
  const found = overruled.classification
  const names = `${shellQuote(of.id)} ${shellQuote(phase.id)}`
  return [
    `${style.bold(`${of.id}/${phase.id}`)}  ${done ? style.yellow('accepted against the verdict') : 'would be accepted against the verdict'}`,
    ...wrapped('overruled', found ? `${found.class}: ${found.title}` : (overruled.failure?.message ?? 'it was interrupted')),
    fact('patch', `of attempt ${overruled.number}: ${formatDiffStat(accepted.diffStat)}`),
    ...(judged?.receipt.checks ?? []).filter((check) => check.delta?.verdict.type !== 'passed').map((check) => fact('check', checkText(check))),
    ...(judged?.receipt.candidate?.tree === tree ? [] : wrapped('warning', 'no check has seen what this makes of the branch')),
    ...outside.flatMap((problem) => wrapped('warning', problem.message)),
    fact('branch', `${branch}, on top of ${onto.commit.slice(0, 12)}`),
    ...(done ? [fact('commit', done.commit), fact('next', `${program} show ${names} --diff`), fact('', `${program} drain --run ${shellQuote(of.id)}`)] : [style.dim('A dry run: nothing was written.')]),
  ]
}
