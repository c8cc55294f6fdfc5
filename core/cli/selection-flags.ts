import { Option, type Command } from 'commander'
import type { Asked } from '../drain/index.ts'

type Selection = Omit<Asked, 'runs' | 'rules' | 'scale'> & { runs: readonly string[] }

/** For an option that may be given several times. */
export const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value]

const lists = [
  ['runs', '--run <id>', 'only this run'],
  ['families', '--family <name>', 'only runs of this family'],
  ['skipRunPrefixes', '--skip-run-prefix <text>', 'leave runs alone whose id begins so'],
  ['phases', '--phase <run/phase>', 'only this phase'],
  ['buckets', '--bucket <fingerprint>', 'only phases that failed with this fingerprint'],
  ['classes', '--class <name>', 'only phases that failed with this class'],
] as const

/** The flags that narrow what a drain takes. */
export function addSelectionFlags(command: Command): void {
  for (const [, flag, description] of lists) command.option(flag, `${description} (repeatable)`, collect)
  command.addOption(new Option('--only <state>', 'queued: what was never tried or may be tried again; failed: what failed').choices(['queued', 'failed']))
  command.addHelpText('after', '\nOf --run, --family, --phase, --bucket and --class several values widen, several\nflags narrow. --phase and --bucket take failed phases whatever else is queued.')
}

/** What of the backlog was asked for; what was not named is left out. */
export function selectionFromFlags(options: Readonly<Record<string, unknown>>): Selection {
  const named = Object.fromEntries(lists.flatMap(([key, flag]) => {
    const values = options[optionName(flag)] as string[] | undefined
    return values ? [[key, values]] : []
  }))
  return { runs: [], ...named, ...(options['only'] !== undefined && { only: options['only'] as 'queued' | 'failed' }) }
}

/** As commander calls it: `--skip-run-prefix <text>` is `skipRunPrefix`. */
const optionName = (flag: string): string => flag.slice(2).replace(/ .*$/, '').replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase())
