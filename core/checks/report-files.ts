import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { glob, readFile, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'

/** Where a check's report is looked for. */
export interface ReportPlace {
  /** The check's `report`: a path or glob relative to `cwd`. Undefined: the report is at `reportPath`. */
  pattern: string | undefined
  /** Absolute; what `{report}` stands for. */
  reportPath: string
  /** The check's working directory, absolute. */
  cwd: string
  projectDir: string
}

export type ReportFiles =
  | { type: 'found'; files: { path: string; text: string }[] }
  | { type: 'problem'; problem: string }

// A report larger than this is a tool that writes its whole log into it; reading it would cost more memory than the rest of the process.
const largestReport = 256 * 1024 * 1024

/** Removes what an earlier execution left, so that it cannot be taken for this one's. */
export async function clearReports(place: ReportPlace): Promise<void> {
  mkdirSync(dirname(place.reportPath), { recursive: true })
  rmSync(place.reportPath, { recursive: true, force: true })
  for (const path of await matches(place)) await rm(path, { force: true })
}

/** The file system's time, in epoch milliseconds, and not ours: they differ on network mounts, and a test moves ours. */
export function fileSystemTime(place: ReportPlace): number {
  const stamp = `${place.reportPath}.started`
  writeFileSync(stamp, '')
  const { mtimeMs } = statSync(stamp)
  rmSync(stamp, { force: true })
  return mtimeMs
}

/** Reads the report files that the execution since `startedMs` wrote, ordered by path; `redactFile` sees each before. */
export async function readReports(place: ReportPlace, startedMs: number, redactFile?: (file: string) => Promise<unknown>): Promise<ReportFiles> {
  const expected = place.pattern ?? place.reportPath
  const paths = await matches(place)
  if (paths.length === 0) return { type: 'problem', problem: `the report is missing: the command wrote nothing to ${expected}` }
  const files: { path: string; text: string }[] = []
  let size = 0
  for (const path of paths) {
    const entry = await stat(path)
    // A second of tolerance: some file systems keep whole seconds.
    if (entry.mtimeMs < startedMs - 1_000) return { type: 'problem', problem: `the report ${display(path, place)} is stale: it was not written by this execution` }
    size += entry.size
    if (size > largestReport) return { type: 'problem', problem: `the report ${display(path, place)} is larger than ${largestReport / 1024 / 1024} MiB` }
    await redactFile?.(path)
    files.push({ path: display(path, place), text: await readFile(path, 'utf8') })
  }
  return { type: 'found', files }
}

async function matches(place: ReportPlace): Promise<string[]> {
  if (place.pattern === undefined) return isFile(place.reportPath) ? [place.reportPath] : []
  if (isAbsolute(place.pattern)) return isFile(place.pattern) ? [place.pattern] : []
  if (isFile(join(place.cwd, place.pattern))) return [join(place.cwd, place.pattern)]
  const found: string[] = []
  for await (const path of glob(place.pattern, { cwd: place.cwd, exclude: (name) => name === 'node_modules' || name === '.git' })) found.push(join(place.cwd, path))
  return found.filter(isFile).toSorted()
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  } catch {
    // A part of the path is no folder, or closed to us.
    return false
  }
}

function display(path: string, place: ReportPlace): string {
  const inside = relative(place.projectDir, path)
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside.split(sep).join('/')
}
