import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Failure, PhaseCheck } from '../../core/index.ts'
import { testFile } from './imports.ts'
import type { Runner } from './runners.ts'

/** A test file that could not be loaded, as the runner's output or the check's report says. Paths are relative to the project root. */
export interface Unloaded {
  file: string
  /** The module that is missing; undefined where the file cannot be loaded for another reason. */
  module: string | undefined
  /** The project's files from the test to the import, where the output names them. */
  chain: readonly string[]
}

const missingPython = /(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)'?/
const missingNode = /Cannot find (?:package|module) '([^']+)'|Failed to resolve import "([^"]+)"|Could not resolve "([^"]+)" imported by|Failed to load url (\S+)/

/** The module that a message says is missing. */
export function missingModule(message: string, { ecosystem }: Pick<Runner, 'ecosystem'>): string | undefined {
  const match = (ecosystem === 'python' ? missingPython : missingNode).exec(message)
  return match?.slice(1).find((group) => group !== undefined)
}

interface Place { projectRoot: string; check: PhaseCheck }

/** Every file that the output says could not be loaded, in its order. Of a file that is named twice the first word counts. */
export function unloadedIn(output: string, runner: Runner, place: Place): Unloaded[] {
  const lines = output.split(/\r?\n/)
  const found = runner.name === 'pytest' ? inPytest(lines) : [...inHeadings(lines, runner), ...byImporter(lines, runner)]
  const files = new Map<string, Unloaded>()
  for (const { file, module, chain } of found) {
    const placed = placeFile(file, place)
    if (placed === undefined || files.has(placed)) continue
    files.set(placed, { file: placed, module, chain: [...new Set(chain.flatMap((one) => placeFile(one, place) ?? []))] })
  }
  return [...files.values()]
}

/** Relative to the project root, wherever the runner counts from; undefined outside of it. */
export function placeFile(file: string, { projectRoot, check }: Place): string | undefined {
  const cwd = check.cwd ?? ''
  const clean = file.replace(/^file:\/\//, '')
  const inCwd = path.resolve(projectRoot, cwd, clean)
  const absolute = !path.isAbsolute(clean) && !existsSync(inCwd) && existsSync(path.join(projectRoot, clean)) ? path.join(projectRoot, clean) : inCwd
  const relative = path.relative(projectRoot, absolute).split(path.sep).join('/')
  return relative === '' || relative.startsWith('../') || relative.includes('node_modules/') ? undefined : relative
}

/** The sections "ERROR collecting FILE": the last error line was not caught, the places before it lead there. */
function inPytest(lines: readonly string[]): Unloaded[] {
  const found: Unloaded[] = []
  for (const [index, line] of lines.entries()) {
    const file = /^_{2,} ERROR collecting (\S.*?) _{2,}$/.exec(line)?.[1]
    if (file === undefined) continue
    const end = lines.findIndex((later, at) => at > index && /^(?:_{2,} .* _{2,}|=+ .* =+|!+ .* !+)$/.test(later))
    const section = lines.slice(index + 1, end === -1 ? undefined : end)
    const last = section.findLast((one) => /^E\s+(?:[\w.]+(?:Error|Exception|Exit|Failed|Warning|Interrupt)\b)/.test(one)) ?? ''
    const chain = section.flatMap((one) => /^(\S.*?\.py):\d+: in /.exec(one)?.[1] ?? [])
    found.push({ file, module: missingModule(last, { ecosystem: 'python' }), chain })
  }
  return found
}

/** Runners of JavaScript print the file, then why. */
const headings: Readonly<Record<string, RegExp>> = {
  // ` FAIL  test/a.test.ts [ test/a.test.ts ]`: the suite, not one of its tests.
  vitest: /^\s*FAIL\s+(?:\|[^|]*\|\s+)?(\S+\.[cm]?[jt]sx?) \[ /,
  jest: /^\s*FAIL\s+(\S+\.[cm]?[jt]sx?)(?: \([\d.]+ m?s\))?\s*$/,
}

function inHeadings(lines: readonly string[], runner: Runner): Unloaded[] {
  const heading = headings[runner.name]
  if (!heading) return []
  return lines.flatMap((line, index) => {
    const file = heading.exec(line)?.[1]
    if (file === undefined) return []
    // Vitest prints files that fail by one error one below the other, and then the error.
    const start = runner.name === 'vitest' ? lines.findIndex((later, at) => at > index && !heading.test(later)) : index + 1
    const end = lines.findIndex((later, at) => at >= start && (heading.test(later) || /^\s*(?:FAIL|PASS)\s/.test(later) || /^⎯{3,}/.test(later)))
    const section = lines.slice(start, end === -1 ? undefined : end).join('\n')
    // A file of Jest whose tests ran has the same heading.
    if (runner.name === 'jest' && !section.includes('Test suite failed to run')) return []
    const importer = /(?:imported |from )+['"]?((?:file:\/\/)?[^\s'"]+\.[cm]?[jt]sx?)/.exec(section)?.[1]
    const stack = /Require stack:\n((?:\s+\S+\.[cm]?[jt]sx?\n)+)/.exec(section)?.[1]?.trim().split(/\s+/) ?? []
    return [{ file, module: missingModule(section, runner), chain: [...(importer === undefined ? [] : [importer]), ...stack] }]
  })
}

/** Node names who imported; a require stack leads from the import to the test. */
function byImporter(lines: readonly string[], runner: Runner): Unloaded[] {
  return lines.flatMap((printed, index) => {
    const line = printed.replace(/^\s*# ?/, '')
    const module = missingModule(line, runner)
    if (module === undefined) return []
    const importer = /imported from (\S+)/.exec(line)?.[1]
    const stack: string[] = []
    for (let at = index + 2; at < lines.length && /^\s*(?:# ?)?- \S/.test(lines[at]!); at++) stack.push(/- (\S+)/.exec(lines[at]!)![1]!)
    const chain = [...(importer === undefined ? [] : [importer]), ...stack].map((file) => file.replace(/['"]$/, ''))
    const file = chain.findLast((one) => testFile.test(one) && !one.includes('node_modules/'))
    return file === undefined ? [] : [{ file, module, chain }]
  })
}

/** One problem of the failure: a file that cannot be loaded, a test that fails by itself, or a cause without a place. */
export interface Fault { type: 'file' | 'test' | 'cause'; path?: string; id?: string; module: string | undefined; message: string }

/** node:test writes a file that could not be loaded as a test of the file's name that failed, and into a JUnit report no reason. */
const isFileOfNode = (problem: Failure['problems'][number], runner: Runner) => runner.name === 'node:test' && problem.path !== undefined && problem.message === `${problem.path}: test failed`

/** What blocks, one by one. `missingIn` says what a file would lack by its own text. Failing tests count where a missing module is what they fail by: a test may import for itself. */
export function faultsOf(failure: Failure, runner: Runner, missingIn: (file: string) => string | undefined): Fault[] {
  const loads = new Set(['import_crash', 'syntax_error', 'collection_error', 'missing_dependency'])
  const faults: Fault[] = []
  // Mocha ends with the first file that it cannot load, before it writes a report: what it printed is all there is.
  if (runner.name === 'mocha' && failure.problems.every((problem) => problem.path === undefined && failure.causes.every((one) => one.title !== problem.message))) {
    return failure.causes.filter((one) => loads.has(one.class)).map((one) => ({ type: 'cause', message: one.title, module: moduleOf(one), ...(one.file !== undefined && { path: one.file }) }))
  }
  for (const problem of failure.problems) {
    const base = { message: problem.message, ...(problem.path !== undefined && { path: problem.path }) }
    const module = missingModule(problem.message, runner)
    const cause = failure.causes.find((one) => one.title === problem.message)
    const lacks = isFileOfNode(problem, runner) ? missingIn(problem.path!) : undefined
    if (problem.code === 'collection-error') faults.push({ ...base, type: 'file', module })
    else if (lacks !== undefined) faults.push({ ...base, type: 'file', module: lacks })
    // Where the check has no report, the base's errors are causes, of which the place is the import's and not the test's.
    else if (problem.code === 'broken-base') faults.push({ ...base, type: cause ? 'cause' : 'file', module: module ?? moduleOf(cause) })
    else if (problem.code === 'new-cause' && cause && loads.has(cause.class)) faults.push({ ...base, type: 'cause', module: moduleOf(cause), ...(cause.file !== undefined && { path: cause.file }) })
    else if (problem.code === 'failing-test' && module !== undefined) faults.push({ ...base, type: 'test', module, id: problem.message.slice(0, problem.message.search(/: (?:\w+Error: )?(?:No module|Cannot find)/)) })
  }
  return faults
}

const moduleOf = (cause: Failure['causes'][number] | undefined) => (cause?.class === 'missing_dependency' ? cause.module : undefined)
