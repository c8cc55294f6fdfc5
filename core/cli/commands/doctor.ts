import type { Command } from 'commander'
import type { DoctorOutput } from '../../model/outputs.ts'
import type { RepairReport } from '../../model/repair.ts'
import { padEnd } from '../../reporters/format.ts'
import { wrapText } from '../../reporters/table.ts'
import { usageError } from '../../errors.ts'
import type { CliContext } from '../context.ts'
import { examineMachine } from '../doctor/machine.ts'
import { examineProject } from '../doctor/project.ts'
import { repairProject } from '../doctor/repair.ts'
import type { Finding } from '../doctor/finding.ts'

export function configure(command: Command): void {
  command
    .option('--repair', 'show what a crash left behind, ask about each change, and make it')
    .option('--yes', 'with --repair: make every change without asking')
    .addHelpText('after', '\nChanges nothing without --repair. Exit code 4 when something fails, 1 when\n--repair leaves something that it could have changed.')
}

export async function run(context: CliContext, _args: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  if (options['yes'] === true && options['repair'] !== true) throw usageError('--yes says yes to the changes of --repair', 'type `autopack doctor --repair --yes`')
  const repairs = options['repair'] === true ? await repairProject(context, { yes: options['yes'] === true }) ?? [] : undefined
  if (repairs && !context.json) {
    if (repairs.length === 0) context.print('nothing to repair')
    return repairs.some(isLeft) ? 1 : 0
  }
  const findings = [...(await examineMachine(context)), ...(await examineProject(context))]
  const ok = findings.every((finding) => finding.status !== 'fail')
  if (context.json) context.printJson({ ok, findings, ...(repairs && { repairs }) } satisfies DoctorOutput)
  else printText(context, findings)
  return !ok ? 4 : repairs?.some(isLeft) ? 1 : 0
}

const isLeft = ({ change, outcome }: RepairReport): boolean => change !== null && outcome !== 'repaired' && outcome !== 'gone'

function printText(context: CliContext, findings: readonly Finding[]): void {
  const { style, stdout } = context
  const nameWidth = Math.max(...findings.map((finding) => finding.name.length))
  const paint = { ok: style.green, warn: style.yellow, fail: style.red }
  const start = 6 + nameWidth + 2
  const width = Math.max(40, stdout.columns - start)
  for (const { name, status, message, fix } of findings) {
    const [first, ...more] = wrapText(message, width)
    context.print(`${paint[status](padEnd(status, 6))}${padEnd(name, nameWidth)}  ${first ?? ''}`)
    for (const line of more) context.print(' '.repeat(start) + line)
    if (fix !== null) for (const line of wrapText(`fix: ${fix}`, width)) context.print(' '.repeat(start) + style.dim(line))
  }
  const failed = findings.filter((finding) => finding.status === 'fail').length
  const warned = findings.filter((finding) => finding.status === 'warn').length
  context.print('')
  context.print(failed > 0 ? style.red(`${failed} to mend before a run`) : warned > 0 ? `ready, with ${warned} to look at` : style.green('ready'))
}
