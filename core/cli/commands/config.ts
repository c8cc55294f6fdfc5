import type { Command } from 'commander'
import { configLines, configRows } from '../../config/print.ts'
import { truncate } from '../../reporters/format.ts'
import type { CliContext } from '../context.ts'
import { loadProject } from '../project.ts'

export function configure(command: Command): void {
  command.addHelpText('after', '\nEach line is a value, and where it came from: the config, a preset, the environment, or the default.')
}

export async function run(context: CliContext): Promise<number> {
  const { config } = await loadProject(context)
  const rows = configRows(config)
  if (context.json) context.printJson(rows)
  else for (const line of configLines(rows)) context.print(truncate(line, context.stdout.columns))
  return 0
}
