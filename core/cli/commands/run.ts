import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { collect } from '../selection-flags.ts'
import { addDrainFlags, startDrain } from '../start-drain.ts'

export function configure(command: Command): void {
  command
    .argument('[runs...]', 'ids of runs, as in their plans; none: all of them')
    .option('--goal <text>', 'do this one thing, without a plan file')
    .option('--scope <path>', 'with --goal: a file or folder that may be changed (repeatable)', collect)
    .option('--deliverable <path>', 'with --goal: a file that must exist afterwards (repeatable)', collect)
    .option('--check <command>', 'with --goal: a command that must pass (repeatable)', collect)
  addDrainFlags(command)
}

export async function run(context: CliContext, [runs]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  return await startDrain(context, 'run', (runs ?? []) as string[], options)
}
