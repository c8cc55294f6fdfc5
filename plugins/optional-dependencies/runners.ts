import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { PhaseCheck } from '../../core/index.ts'
import type { Ecosystem } from './declared.ts'

export type RunnerName = 'pytest' | 'vitest' | 'jest' | 'mocha' | 'node:test'

/** The test runner of a check, and how arguments reach it. */
export interface Runner {
  name: RunnerName
  ecosystem: Ecosystem
  /** The command split into words; of a package's script the script's. */
  words: readonly string[]
  /** Where the runner's own name stands in `words`. */
  at: number
  /** What goes before arguments that are appended: `--` for npm. */
  before: readonly string[]
  /** Patterns that the project's own configuration ignores, where naming one on the command line replaces them. */
  ignored: readonly string[]
}
export type RunnerAnswer = { type: 'found'; runner: Runner } | { type: 'none'; reason: string }

const none = (reason: string): RunnerAnswer => ({ type: 'none', reason })
const operators = /[;&|<>`$()\n]/

/** Which runner a check starts, from its command alone: `python3 -m pytest`, `uv run pytest`, `npx vitest run`, `npm test`, a plain shell line. */
export function findRunner(check: PhaseCheck, projectRoot: string): RunnerAnswer {
  const shell = check.argv.length === 3 && check.argv[0] === 'sh' && check.argv[1] === '-c' ? check.argv[2]! : undefined
  if (shell !== undefined && operators.test(shell)) return none(`${check.name} is a shell line of several commands, to which no argument can be added safely`)
  const argv = shell === undefined ? check.argv : shell.trim().split(/\s+/)
  const direct = runnerIn(argv)
  if (direct) return { type: 'found', runner: { ...direct, words: argv, before: [], ignored: ignoredBy(direct.name, path.join(projectRoot, check.cwd ?? '')) } }
  const script = scriptOf(argv, path.join(projectRoot, check.cwd ?? ''))
  if (script === undefined) return none(`${check.name} starts no test runner that this plugin knows (pytest, Vitest, Jest, Mocha, node:test)`)
  if (operators.test(script.line)) return none(`the script ${script.name} has several commands, to which no argument can be added safely`)
  const words = script.line.trim().split(/\s+/)
  const inScript = runnerIn(words)
  if (!inScript) return none(`the script ${script.name} starts no test runner that this plugin knows (pytest, Vitest, Jest, Mocha, node:test)`)
  // Of the package managers npm alone keeps options for itself unless they follow --.
  const before = argv[0] === 'npm' && !argv.includes('--') ? ['--'] : []
  return { type: 'found', runner: { ...inScript, words, before, ignored: ignoredBy(inScript.name, path.join(projectRoot, check.cwd ?? '')) } }
}

function runnerIn(words: readonly string[]): Pick<Runner, 'name' | 'ecosystem' | 'at'> | undefined {
  for (const [at, word] of words.entries()) {
    const name = word.split(/[\\/]/).at(-1)!.replace(/\.(?:c|m)?js$|\.cmd$|\.exe$/, '')
    if (name === 'pytest' || name === 'py.test') return { name: 'pytest', ecosystem: 'python', at }
    if (name === 'vitest' || name === 'jest' || name === 'mocha' || name === '_mocha') return { name: name === '_mocha' ? 'mocha' : name, ecosystem: 'node', at }
    if (name === 'react-scripts' && words[at + 1] === 'test') return { name: 'jest', ecosystem: 'node', at: at + 1 }
    if (word === '--test' && words.slice(0, at).some((one) => /(?:^|[\\/])node$/.test(one))) return { name: 'node:test', ecosystem: 'node', at }
  }
  return undefined
}

/** `npm test`, `npm run unit`, `pnpm test`, `yarn unit`: the line of package.json that it runs. */
function scriptOf(argv: readonly string[], folder: string): { name: string; line: string } | undefined {
  const [program, ...rest] = argv
  if (!program || !['npm', 'pnpm', 'yarn', 'bun'].includes(program)) return undefined
  const words = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : undefined).filter((word) => !word.startsWith('-') && !/^\{.*\}$/.test(word))
  const name = words[0] === 'run' || words[0] === 'run-script' ? words[1] : words[0] === 't' ? 'test' : words[0]
  const scripts = packageOf(folder)['scripts'] as Record<string, unknown> | undefined
  const line = name === undefined ? undefined : scripts?.[name]
  return typeof line === 'string' ? { name: name!, line } : undefined
}

function packageOf(folder: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Jest's option takes the place of what the configuration says, and of its default. */
function ignoredBy(name: RunnerName, folder: string): readonly string[] {
  if (name !== 'jest') return []
  const configured = (packageOf(folder)['jest'] as { testPathIgnorePatterns?: unknown } | undefined)?.testPathIgnorePatterns
  return Array.isArray(configured) ? configured.filter((one) => typeof one === 'string') : ['/node_modules/']
}

/** Files to leave out, relative to the check's working directory, and tests by their ids. */
export interface LeaveOut { files: readonly string[]; tests: readonly string[] }
export type Exclusion = { type: 'args'; args: string[] } | { type: 'none'; reason: string }

/**
 * The arguments by which the runner leaves out files. `given` is the check's own command, in which `{exclude}` may stand; `ran` the one that was executed,
 * in which arguments from before the phase may stand already.
 */
export function exclude(runner: Runner, given: readonly string[], { files, tests }: LeaveOut, ran: readonly string[] = given): Exclusion {
  const named = files.find((file) => runner.words.some((word) => word.replace(/^\.\//, '').split('::')[0] === file))
  if (named !== undefined) return { type: 'none', reason: `the command names ${named} itself, and ${runner.name} does not leave out what it is told to run` }
  const placed = given.some((word) => word.includes('{exclude}'))
  if (runner.name === 'node:test' && !placed && namedFiles(runner).length > 0) return { type: 'none', reason: 'node takes no option behind the files: put {exclude} before them' }
  const args = argumentsFor(runner, files.toSorted(), tests.toSorted())
  return { type: 'args', args: [...(placed || ran.includes('--') ? [] : runner.before), ...args] }
}

function argumentsFor(runner: Runner, files: readonly string[], tests: readonly string[]): string[] {
  switch (runner.name) {
    case 'pytest': return [...files.map((file) => `--ignore=${file}`), ...tests.map((test) => `--deselect=${test}`)]
    case 'vitest': return files.map((file) => `--exclude=${file.replace(/[*?[\]{}()!]/g, '\\$&')}`)
    case 'jest': return [...runner.ignored, ...files.map((file) => `/${escape(file)}$`)].map((pattern) => `--testPathIgnorePatterns=${pattern}`)
    case 'mocha': return files.map((file) => `--ignore=${file}`)
    case 'node:test': return files.length > 0 ? [`--import=${skippingModule(files)}`] : []
  }
}

/** The text as a regular expression that matches it alone. */
export const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Options of node and of Mocha that take the next word. */
const takesWord = new Set([
  '--test-reporter', '--test-reporter-destination', '--import', '--require', '-r', '--test-name-pattern', '--test-skip-pattern', '--conditions', '-C', '--env-file', '--loader', '--test-concurrency', '--test-timeout',
  '--reporter', '-R', '--reporter-option', '--reporter-options', '-O', '--config', '--package', '--timeout', '-t', '--slow', '-s', '--ui', '-u', '--grep', '-g', '--fgrep', '-f', '--ignore', '--extension', '--file', '--jobs', '-j', '--retries',
])
const namedFiles = ({ words, at }: Runner) => words.filter((word, index) => index > at && !/^(?:-|\{)/.test(word) && !takesWord.has(words[index - 1]!))

/** Of these files node runs all that are there when none is named; Mocha those at the top of its folder, unless it is told otherwise. */
const defaultFiles: Partial<Record<RunnerName, readonly string[]>> = {
  'node:test': ['**/*.test.?(c|m)[jt]s', '**/*-test.?(c|m)[jt]s', '**/*_test.?(c|m)[jt]s', '**/test-*.?(c|m)[jt]s', '**/test.?(c|m)[jt]s', '**/test/**/*.?(c|m)[jt]s'],
  mocha: ['test/**/*.?(c|m)js'],
}

/** What changes how modules are found: then the text of a file does not say whether it can be loaded. */
const changesLoading = /^(?:--import|--require|-r|--loader|--experimental-loader|--experimental-test-module-mocks)(?:=|$)/

/** Whether a check's environment has node look for modules in another way than its own. */
export const findsModulesElsewhere = (env: PhaseCheck['env'] = {}): boolean => (env['NODE_PATH'] ?? '') !== '' || (env['NODE_OPTIONS'] ?? '').split(/\s+/).some((word) => changesLoading.test(word))

/** Whether node:test or Mocha starts this file (relative to the check's folder), as far as its command says; false for others, and where modules are found in another way than node's own. */
export function runsFile(runner: Runner, file: string): boolean {
  const defaults = defaultFiles[runner.name]
  if (!defaults || runner.words.some((word) => changesLoading.test(word)) || (runner.name === 'mocha' && !/\.[cm]?js$/.test(file))) return false
  const named = namedFiles(runner).map((word) => word.replace(/^\.\//, '').replace(/^(['"])(.*)\1$/, '$2').replace(/\/$/, ''))
  return (named.length > 0 ? named : defaults).some((one) => file === one || file.startsWith(`${one}/`) || path.matchesGlob(file, one))
}

/**
 * node has no option for files to leave out, and a list of the others would miss every file that a phase adds.
 * So a module is loaded before each test file, which gives the files to leave out one skipped test instead of their own content.
 */
function skippingModule(files: readonly string[]): string {
  const code = [
    `import * as m from 'node:module'`,
    `import { pathToFileURL as u } from 'node:url'`,
    `const left = new Map(${JSON.stringify(files)}.map((f) => [u(f).href, f]))`,
    // Node 22.15 and later; an older one runs the file, which fails as it did.
    `m.registerHooks?.({ load(url, context, next) {`,
    `  if (!left.has(url)) return next(url, context)`,
    `  const format = context.format === 'module' || context.format === 'module-typescript' ? 'module' : 'commonjs'`,
    `  const name = JSON.stringify(left.get(url))`,
    `  const source = format === 'module' ? "import { test } from 'node:test'; test.skip(" + name + ")" : "require('node:test').test.skip(" + name + ")"`,
    `  return { shortCircuit: true, format, source }`,
    `} })`,
  ].map((line) => line.trim()).join(';').replaceAll('{;', '{').replaceAll(';}', '}')
  return `data:text/javascript,${encodeURIComponent(code)}`
}
