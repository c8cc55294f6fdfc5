/**
 * The layering check: imports point one way, and a few things stay where they belong.
 *
 *   node test/support/layers.ts [ROOT]     prints file:line and the rule, exit 1 on any
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importsOf, lineAt, readSource } from './source-text.ts'
import type { SourceText } from './source-text.ts'

export interface LayerProblem {
  file: string
  line: number
  message: string
}

/** Lowest first. A folder (or file) of core may import what stands in a lower row, and itself. */
const rows: readonly (readonly string[])[] = [
  ['model', 'nearest.ts', 'make-folders.ts'],
  ['errors'],
  ['errors.ts'],
  ['runtime.ts'],
  ['store', 'telemetry', 'process', 'layout', 'config'],
  ['builders', 'checks', 'failure', 'workspace', 'context', 'learning'],
  ['pipeline'],
  ['reporters', 'queue', 'drain'],
  ['project'],
  ['index.ts'],
  ['cli'],
  ['testing'],
]
const packageName = 'autopack'

/** All problems of the tree below `root`, in the order of files and lines. */
export function checkLayers(root: string): LayerProblem[] {
  const files = globSync(['autopack.config.ts', '{core,plugins,presets,test}/**/*.ts', 'docs/examples/**/*.{ts,js,mjs}'], { cwd: root })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => !/(^|\/)(fixtures|node_modules)\//.test(file))
    .sort()
  return files.flatMap((file) => checkFile(file, readSource(readFileSync(join(root, file), 'utf8'))))
}

function checkFile(file: string, source: SourceText): LayerProblem[] {
  const problems: LayerProblem[] = []
  const add = (line: number, message: string): void => void problems.push({ file, line, message })
  for (const { specifier, line } of importsOf(source)) {
    const message = checkImport(file, specifier)
    if (message !== undefined) add(line, message)
  }
  if (/^(core|plugins|presets)\//.test(file)) {
    for (const { index } of source.codeOnly.matchAll(/\bconsole\s*\.|\bprocess\s*\.\s*std(?:out|err)\b/g)) {
      if (!/^core\/(cli|reporters)\//.test(file)) add(lineAt(source.codeOnly, index), 'only core/cli and core/reporters write to the terminal: emit an event, or return the text')
    }
  }
  if (file.startsWith('core/')) {
    for (const { index } of source.codeOnly.matchAll(/\.\s*(?:toLocale\w+|localeCompare)\s*\(/g))
      add(lineAt(source.codeOnly, index), 'the tables of all languages are 2 to 6 MiB that a supervisor keeps: grouped() writes numbers, and < compares texts')
  }
  if (!/^(test|core\/layout|core\/config)\//.test(file)) {
    for (const { index } of source.withoutComments.matchAll(/\.autonomous_runs/g)) add(lineAt(source.withoutComments, index), 'a literal .autonomous_runs: paths under the runs dir come from RunLayout (core/layout)')
  }
  if (file.startsWith('test/') && file.endsWith('.test.ts')) checkTestFile(source, add)
  return problems.sort((one, other) => one.line - other.line)
}

function checkTestFile(source: SourceText, add: (line: number, message: string) => void): void {
  const code = source.codeOnly.trimEnd()
  if (!code.endsWith('.run()')) add(code.split('\n').length, 'a test file ends with .run(), or its tests never run')
  for (const match of code.matchAll(/\bconst\s+(\w+)\s*=\s*suite(?:<[^>]*>)?\(/g)) {
    if (!new RegExp(`\\b${match[1]}\\.run\\(\\)`).test(code)) add(lineAt(code, match.index), `suite ${match[1]} is never run: add ${match[1]}.run()`)
  }
}

/** What is wrong with that import, or undefined. */
function checkImport(file: string, specifier: string): string | undefined {
  const area = file.split('/')[0]
  const relative = specifier.startsWith('.')
  const ownPackage = specifier === packageName || specifier.startsWith(`${packageName}/`)
  const target = relative ? posix.normalize(posix.join(dirname(file), specifier)) : undefined

  if (area === 'test') return undefined
  if (file === 'autopack.config.ts') return relative ? `${file} is a user's config: it imports '${packageName}', not ${specifier}` : undefined
  if (area === 'docs') {
    return target !== undefined && !target.startsWith('docs/examples/') ? `examples import '${packageName}' as a user does, not ${specifier}` : undefined
  }
  if (ownPackage) return `core, plugins and presets import by path, not '${specifier}'`
  if (target === undefined) return undefined
  if (area === 'plugins') return target === 'core/index.ts' || sameFolder(file, target) ? undefined : `a plugin imports the public API (core/index.ts) and its own folder, not ${target}`
  if (area === 'presets') return target === 'core/index.ts' || /^(plugins|presets)\//.test(target) ? undefined : `a preset imports plugins and the public API (core/index.ts), not ${target}`
  return checkCoreImport(file, target)
}

/** Below plugins/<name>/, or a list of all plugins. */
function sameFolder(file: string, target: string): boolean {
  if (file === 'plugins/index.ts' || file === 'plugins/defaults.ts') return target.startsWith('plugins/')
  const folder = file.split('/').slice(0, 2).join('/')
  return target.startsWith(`${folder}/`)
}

function checkCoreImport(file: string, target: string): string | undefined {
  const from = file.split('/')[1]!
  if (/^(plugins|presets)\//.test(target)) return from === 'cli' ? undefined : `core/${from} imports ${target}: only core/cli puts core and the built-in plugins together`
  if (!target.startsWith('core/')) return `core/${from} imports ${target}: nothing of ours outside core`
  const to = target.split('/')[1]!
  if (from === to) return undefined
  const [rowFrom, rowTo] = [rowOf(from), rowOf(to)]
  if (rowFrom < 0) return `core/${from} has no place in the layers: give it one in test/support/layers.ts`
  if (rowTo < 0) return `core/${to} has no place in the layers: give it one in test/support/layers.ts`
  if (rowTo > rowFrom) return `core/${from} imports up: ${target}`
  return rowTo === rowFrom ? `core/${from} imports its sibling's internals: ${target}; share types through core/model, or pass it in from above` : undefined
}

function rowOf(name: string): number {
  return rows.findIndex((row) => row.includes(name))
}

if (import.meta.main) {
  const root = resolve(process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url)))
  const problems = checkLayers(root)
  for (const { file, line, message } of problems) console.log(`${file}:${line}: ${message}`)
  console.log(problems.length === 0 ? 'layers: fine' : `layers: ${problems.length} problem${problems.length === 1 ? '' : 's'}`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
