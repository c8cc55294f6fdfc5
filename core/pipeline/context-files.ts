import path from 'node:path'
import { estimateTokens, namesFile, saysInOwnWords, type ContextFiles, type HistorySection } from '../context/index.ts'
import { scopeMatcher, type Workspace } from '../workspace/index.ts'
import { patternHead } from './pattern-head.ts'
import { readText, sizeOf } from './read-text.ts'

/** A file that is larger is named and not read. */
const largestBytes = 64 * 1024
/** So many times the room for contents is read, the most relevant files first: what comes behind has none. */
const readTimes = 4
/** Further ones are counted. */
const mostFiles = 100

export interface ContextRequest {
  workspace: Pick<Workspace, 'path' | 'baseTree' | 'filesAt'>
  /** Read-only patterns, relative to the repository. */
  readOnly: readonly string[]
  goal: string
  history: readonly HistorySection[]
  /** Most estimated tokens of contents; 0: names only. */
  fileTokens: number
}

/** What of the read-only scope goes into the prompt: contents of text files, the most relevant first; of others the names. */
export async function readContextFiles({ workspace, readOnly, goal, history, fileTokens }: ContextRequest): Promise<ContextFiles> {
  const result = { contents: [], told: [], named: [], more: 0 } as { -readonly [Key in keyof ContextFiles]: ContextFiles[Key] extends readonly (infer Item)[] ? Item[] : ContextFiles[Key] }
  if (readOnly.length === 0) return result
  const heads = readOnly.map(patternHead)
  const inScope = scopeMatcher(readOnly)
  const files = (await workspace.filesAt(workspace.baseTree, heads.includes('') ? [] : heads)).filter(inScope)
  const named = new Set(readOnly)
  const ranked = files
    // Named one by one, spoken of in the goal, or only somewhere below a pattern.
    .map((file) => ({ file, rank: named.has(file) ? 1 : goal.includes(file) || goal.includes(path.posix.basename(file)) ? 0.8 : 0.5 }))
    .toSorted((left, right) => right.rank - left.rank)
  result.more = Math.max(0, ranked.length - mostFiles)
  let readTokens = 0
  for (const { file, rank } of ranked.slice(0, mostFiles)) {
    const found = readText(path.join(workspace.path, file), largestBytes)
    if (found.type === 'none') continue
    if (found.type === 'named' || readTokens >= readTimes * fileTokens) {
      result.named.push({ path: file, why: found.type === 'named' ? found.why : sizeOf(found.text.length) })
      continue
    }
    const tokens = estimateTokens(found.text)
    readTokens += tokens
    const shorter = history.find((section) => namesFile(section, file) && saysInOwnWords(section) && estimateTokens(section.text) < tokens)
    if (shorter) result.told.push({ path: file, phase: shorter.phase })
    // Of two that are named in the same way, the shorter one leaves more room.
    else result.contents.push({ path: file, text: found.text, relevance: rank - 0.2 * Math.min(1, tokens / Math.max(1, fileTokens)) })
  }
  return result
}
