import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addDrainFlags, startDrain } from '../start-drain.ts'

export function configure(command: Command): void {
  addDrainFlags(command)
}

export async function run(context: CliContext, _args: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  return await startDrain(context, 'drain', [], options)
}
