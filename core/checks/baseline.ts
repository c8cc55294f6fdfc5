import { createHash } from 'node:crypto'
import type { CheckResult, CollectionError } from '../model/check.ts'
import { compareText } from '../model/compare-text.ts'
import type { Cause } from '../model/failure.ts'
import type { Comparison } from './comparison.ts'
import { describeCollectionError, describeList } from './describe.ts'

/** What a baseline depends on: two executions with the same key have the same result. */
export interface BaselineInput {
  tree: string
  /** The expanded command without what differs by attempt: the check's own argv. */
  argv: readonly string[]
  /** Exclusions in force. */
  args: readonly string[]
  /** The environment without the AUTOPACK_* variables, which differ by attempt and are left out here too. */
  env: Readonly<Record<string, string>>
  setupKey: string
  /** What of the tree lay on disk; '' or left out: everything. */
  sparseKey?: string
  /** Working directory, format and report of the check: another reading is another baseline. */
  reading?: readonly (string | undefined)[]
}

/** Goes up when reports are read in another way: tests of other names would seem to have disappeared. */
const reading = 'baseline-2'

/** A stable key of 64 hexadecimal characters. */
export function baselineKey(input: BaselineInput): string {
  const env = Object.entries(input.env).filter(([name]) => !name.startsWith('AUTOPACK_')).toSorted(([left], [right]) => compareText(left, right))
  const parts = [reading, input.tree, input.argv, input.args, env, input.setupKey, (input.reading ?? []).map((part) => part ?? null), ...(input.sparseKey ? [input.sparseKey] : [])]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

const loadClasses = new Set(['import_crash', 'syntax_error', 'collection_error', 'missing_dependency'])

export interface BaselineJudgement {
  check: string
  /** Whether the project or the phase declared the check. */
  kind: 'project' | 'phase'
  base: CheckResult
  /** Causes read from its output, with the file or module that they name. */
  causes: readonly Cause[]
  inWriteScope(file: string): boolean
  explains?: Comparison['explains']
  /** Checks that the phase is there to mend. */
  repairs: readonly string[]
}

/** What makes a phase impossible before any token is spent; undefined where the builder may start. */
export interface BaselineBlock { reason: string; errors: CollectionError[] }

/** Whether an import, syntax or collection error on the base lies outside what the phase may change, or the check of the project has no result there. */
export function baselineBlocks(judgement: BaselineJudgement): BaselineBlock | undefined {
  const { base, check } = judgement
  if (base.exitCode === 0 && base.reportProblem === undefined && (base.report?.collectionErrors.length ?? 0) === 0) return undefined
  if (judgement.repairs.includes(check)) return undefined
  if (base.ended === 'spawn-failed' && judgement.kind === 'project') {
    const message = base.reportProblem ?? 'its command cannot be started'
    return { reason: `${check} cannot run on the base: ${message}`, errors: [{ message }] }
  }
  if (saysNothing(judgement)) {
    const message = base.reportProblem ?? `it did not run to its end (${base.ended})`
    return { reason: `${check} says nothing on the base: ${message}; a phase that is there to mend it has \`repairs: [${check}]\``, errors: [{ message }] }
  }
  const reported = base.report?.collectionErrors ?? []
  // Where the report names what could not be loaded, its word counts; the output is read for checks that have no such report.
  const hasReport = base.report?.hasTests === true && base.report.tests.length + reported.length > 0
  const read = judgement.causes.filter((cause) => loadClasses.has(cause.class) && cause.confidence !== 'low').map(asCollectionError)
  const errors = (hasReport ? reported : read).filter((error) => !judgement.explains?.(error) && blocks(error, judgement))
  if (errors.length === 0) return undefined
  return { reason: `${check} is broken on the base, outside what this phase may change: ${describeList(errors.map(describeCollectionError))}`, errors }
}

/** A check of the project without a result on the base has none on any head either, unless what breaks it lies in the write scope. */
function saysNothing({ base, kind, causes, inWriteScope }: BaselineJudgement): boolean {
  if (kind !== 'project' || (base.reportProblem === undefined && base.ended === 'exit')) return false
  return !causes.some((cause) => cause.file !== undefined && cause.confidence !== 'low' && inWriteScope(cause.file))
}

function blocks(error: CollectionError, { kind, inWriteScope }: BaselineJudgement): boolean {
  if (error.file === undefined && error.module === undefined) return kind === 'project'
  if (error.file !== undefined && inWriteScope(error.file)) return false
  return !(error.module !== undefined && modulePaths(error.module, error.file).some(inWriteScope))
}

function asCollectionError(cause: Cause): CollectionError {
  return { message: cause.title, ...(cause.file !== undefined && { file: cause.file }), ...(cause.module !== undefined && { module: cause.module }) }
}

/** The files in which a module would be written: dotted Python names, and paths relative to the importing file or to the root. */
export function modulePaths(module: string, importer: string | undefined): string[] {
  // To JavaScript a bare name is a package: no file of the project is found by it.
  if (importer !== undefined && /\.[cm]?[jt]sx?$/.test(importer) && /^(?:@[\w-]+\/)?[\w-]+$/.test(module)) return []
  if (/^\w+(\.\w+)*$/.test(module) && !/\.[cm]?[jt]sx?$/.test(module)) {
    const path = module.replaceAll('.', '/')
    return ['', 'src/', 'lib/'].flatMap((root) => [`${root}${path}.py`, `${root}${path}/__init__.py`, `${root}${path}.js`, `${root}${path}.ts`])
  }
  const folder = importer?.split('/').slice(0, -1) ?? []
  const parts = module.startsWith('.') ? [...folder] : []
  for (const part of module.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  const path = parts.join('/')
  const stem = path.replace(/\.[cm]?[jt]sx?$/, '')
  return [path, ...['.js', '.mjs', '.cjs', '.ts', '.mts', '.tsx', '.jsx', '/index.js', '/index.ts'].map((ending) => `${stem}${ending}`)]
}
