import { commandTable, pluginCommandTable } from './commands.ts'

const options: readonly (readonly [string, string])[] = [
  ['-C DIR', 'work as if started in DIR'],
  ['--config FILE', 'use this config instead of searching upward'],
  ['--json', 'print data as JSON'],
  ['--no-color', 'print without colours (also NO_COLOR)'],
  ['--debug', 'print stack traces'],
  ['-V, --version', 'print the version'],
  ['-h, --help', 'print this, or with a command its options'],
]
const titles = { start: 'start', look: 'look', act: 'act' } as const

/** The top-level help. Imports nothing but the table: it is on the path of `--help`. */
export function helpText(color: boolean): string {
  const bold = (text: string) => (color ? `\u001b[1m${text}\u001b[22m` : text)
  const rows = (list: readonly (readonly [string, string])[]) => list.map(([left, right]) => `  ${left.padEnd(15)}${right}`)
  const groups = (['start', 'look', 'act'] as const).flatMap((group) => [
    bold(titles[group]),
    ...rows(commandTable.filter((entry) => entry.group === group).map((entry) => [entry.name, entry.summary] as const)),
    '',
  ])
  return [
    'Autopack drives coding agents through a backlog of work, unattended,',
    'without wasting tokens.',
    '',
    `${bold('usage')}  autopack <command> [options]`,
    '',
    ...groups,
    bold('plugins'),
    ...rows([...pluginCommandTable.map((entry) => [entry.name, entry.summary] as const), ['NAME', 'a command that a plugin of your config brings']]),
    '',
    bold('options'),
    ...rows(options),
    '',
    bold('a first try'),
    '  autopack init && autopack run',
    '  autopack run --goal "Add a --verbose flag" --scope src/ --check "npm test"',
  ].join('\n')
}
