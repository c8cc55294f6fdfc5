/** Options that stand before or after the command. They are read before anything is parsed, so that errors of parsing heed them too. */
export interface GlobalFlags {
  cwd: string | undefined
  config: string | undefined
  json: boolean
  debug: boolean
  color: boolean | undefined
}

const withValue: ReadonlyMap<string, 'cwd' | 'config'> = new Map([['-C', 'cwd'], ['--config', 'config']])

export function readGlobalFlags(argv: readonly string[]): GlobalFlags {
  const flags: GlobalFlags = { cwd: undefined, config: undefined, json: false, debug: false, color: undefined }
  for (let index = 0; index < argv.length && argv[index] !== '--'; index++) {
    const argument = argv[index]!
    const named = withValue.get(argument)
    if (named !== undefined) flags[named] = argv[++index]
    else if (argument.startsWith('--config=')) flags.config = argument.slice('--config='.length)
    else if (argument.startsWith('-C') && argument.length > 2) flags.cwd = argument.slice(2)
    else if (argument === '--json') flags.json = true
    else if (argument === '--debug') flags.debug = true
    else if (argument === '--no-color') flags.color = false
    else if (argument === '--color') flags.color = true
  }
  return flags
}

/** The first argument that is neither an option nor the value of a global one. */
export function findCommandName(argv: readonly string[]): string | undefined {
  const index = findCommandIndex(argv)
  return index === -1 ? undefined : argv[index]
}

export function findCommandIndex(argv: readonly string[]): number {
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!
    if (withValue.has(argument)) index++
    else if (!argument.startsWith('-')) return index
  }
  return -1
}

/** What stands after the command's name, without the global options. */
export function withoutGlobalFlags(argv: readonly string[]): string[] {
  const rest: string[] = []
  const start = findCommandIndex(argv) + 1
  for (let index = start; index < argv.length; index++) {
    const argument = argv[index]!
    if (argument === '--') return [...rest, ...argv.slice(index)]
    if (withValue.has(argument)) index++
    else if (!/^(?:--config=.*|-C.+|--json|--debug|--color|--no-color)$/.test(argument)) rest.push(argument)
  }
  return rest
}
