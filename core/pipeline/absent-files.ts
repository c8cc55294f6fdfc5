import path from 'node:path'
import { modulePaths } from '../checks/index.ts'
import type { CheckResult } from '../model/check.ts'
import type { FailureInput, Problem } from '../model/failure.ts'
import type { Attempt } from './attempt.ts'
import type { PlannedCheck } from './checks.ts'
import type { Roots } from './paths.ts'

const missing = /no such file|not found|cannot find|can't (?:open|find|resolve|read)|could not (?:open|find|resolve|read)|cannot (?:open|resolve|read)|does not exist|doesn't exist|no module named|not a directory|ENOENT|ERR_MODULE_NOT_FOUND/i
/** Enough to name them; an output may speak of thousands. */
const mostFiles = 3

/**
 * What an output misses that the repository has and a sparse worktree does not: files, or folders as a whole, relative to the repository. A relative path is
 * tried from the project root, from the repository's and from the folders of the files that the same output names.
 */
export function absentIn(output: string, absent: (paths: readonly string[]) => string[], { projectRoot, repositoryRoot }: Roots): string[] {
  const prefix = path.relative(repositoryRoot, projectRoot).split(path.sep).join('/')
  const lines = output.split('\n')
  const importers = [...new Set(lines.flatMap(wordsIn).map((word) => insideOf(word, repositoryRoot) ?? word))].filter((word) => /\/[^/]+\.\w+$|^[^/]+\.\w+$/.test(word)).slice(0, 200)
  const found = new Set<string>()
  for (const line of lines) {
    if (!missing.test(line)) continue
    for (const word of wordsIn(line)) {
      const inside = insideOf(word, repositoryRoot)
      const places = inside !== undefined ? [inside] : path.isAbsolute(word) ? [] : readings(word, prefix, importers)
      for (const one of absent(places.filter((place) => place !== '' && !place.startsWith('..')))) found.add(one)
    }
  }
  return [...found]
}

function readings(word: string, prefix: string, importers: readonly string[]): string[] {
  const from = /^\.\.?\//.test(word) ? importers.flatMap((file) => modulePaths(word, file)) : modulePaths(word, undefined)
  return [word, ...from].flatMap((one) => [path.posix.normalize(one), path.posix.join(prefix, one)])
}

const wordsIn = (line: string): string[] => (line.match(/[^\s'"`:,;()[\]<>=]+/g) ?? []).map((word) => withoutEnd(withoutEnd(word, '.…'), '/')).filter((word) => word.length > 1)

/** Without the signs of a kind at its end. An expression would try each place of a long row of them anew. */
function withoutEnd(word: string, signs: string): string {
  let end = word.length
  while (end > 0 && signs.includes(word[end - 1]!)) end--
  return word.slice(0, end)
}

function insideOf(word: string, root: string): string | undefined {
  const bare = word.replace(/^(?:file)?\/\/+(?=\/)/, '')
  return bare.startsWith(`${root}/`) ? bare.slice(root.length + 1) : undefined
}

/** One problem for each of them, with what is to be done; none where everything lies on disk. */
export function absentProblems({ workspace }: Attempt, output: string, roots: Roots): Problem[] {
  if (!workspace?.sparseKey) return []
  return absentIn(output, (paths) => workspace.absent(paths), roots).slice(0, mostFiles).map((file) => ({
    path: file, code: 'not-on-disk',
    message: `${file} is in the repository and not in this sparse worktree: name it in workspace.sparse.also of the config, or in scope.readOnly of the phase`,
  }))
}

/** How often a check of a candidate is run again with what it missed. */
export const mostWidenings = 3

/** Puts on disk what a check of a candidate missed, and warns: from the plan alone nobody could know that the work would need it. Returns whether there was anything. */
export async function widenByAbsent(attempt: Attempt, check: PlannedCheck, result: CheckResult, roots: Roots): Promise<boolean> {
  const { workspace } = attempt
  if (!workspace?.sparseKey || result.exitCode === 0) return false
  const files = absentIn(result.tail, (paths) => workspace.absent(paths), roots)
  if (files.length === 0) return false
  const named = `${files.slice(0, mostFiles).join(', ')}${files.length > mostFiles ? ` and ${files.length - mostFiles} more` : ''}`
  attempt.warnings.push(`check ${check.spec.name} misses ${named} in the sparse worktree, and was run again with it: name it in workspace.sparse.also of the config, or in scope.readOnly of the phase`)
  await workspace.widen({ within: [], also: files })
  return true
}

/** A check that misses what a sparse worktree leaves out says nothing of what it was to judge, and no builder can mend that. */
export function failureOfAbsent(attempt: Attempt, check: PlannedCheck, result: CheckResult, roots: Roots, stage: 'baseline' | 'delta'): FailureInput | undefined {
  if (result.exitCode === 0) return undefined
  const problems = absentProblems(attempt, result.tail, roots)
  const [first] = problems
  return first && {
    stage, class: 'config_error', message: `check ${check.spec.name} fails${stage === 'baseline' ? ' on the base' : ''} for want of ${first.path}, which workspace.sparse leaves out of this worktree`,
    check: check.spec.name, command: result.argv, exitCode: result.exitCode, signal: result.signal, problems,
  }
}
