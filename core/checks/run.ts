import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { CheckReport, CheckResult } from '../model/check.ts'
import type { CheckFormat } from '../model/check-format.ts'
import { argvOf } from '../model/command-text.ts'
import { formatDuration } from '../model/duration.ts'
import type { Confidence } from '../model/failure.ts'
import type { CheckSpec } from '../model/plan.ts'
import type { ProcessCommand, ProcessRequest, ProcessResult, ProcessRunner } from '../model/process.ts'
import { exitCode } from './formats/exit-code.ts'
import { readOutput, readWindow } from './output.ts'
import { expandCommand, mentions } from './placeholders.ts'
import { clearReports, fileSystemTime, readReports } from './report-files.ts'
import type { ReportPlace } from './report-files.ts'

/** One execution of a check. All paths are absolute. */
export interface CheckRun {
  spec: CheckSpec
  /** By name: the built-in ones and those that plugins provide. */
  formats: ReadonlyMap<string, CheckFormat>
  /** Root of the worktree. */
  workspaceDir: string
  /** The project root in the worktree. */
  projectDir: string
  /** Tree object that lies in the worktree. */
  tree: string
  run: string
  phase: string
  attempt: number
  /** Extra arguments: they take the place of `{exclude}`, else are appended. */
  args: readonly string[]
  /** Changed files relative to the project root, for `{files}`. */
  files: readonly string[]
  /** Given: only these tests, by the check's `rerun` command where it has one. */
  tests?: readonly string[]
  /** The whole environment; the check's own `env` is added. */
  env: Readonly<Record<string, string>>
  logPath: string
  reportPath: string
  timeoutMs: number
  exec: ProcessRunner
  signal?: AbortSignal
  marker?: string
  onLine?: (line: string) => void
  onSpawn?: ProcessRequest['onSpawn']
  /** Takes secrets out of a report before it is read: what tests print stands in it too. */
  redactFile?: (file: string) => Promise<unknown>
  /** Fingerprints what a failed command without a report printed. */
  causesOf?: (output: string) => readonly { fingerprint: string; title: string; confidence: Confidence }[]
}

// TAP and pytest text are read whole; beyond this a check should write a report file.
const largestOutput = 64 * 1024 * 1024
const causesWindow = 256 * 1024

/** Runs a check and reads its report. Never throws for what the command does: a report that is missing, broken or stale is a `reportProblem`. */
export async function runCheck(request: CheckRun): Promise<CheckResult> {
  const { spec } = request
  const selected = request.tests !== undefined && spec.rerun !== undefined ? spec.rerun : spec.run
  const cwd = spec.cwd === undefined ? request.projectDir : join(request.projectDir, spec.cwd)
  const place: ReportPlace = { pattern: spec.report, reportPath: request.reportPath, cwd, projectDir: request.projectDir }
  const command = expandCommand(selected, {
    run: request.run, phase: request.phase, attempt: request.attempt, workspace: request.workspaceDir, report: request.reportPath, exclude: request.args,
    files: request.files.map((file) => belowCwd(file, spec.cwd)), tests: (request.tests ?? []).map((test) => belowCwd(test, spec.cwd)),
  })
  mkdirSync(dirname(request.logPath), { recursive: true })
  await clearReports(place)
  const startedMs = writesReport(request, selected) ? fileSystemTime(place) : 0
  const from = statSync(request.logPath, { throwIfNoEntry: false })?.size ?? 0
  const result = await request.exec({
    command, cwd, env: { ...request.env, ...spec.env }, logPath: request.logPath, timeoutMs: request.timeoutMs,
    ...(request.signal && { signal: request.signal }), ...(request.marker !== undefined && { marker: request.marker }),
    ...(request.onLine && { onLine: request.onLine }), ...(request.onSpawn && { onSpawn: request.onSpawn }),
  })
  const outcome = await judgeOutcome(request, selected, place, startedMs, from, result)
  // One that nobody read stays there too: of a check that was ended, or judged by its exit code.
  if (existsSync(request.reportPath)) await request.redactFile?.(request.reportPath)
  return {
    check: spec.name, argv: [...argvOf(command)], exitCode: result.exitCode, signal: result.signal, ended: result.ended, durationMs: Math.round(result.durationMs),
    logPath: request.logPath, tail: result.tail, args: [...request.args], tree: request.tree, ...outcome,
    causes: await causes(request, from, result, 'report' in outcome ? outcome.report : undefined),
  }
}

type Outcome = { report: CheckReport } | { reportProblem: string }

async function judgeOutcome(request: CheckRun, selected: ProcessCommand, place: ReportPlace, startedMs: number, from: number, result: ProcessResult): Promise<Outcome> {
  const ended = endedProblem(request, result)
  if (ended !== undefined) return { reportProblem: ended }
  const { spec } = request
  const named = request.formats.get(spec.format)
  if (!named) return { reportProblem: `the format ${JSON.stringify(spec.format)} is not known; there are ${[...request.formats.keys()].join(', ')}` }
  const hasReport = writesReport(request, selected)
  // A rerun command of single tests need not write a report: its exit code says whether they passed.
  const format = named.reads === 'report' && !hasReport && selected === spec.rerun ? exitCode : named
  if (format.reads === 'report' && !hasReport) {
    return { reportProblem: `the format ${format.name} needs a report file: put {report} into the command, or set the check's report` }
  }
  let reportFiles: { path: string; text: string }[] = []
  if (format.reads !== 'nothing' && hasReport) {
    const found = await readReports(place, startedMs, request.redactFile)
    if (found.type === 'problem') return { reportProblem: withExit(found.problem, result) }
    reportFiles = found.files
  }
  const output = format.reads === 'output' && !hasReport ? await readOutput(request.logPath, from, largestOutput) : ''
  if (output === undefined) return { reportProblem: `the output is larger than ${largestOutput / 1024 / 1024} MiB: let the tool write a report file` }
  return parse(format, { reportFiles, output, exitCode: result.exitCode, projectDir: request.projectDir, cwd: request.spec.cwd ?? '' }, result)
}

const writesReport = ({ spec }: CheckRun, selected: ProcessCommand): boolean => spec.report !== undefined || mentions(selected, 'report')

function parse(format: CheckFormat, input: Omit<Parameters<CheckFormat['parse']>[0], 'isFile'>, result: ProcessResult): Outcome {
  try {
    const isFile = (path: string) => path !== '' && (statSync(join(input.projectDir, path), { throwIfNoEntry: false })?.isFile() ?? false)
    const parsed = format.parse({ ...input, cwd: input.cwd.replace(/^\.\/?|\/$/g, ''), isFile })
    return parsed.type === 'report' ? { report: parsed.report } : { reportProblem: withExit(parsed.problem, result) }
  } catch (error) {
    return { reportProblem: `the format ${format.name} failed to read the result: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function endedProblem({ spec, timeoutMs, workspaceDir, projectDir }: CheckRun, result: ProcessResult): string | undefined {
  const program = 'shell' in spec.run ? spec.run.shell : spec.run[0]
  switch (result.ended) {
    case 'exit': return undefined
    case 'timeout': return `it was ended at its limit of ${formatDuration(timeoutMs)}`
    case 'idle': return 'it was ended because it printed nothing for too long'
    case 'cancelled': return 'it was stopped'
    case 'spawn-failed':
      if (!existsSync(projectDir)) return `the project's folder ${relative(workspaceDir, projectDir)} is not in the commit that the worktree was made from; commit it`
      return result.message ?? `the command ${JSON.stringify(program)} could not be started`
  }
}

/** Exit code 127 is how a shell says that a program is missing: then that is the news, not the missing report. */
function withExit(problem: string, result: ProcessResult): string {
  const last = result.tail.trimEnd().split('\n').at(-1) ?? ''
  if (result.exitCode === 127) return `a command was not found${last === '' ? '' : ` (${last.trim()})`}`
  return result.exitCode === 0 ? problem : `${problem} (${result.signal === null ? `exit code ${result.exitCode}` : `ended by ${result.signal}`})`
}

/** Read only where the report cannot say what is wrong: no report, no tests, or a failed command with nothing failing in it. */
async function causes(request: CheckRun, from: number, result: ProcessResult, report: CheckReport | undefined): Promise<CheckResult['causes']> {
  if (!request.causesOf || result.exitCode === 0 || result.ended === 'cancelled') return []
  const told = report?.hasTests && (report.collectionErrors.length > 0 || report.tests.some((test) => test.status === 'failed' || test.status === 'error'))
  if (told) return []
  const output = await readWindow(request.logPath, from, causesWindow)
  const known = request.causesOf(output).filter((cause) => cause.confidence !== 'low')
  return [...new Map(known.map(({ fingerprint, title }) => [fingerprint, { fingerprint, title }])).values()]
}

function belowCwd(path: string, cwd: string | undefined): string {
  const prefix = cwd === undefined ? '' : `${cwd.replace(/^\.\/?|\/$/g, '')}/`
  return prefix.length > 1 && path.startsWith(prefix) ? path.slice(prefix.length) : path
}
