import type { CollectionError, TestCase } from '../../model/check.ts'
import type { CheckFormat, CheckFormatInput } from '../../model/check-format.ts'
import { collectionError, isLoadError } from './load-error.ts'
import { keepApart, placeFile, shorten, stableName } from './stable.ts'
import { readTap } from './tap-points.ts'
import type { TapPoint } from './tap-points.ts'

/** The Test Anything Protocol, versions 12 to 14, with nested subtests as node:test and node-tap print them. */
export const tap: CheckFormat = {
  name: 'tap',
  reads: 'output',
  parse(input) {
    const sources = input.reportFiles.length > 0 ? input.reportFiles : [{ path: 'output', text: input.output }]
    const tests: TestCase[] = []
    const collectionErrors: CollectionError[] = []
    for (const { path, text } of sources) {
      const document = readTap(text)
      if (document.type === 'broken') return { type: 'problem', problem: `the TAP ${path === 'output' ? 'output' : `report ${path}`} ${document.reason}` }
      for (const point of document.points) collect(point, [], input, tests, collectionErrors)
    }
    return { type: 'report', report: { format: 'tap', hasTests: true, tests: keepApart(tests), collectionErrors } }
  },
}

/** Leaves are tests. A parent is one only where it fails by itself: its children's failures are told once. */
function collect(point: TapPoint, parents: readonly string[], input: CheckFormatInput, tests: TestCase[], errors: CollectionError[]): void {
  const name = stableName(point.description, input.projectDir) || `test ${point.position}`
  const path = [...parents, name]
  const before = tests.length + errors.length
  for (const child of point.children) collect(child, path, input, tests, errors)
  if (point.children.length > 0 && (point.ok || point.directive !== undefined || hasFailing(point.children))) return
  const file = fileOf(point, name, input)
  // node:test gives a file that could not be loaded a test of the file's name; the reason is in the comments before it.
  if (!point.ok && point.directive === undefined && before === tests.length + errors.length && file === name && isLoadError(point.comments)) {
    errors.push(collectionError(point.comments, file, input.projectDir))
    return
  }
  const message = point.directive === undefined ? diagnostic(point.yaml, 'error') ?? diagnostic(point.yaml, 'message') : point.reason
  tests.push({
    id: path.join(' > '),
    name,
    ...(file !== undefined && { file }),
    status: point.directive !== undefined ? 'skipped' : point.ok ? 'passed' : 'failed',
    ...(message && { message: shorten(message) }),
    ...durationOf(point.yaml),
  })
}

function hasFailing(points: readonly TapPoint[]): boolean {
  return points.some((point) => (!point.ok && point.directive === undefined) || hasFailing(point.children))
}

function fileOf(point: TapPoint, name: string, input: CheckFormatInput): string | undefined {
  if (/\.[cm]?[jt]sx?$/.test(name) && input.isFile(placeFile(name, input) ?? '')) return placeFile(name, input)
  const place = diagnostic(point.yaml, 'location') ?? diagnostic(point.yaml, 'at') ?? diagnostic(point.yaml, 'file')
  const path = place === undefined ? undefined : (/\(([^()]+)\)$/.exec(place)?.[1] ?? place).replace(/(?::\d+){1,2}$/, '')
  return path === undefined ? undefined : placeFile(path, input)
}

function durationOf(yaml: readonly string[]): { durationMs?: number } {
  const value = Number.parseFloat(diagnostic(yaml, 'duration_ms') ?? '')
  return Number.isFinite(value) ? { durationMs: Math.round(value) } : {}
}

/** One top-level value of a YAML diagnostic block, read by line: blocks of real tools are not always valid YAML. */
function diagnostic(yaml: readonly string[], key: string): string | undefined {
  const index = yaml.findIndex((line) => line.startsWith(`${key}:`))
  if (index === -1) return undefined
  const value = yaml[index]!.slice(key.length + 1).trim()
  if (!/^[|>][-+]?$/.test(value)) return value.replace(/^(['"])(.*)\1$/, '$2') || undefined
  return yaml.slice(index + 1).find((line) => line.trim() !== '')?.trim()
}
