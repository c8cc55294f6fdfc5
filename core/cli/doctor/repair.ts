import { storeCorruptError } from '../../errors.ts'
import type { RepairFinding, RepairReport } from '../../model/repair.ts'
import { plural } from '../../reporters/format.ts'
import { wrapText } from '../../reporters/table.ts'
import { isYes } from '../answers.ts'
import type { CliContext } from '../context.ts'
import { openProject } from '../open-project.ts'
import { withStore, loadProject } from '../project.ts'
import { userName } from '../user-name.ts'

/** Shows every change, asks about each, or with `yes` about none, and makes it. Without anybody to ask it only shows. Undefined where nothing was ever begun. */
export async function repairProject(context: CliContext, { yes }: { yes: boolean }): Promise<RepairReport[] | undefined> {
  // What looks must not make a store; a draft has none, and one that is thrown away does for it.
  const loaded = await loadProject(context)
  const { findCutOffDrafts } = await import('../../project/draft/record.ts')
  if ((await withStore(loaded, async () => true)) === undefined && findCutOffDrafts({ ...loaded, runtime: context.runtime }).length === 0) return undefined
  const notices: string[] = []
  const project = await openProject(context, { preview: false, log: () => undefined })
  try {
    const [{ findRepairs }, { repair }, { createEngine }] = await Promise.all([import('../../project/repair/find.ts'), import('../../project/repair/apply.ts'), import('../../project/engine.ts')])
    const engine = createEngine(project, (event) => { if (event.type === 'notice') notices.push(event.message) })
    const by = `${userName(context.runtime)}@${context.runtime.host}`
    const [damage] = await project.store.verify()
    if (damage !== undefined) throw storeCorruptError(project.store.identity.location, damage)
    const reports: RepairReport[] = []
    for (const finding of await findRepairs(project)) {
      const { action, ...known } = finding
      if (!context.json) printFinding(context, finding)
      const answer = action === undefined ? 'shown' : await decide(context, yes)
      const report: RepairReport = answer === 'go' ? await repair(engine, { ...finding, action: action! }, by) : { ...known, outcome: answer, message: null }
      reports.push(report)
      if (!context.json) printOutcome(context, report, notices.splice(0))
    }
    if (!context.json && reports.length > 0) printEnd(context, reports, engine.layout.breakGlass)
    return reports
  } finally {
    await project.close()
  }
}

async function decide(context: CliContext, yes: boolean): Promise<'go' | 'declined' | 'shown'> {
  if (yes) return 'go'
  if (context.json || !context.ask) return 'shown'
  return isYes(await context.ask('          make this change? [y/N] ')) ? 'go' : 'declined'
}

function printFinding({ print, style, stdout }: CliContext, { kind, subject, problem, change, fix, before, after }: RepairFinding): void {
  const width = Math.max(40, stdout.columns - 10)
  const lines = (label: string, text: string) => wrapText(text, width).forEach((line, index) => print(`${(index === 0 ? label : '').padEnd(10)}${line}`))
  print('')
  print(`${style.yellow(kind)}  ${style.bold(subject)}`)
  lines('found', problem)
  if (change !== null) lines('change', change)
  if (after !== null) {
    lines('before', JSON.stringify(before))
    lines('after', JSON.stringify(after))
  }
  if (fix !== null) lines('by hand', fix)
}

function printOutcome({ print, style }: CliContext, { outcome, message }: RepairReport, notices: readonly string[]): void {
  const text = { shown: undefined, declined: 'left as it is', repaired: style.green('done'), gone: 'no longer as it was found: nothing was changed', failed: style.red(`failed: ${message ?? ''}`) }[outcome]
  if (text !== undefined) print(`          ${text}`)
  for (const notice of notices) print(`          ${style.dim(notice)}`)
}

function printEnd(context: CliContext, reports: readonly RepairReport[], log: string): void {
  const { print, program } = context
  const of = (...outcomes: RepairReport['outcome'][]) => reports.filter((one) => outcomes.includes(one.outcome)).length
  const open = reports.filter((one) => one.change !== null && one.outcome === 'shown').length
  print('')
  const parts = [
    of('repaired') > 0 && `${of('repaired')} repaired`, of('failed') > 0 && `${of('failed')} failed`, of('declined') > 0 && `${of('declined')} left as they are`,
    open > 0 && `${plural(open, 'change')} shown and not made`, reports.length - of('repaired', 'failed', 'declined', 'gone') - open > 0 && `${reports.length - of('repaired', 'failed', 'declined', 'gone') - open} to be seen to by hand`,
  ].filter((part) => part !== false)
  print(parts.join(', ') || 'nothing was changed')
  if (of('repaired', 'failed', 'gone') > 0) print(`on record in ${log}`)
  if (open > 0) print(`to make them: ${program} doctor --repair --yes`)
}
