import { Option, type Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addSelectionFlags, selectionFromFlags } from '../selection-flags.ts'
import { addDrainFlags, startDrain } from '../start-drain.ts'

export function configure(command: Command): void {
  addSelectionFlags(command)
  addDrainFlags(command)
  command.addOption(new Option('--scale <how>', 'auto: once the batch is done, go on up to 100 phases if go/no-go says go').choices(['auto']))
}

export async function run(context: CliContext, _args: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const { runs, ...selection } = selectionFromFlags(options)
  return await startDrain(context, 'drain', [...runs], options, selection)
}
