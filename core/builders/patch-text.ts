import type { Problem } from '../model/failure.ts'

/** One file of a patch, as far as a person needs it to find what went wrong. */
export interface PatchedFile {
  /** Path before the change, without `a/`; undefined for a new file. */
  from?: string
  /** Path after the change, without `b/`; undefined for a deleted file. */
  to?: string
  /** The `@@ … @@` of each hunk, with the line of the old file at which it begins. */
  hunks: { header: string; oldStart: number }[]
}

/** Reads names and hunks of a unified diff. Git is the judge of the format: what this does not understand, it leaves out. */
export function readPatch(text: string): PatchedFile[] {
  const files: PatchedFile[] = []
  let file: PatchedFile | undefined
  // Lines left of the hunk at hand: its content may look like a header.
  let oldLeft = 0
  let newLeft = 0
  for (const line of text.split('\n')) {
    if (oldLeft > 0 || newLeft > 0) {
      if (line.startsWith('-')) oldLeft--
      else if (line.startsWith('+')) newLeft--
      else if (!line.startsWith('\\')) { oldLeft--; newLeft-- }
      continue
    }
    const hunk = /^(@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@)/.exec(line)
    if (hunk && file) {
      file.hunks.push({ header: hunk[1]!, oldStart: Number(hunk[2]) })
      oldLeft = Number(hunk[3] ?? 1)
      newLeft = Number(hunk[4] ?? 1)
    } else if (line.startsWith('diff --git ') || (line.startsWith('--- ') && (!file || file.hunks.length > 0))) {
      files.push((file = { hunks: [] }))
      readNames(file, line)
    } else if (file) {
      readNames(file, line)
    }
  }
  return files
}

function readNames(file: PatchedFile, line: string): void {
  const git = /^diff --git a\/(.+) b\/\1\r?$/.exec(line)
  if (git) file.from = file.to = git[1]!
  const name = /^(---|\+\+\+|rename from|rename to|copy from|copy to) (.+?)(?:\t.*)?\r?$/.exec(line)
  if (name) {
    const path = name[2]!
    const side = name[1] === '---' || name[1]!.endsWith('from') ? 'from' : 'to'
    if (path === '/dev/null') delete file[side]
    else file[side] = name[1]!.startsWith('-') || name[1]!.startsWith('+') ? path.replace(/^[^/]+\//, '') : path
  }
  if (line.startsWith('new file mode')) delete file.from
  if (line.startsWith('deleted file mode')) delete file.to
}

/** What git said about a patch that does not apply, as problems that name file and hunk. `prefix` is what was put before the patch's own paths. */
export function patchProblems(output: string, files: readonly PatchedFile[], prefix: string): Problem[] {
  const problems: Problem[] = []
  const rejected = new Set<string>()
  for (const line of output.split('\n')) {
    const failed = /^error: patch failed: (.+):(\d+)$/.exec(line)
    if (failed) {
      rejected.add(failed[1]!)
      problems.push({ path: failed[1]!, code: 'hunk_rejected', message: hunkMessage(files, failed[1]!.slice(prefix.length), Number(failed[2])) })
      continue
    }
    const conflict = /^Applied patch to '(.+)' with conflicts\.$|^Applied patch (.+) with conflicts\.$/.exec(line)
    if (conflict) problems.push({ path: (conflict[1] ?? conflict[2])!, code: 'patch_conflict', message: 'the three-way merge left conflicts' })
    const corrupt = /^error: (corrupt patch at .+|No valid patches in input.*|git apply: bad git-diff.*|patch fragment without header.*|unrecognized input)$/.exec(line)
    if (corrupt) problems.push({ code: 'patch_corrupt', message: corrupt[1]! })
    const other = /^error: (.+?): ((?:patch does not apply|No such file|already exists|does not|is beyond|wrong type|cannot|has type).*)$/.exec(line)
    // Git repeats a file whose hunk it has just named.
    if (other && !rejected.has(other[1]!)) problems.push({ path: other[1]!, code: 'patch_rejected', message: other[2]! })
  }
  return problems
}

function hunkMessage(files: readonly PatchedFile[], path: string, line: number): string {
  const file = files.find((candidate) => candidate.from === path || candidate.to === path)
  const index = file?.hunks.findIndex((hunk) => hunk.oldStart === line) ?? -1
  if (!file || index < 0) return `the hunk at line ${line} does not apply`
  return `hunk ${index + 1} of ${file.hunks.length} does not apply: ${file.hunks[index]!.header}`
}
