import { Option, type Command } from 'commander'
import { usageError } from '../../errors.ts'
import { kebab } from '../../model/command-text.ts'
import type { CliContext } from '../context.ts'
import { addSelectionFlags, selectionFromFlags } from '../selection-flags.ts'
import { addDrainFlags, startDrain } from '../start-drain.ts'
import { watchDrain } from '../watch-drain.ts'

export function configure(command: Command): void {
  addSelectionFlags(command)
  addDrainFlags(command)
  command.addOption(new Option('--compare <policy>', 'with --dry-run: what a plain retry loop would have spent so far, by the project\'s history').choices(['retry']))
  command.option('--watch [session]', 'show a drain that is at work (none named: the latest), and start none')
  command.addOption(new Option('--scale <how>', 'auto: once the batch is done, go on up to 100 phases if go/no-go says go').choices(['auto']))
}

export async function run(context: CliContext, _args: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const watched = options['watch'] as string | true | undefined
  if (watched !== undefined) {
    const others = Object.keys(options).filter((name) => name !== 'watch' && !(name === 'skipRunsWithQueued' && options[name] === true))
    if (others.length > 0) throw usageError(`--watch shows a drain that is at work, and starts none: ${others.map((name) => `--${kebab(name)}`).join(', ')} would be passed over`, 'leave one of them out')
    return await watchDrain(context, watched)
  }
  const { runs, ...selection } = selectionFromFlags(options)
  return await startDrain(context, 'drain', [...runs], options, selection)
}
