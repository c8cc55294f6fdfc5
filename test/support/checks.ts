import { readFileSync } from 'node:fs'
import type { CheckFormat, CheckFormatResult } from '../../core/model/check-format.ts'
import type { CheckReport, CheckResult, TestCase, TestStatus } from '../../core/model/check.ts'
import type { Comparison } from '../../core/checks/comparison.ts'

const folder = new URL('../fixtures/checks/', import.meta.url)

/** The text of a report in test/fixtures/checks/. */
export function fixture(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8')
}

/** Has a format read texts, as report files or (without a name) as output, in a project that consists of `files`. */
export function read(format: CheckFormat, sources: Readonly<Record<string, string>> | string, options: { files?: readonly string[]; projectDir?: string; cwd?: string; exitCode?: number } = {}): CheckFormatResult {
  return format.parse({
    reportFiles: typeof sources === 'string' ? [] : Object.entries(sources).map(([path, text]) => ({ path, text })),
    output: typeof sources === 'string' ? sources : '',
    exitCode: options.exitCode ?? 1, projectDir: options.projectDir ?? '/tmp/project', cwd: options.cwd ?? '', isFile: (path) => (options.files ?? []).includes(path),
  })
}

/** The report, or an error with the problem. */
export function reportOf(result: CheckFormatResult): CheckReport {
  if (result.type === 'problem') throw new Error(result.problem)
  return result.report
}

/** `status id` of every test. */
export function lines(result: CheckFormatResult): string[] {
  return reportOf(result).tests.map((test) => `${test.status} ${test.id}`)
}

export function testCase(id: string, status: TestStatus, file?: string): TestCase {
  return { id, name: id, status, ...(file !== undefined && { file }) }
}

/** An execution with these tests; its exit code follows from them. */
export function resultOf(tests: readonly TestCase[], more: Omit<Partial<CheckResult>, 'report'> & { report?: Partial<CheckReport> } = {}): CheckResult {
  const { report, ...rest } = more
  const failing = tests.some((test) => test.status === 'failed' || test.status === 'error') || (report?.collectionErrors?.length ?? 0) > 0
  return {
    check: 'tests', argv: ['npm', 'test'], exitCode: failing ? 1 : 0, signal: null, ended: 'exit', durationMs: 1, logPath: '/log', tail: '', args: [], tree: 'tree', causes: [],
    report: { format: 'junit', hasTests: true, tests: [...tests], collectionErrors: [], ...report },
    ...rest,
  }
}

/** An execution of an exit-code check. */
export function exitOf(exitCode: number, ...causes: string[]): CheckResult {
  return resultOf([], { exitCode, causes: causes.map((title) => ({ fingerprint: `v1-${title}`, title })), report: { format: 'exit-code', hasTests: false } })
}

/** A broken execution: the report is missing. */
export function brokenResult(reportProblem: string): CheckResult {
  const { report: _, ...result } = resultOf([])
  return { ...result, reportProblem }
}

export function comparison(base: CheckResult | undefined, head: CheckResult, more: Partial<Comparison> = {}): Comparison {
  return { check: 'tests', against: 'baseline', ...(base && { base }), head, inWriteScope: (file) => file.startsWith('scope/'), flakeHistory: new Map(), ...more }
}

/** Small seeded generator (mulberry32): numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items.map((item) => ({ item, key: random() })).toSorted((left, right) => left.key - right.key).map(({ item }) => item)
}
