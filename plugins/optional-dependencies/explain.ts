import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Cause, ClassificationResult, ClassifyEvent, PhaseCheck } from '../../core/index.ts'
import { permanentFix } from './advice.ts'
import { findPackage } from './declared.ts'
import type { Declared, Package } from './declared.ts'
import { createImports } from './imports.ts'
import type { Imports } from './imports.ts'
import { isInstalled } from './probe.ts'
import { escape, exclude, findRunner, findsModulesElsewhere, runsFile } from './runners.ts'
import type { Runner } from './runners.ts'
import { faultsOf, missingModule, unloadedIn } from './unloaded.ts'
import type { Fault, Unloaded } from './unloaded.ts'

/** A file that is left out, and the package for want of which it cannot be loaded. */
export interface LeftOut { file: string; module: string; package: Package; chain: readonly string[] }

export type Explanation =
  /** Every file that cannot be loaded, or test that fails by it, lacks an optional package: the check may run without them. */
  | { type: 'answer'; answer: ClassificationResult; leftOut: readonly LeftOut[] }
  | { type: 'pass'; reason: string }

const pass = (reason: string): Explanation => ({ type: 'pass', reason })
const loadClasses = new Set(['import_crash', 'syntax_error', 'collection_error', 'missing_dependency'])

/** Reads a failed check: what optional packages explain is left out, what is missing and required is the project's fault, all else is passed on. */
export function explain(event: ClassifyEvent, declared: Declared): Explanation {
  const { failure } = event
  const check = event.checks.find((one) => one.name === failure.check)
  if (!check || (failure.stage !== 'baseline' && failure.stage !== 'checks' && failure.stage !== 'delta')) return pass('it is not the failure of a check')
  const found = findRunner(check, event.projectRoot)
  if (found.type === 'none') return requiredOf(event, declared) ?? pass(found.reason)
  const { runner } = found
  const imports = createImports(event.projectRoot)
  const known = (module: string | undefined) => packageFor(module, declared, runner, event, check)
  const faults = faultsOf(failure, runner, (file) => [...imports.packages(file).keys()].find((module) => known(module)?.type === 'optional'))
  if (faults.length === 0) return pass('no file is named that could not be loaded')
  const other = faults.find((fault) => known(fault.module)?.type !== 'optional')
  if (other) return otherFault(event, other, faults, known(other.module))
  return leaveOut(event, check, runner, declared, faults, imports)
}

/** A module that the project has itself, or that is installed, belongs to no missing package. */
function packageFor(module: string | undefined, declared: Declared, runner: Runner, event: ClassifyEvent, check: PhaseCheck): ReturnType<typeof findPackage> {
  if (module === undefined || isOwn(module, runner, event, check)) return undefined
  return findPackage(declared, runner.ecosystem, module)
}

function isOwn(module: string, runner: Runner, { projectRoot, repositoryRoot }: ClassifyEvent, check: PhaseCheck): boolean {
  if (runner.ecosystem === 'node') return isInstalled(module, 'node', { check, projectRoot, repositoryRoot })
  const top = module.split('.')[0]!
  return ['', 'src', 'lib', check.cwd ?? ''].some((folder) => [`${top}.py`, `${top}/__init__.py`].some((file) => existsSync(path.join(projectRoot, folder, file))))
}

/** Something cannot be loaded for another reason: then that is the news, even where an optional package comes first in the output. */
function otherFault(event: ClassifyEvent, other: Fault, faults: readonly Fault[], known: ReturnType<typeof findPackage>): Explanation {
  const { causes } = event.failure
  const cause = causes.find((one) => loadClasses.has(one.class) && (other.module === undefined ? one.file === other.path || one.title === other.message : one.module === other.module))
  if (known?.type === 'required') return { type: 'answer', leftOut: [], answer: requiredAnswer(known.package, cause) }
  const reason = `${other.path ?? 'a file'} cannot be loaded for another reason: ${other.message}`
  // The first of all is what Autopack calls the failure by anyway.
  if (other === faults[0]) return pass(reason)
  if (cause) return { type: 'answer', leftOut: [], answer: { class: cause.class, cause } }
  const title = `${other.path ?? 'A file'} cannot be loaded: ${other.message}`
  return { type: 'answer', leftOut: [], answer: { class: 'collection_error', title, template: `${other.path} ${other.message}`, evidence: [other.message] } }
}

function requiredAnswer(one: Package, cause: Cause | undefined): ClassificationResult {
  return { class: 'missing_dependency', title: `${one.name} is not installed, and the project requires it (${one.source})`, blame: 'project', ...(cause && { cause }) }
}

/** Of a check whose runner is not known the root cause tells. */
function requiredOf({ failure }: ClassifyEvent, declared: Declared): Explanation | undefined {
  const cause = failure.causes[0]
  if (cause?.class !== 'missing_dependency' || cause.module === undefined) return undefined
  const known = (['python', 'node'] as const).map((ecosystem) => (missingModule(cause.evidence.join('\n'), { ecosystem }) === undefined ? undefined : findPackage(declared, ecosystem, cause.module!)))
  const required = known.find((one) => one?.type === 'required')
  return required && { type: 'answer', leftOut: [], answer: requiredAnswer(required.package, cause) }
}

function leaveOut(event: ClassifyEvent, check: PhaseCheck, runner: Runner, declared: Declared, faults: readonly Fault[], imports: Imports): Explanation {
  const { projectRoot, failure } = event
  const optional = (module: string | undefined) => {
    const known = packageFor(module, declared, runner, event, check)
    return known?.type === 'optional' ? known.package : undefined
  }
  const inCwd = (file: string) => path.posix.relative(check.cwd ?? '', file)
  const inOutput = unloadedIn(failure.output, runner, { projectRoot, check })
  const onTheWay = new Set(inOutput.flatMap((one) => one.chain))
  const named = faults.filter((fault) => fault.path !== undefined && !inOutput.some((one) => one.file === fault.path) && !onTheWay.has(fault.path) && (fault.type === 'file' || isTestFile(fault.path)))
  const unloaded: Unloaded[] = [...inOutput, ...named.filter((fault) => fault.type !== 'test').map((fault) => ({ file: fault.path!, module: fault.module, chain: [] }))]
  const leftOut = unloaded.flatMap((one): LeftOut[] => {
    const found = optional(one.module)
    return found ? [{ file: one.file, module: one.module!, package: found, chain: wholeChain(projectRoot, one, runner, imports) }] : []
  })
  // Mocha ends with the first file that it cannot load: the others are read, or each would cost an attempt.
  if (runner.name === 'mocha') {
    const before = (file: string) => failure.command?.includes(`--ignore=${inCwd(file)}`)
    leftOut.push(...foreseen(check, runner, imports, optional).filter(({ file }) => !before(file) && !leftOut.some((one) => file === one.file)))
  }
  const tests = faults.filter((fault) => fault.type === 'test' && runner.name === 'pytest')
  const packages = [...new Set(faults.map((fault) => optional(fault.module)!.name))].join(', ')
  const cause = failure.causes.find((one) => one.module !== undefined && faults.some((fault) => fault.module === one.module))
  const refuse = (reason: string): Explanation => ({
    type: 'answer', leftOut: [],
    answer: { class: 'missing_dependency', title: `${packages}, which is optional, is not installed, and what needs it cannot be left out: ${reason}`, ...(cause && { cause }) },
  })
  const conftest = leftOut.find((one) => /(?:^|\/)conftest\.py$/.test(one.file))
  if (conftest) return refuse(`${conftest.file} is loaded for every test below it; ${permanentFix(projectRoot, conftest.file, conftest.module, conftest.package, runner.name)}`)
  if (leftOut.length === 0 && tests.length === 0) return refuse('the output does not name the test file')
  const excluded = exclude(runner, check.argv, { files: leftOut.map((one) => inCwd(one.file)), tests: tests.map((test) => inCwd(test.id!)) }, failure.command)
  if (excluded.type === 'none') return refuse(excluded.reason)
  const skipped = [
    ...leftOut.map((one) => ({ file: one.file, ...wordsFor(projectRoot, one, runner) })),
    ...tests.map((test) => {
      const { reason, fix } = wordsFor(projectRoot, { file: test.path ?? '', module: test.module!, package: optional(test.module)! }, runner)
      return { file: test.path ?? test.id!, reason: `${test.id!.split('::').slice(1).join('::')}: ${reason}`, fix }
    }),
  ]
  const files = [...new Set(skipped.map((one) => one.file))]
  const shown = `${files.slice(0, 3).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''}`
  return {
    type: 'answer', leftOut,
    answer: {
      class: 'missing_dependency', title: `${packages}, which is optional, is not installed: ${shown} cannot be loaded`, ...(cause && { cause }),
      action: { type: 'retry-checks', check: check.name, args: excluded.args, skipped },
    },
  }
}

/** What the summary, the receipt and the events say of a file that is left out: why, the same for all files that lack the package, and what to do about this one. */
export function wordsFor(projectRoot: string, one: Omit<LeftOut, 'chain'>, runner: Runner): { reason: string; fix: string } {
  return { reason: `${one.package.name} is not installed, and is optional (${one.package.source})`, fix: permanentFix(projectRoot, one.file, one.module, one.package, runner.name) }
}

/** The files that a runner of JavaScript would start, and could not load by what they and the files that they import say at their top. */
export function foreseen(check: PhaseCheck, runner: Runner, imports: Imports, missing: (module: string) => Package | undefined): LeftOut[] {
  if (findsModulesElsewhere(check.env)) return []
  return imports.testFiles(check.cwd ?? '').filter((file) => runsFile(runner, path.posix.relative(check.cwd ?? '', file))).flatMap((file): LeftOut[] => {
    const [found] = [...imports.packages(file)].flatMap(([module, chain]) => {
      const known = missing(module)
      return known ? [{ file, module, package: known, chain }] : []
    })
    return found ? [found] : []
  })
}

/** The chain where it is known from the test on, or where the test imports the module itself; else empty: then nothing says when the error has gone. */
function wholeChain(projectRoot: string, { file, module, chain }: Unloaded, runner: Runner, imports: Imports): readonly string[] {
  if (chain.includes(file)) return chain
  const read = runner.ecosystem === 'node' && module !== undefined ? imports.chain(file, module) : []
  if (read.length > 0) return read
  const text = existsSync(path.join(projectRoot, file)) ? readFileSync(path.join(projectRoot, file), 'utf8') : ''
  const direct = module !== undefined && (new RegExp(`^(?:import|from) ${escape(module)}\\b`, 'm').test(text) || text.includes(`'${module}'`) || text.includes(`"${module}"`))
  return direct ? [file] : []
}

const isTestFile = (file: string) => /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$|(?:\.|-|_)(?:test|spec)\.[cm]?[jt]sx?$/.test(file)
