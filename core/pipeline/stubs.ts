import { createHash } from 'node:crypto'
import { lstat, mkdir, readFile, rm, rmdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { UserError } from '../errors.ts'
import type { Problem } from '../model/failure.ts'
import type { StubKind, StubRequest } from '../model/plugin.ts'
import { nearest } from '../nearest.ts'
import { textOf } from './describe.ts'

/** A request whose path went through the one resolver. */
export type ResolvedStub = Omit<StubRequest, 'path'> & { relative: string }
/** Proves that a path stays inside a folder and returns it absolute; throws UserError. */
export type Contain = (root: string, relative: string) => Promise<string>

export interface StubsToWrite {
  stubs: readonly ResolvedStub[]
  kinds: readonly StubKind[]
  /** Root of the worktree: what every `relative` is relative to. */
  root: string
  contain: Contain
}

export interface WrittenStub {
  relative: string
  kind: string
  bytes: number
  sha256: string
  /** When it was last modified, in milliseconds, where that tells whether it was touched. */
  savedAt?: number
}

/** The stubs that were written, with what tells later whether they are still as they were. */
export interface StubBook {
  readonly root: string
  readonly written: readonly WrittenStub[]
  /** Folders that were made for them, absolute, the deepest first. */
  readonly folders: readonly string[]
  /** Asked for, and there already: left alone. */
  readonly existing: readonly string[]
  /** Asked for, and impossible; each names the path. */
  readonly problems: readonly Problem[]
}

/** What became of each stub; paths relative to the repository. Untouched ones are gone from the disk. */
export interface SettledStubs {
  untouched: string[]
  touched: string[]
  deleted: string[]
}

/** Writes stubs, never over anything that is there. What cannot be written is a problem in the book, not an error: the caller decides. */
export async function writeStubs(request: StubsToWrite): Promise<StubBook> {
  const { root, contain } = request
  const written: WrittenStub[] = []
  const folders: string[] = []
  const existing: string[] = []
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const stub of request.stubs) {
    const { relative } = stub
    // Two plugins may ask for one file: the first is heard.
    if (seen.has(relative)) continue
    seen.add(relative)
    try {
      const content = contentOf(stub, request.kinds)
      if (content.type === 'none') {
        problems.push({ path: relative, code: 'stub_impossible', message: `no stub for ${relative}: ${content.reason}` })
        continue
      }
      const file = await contain(root, relative)
      if (await isThere(file)) {
        existing.push(relative)
        continue
      }
      folders.unshift(...(await makeFolders(path.dirname(file))))
      // `wx`: what came between the look and the write is not written over.
      await writeFile(file, content.text, { flag: 'wx' })
      written.push({ relative, kind: content.kind, ...digest(content.text), ...(content.finished && { savedAt: await backdate(file) }) })
    } catch (error) {
      problems.push({ path: relative, code: error instanceof UserError && error.plugin ? 'plugin_error' : 'stub_impossible', message: `no stub for ${relative}: ${textOf(error)}` })
    }
  }
  return { root, written, folders, existing, problems }
}

/** After the build: removes the stubs that nobody touched, and the folders made for them that are empty. */
export async function settleStubs(book: StubBook, contain: Contain): Promise<SettledStubs> {
  const settled: SettledStubs = { untouched: [], touched: [], deleted: [] }
  for (const stub of book.written) {
    const state = await stateOf(book.root, stub, contain)
    settled[state.type].push(stub.relative)
    if (state.type === 'untouched') await rm(state.file)
  }
  // rmdir takes empty folders only, which is what is asked; one that a link has taken the place of stays too.
  for (const folder of book.folders) await rmdir(folder).catch(() => undefined)
  return settled
}

/** The kind that a file gets: the first that matches, those that need not be asked for before those that do. */
export function stubKindOf(kinds: readonly StubKind[], relative: string): StubKind | undefined {
  const matching = kinds.filter((one) => one.matches(relative))
  return matching.find((one) => !needsAsking(one, relative)) ?? matching[0]
}

const needsAsking = ({ onlyWhenAsked = false }: StubKind, relative: string) => (typeof onlyWhenAsked === 'function' ? onlyWhenAsked(relative) : onlyWhenAsked)

/** The same, as a plugin is told. */
export function toldStubKind(kinds: readonly StubKind[], relative: string): { name: string; onlyWhenAsked: boolean } | undefined {
  const kind = stubKindOf(kinds, relative)
  return kind && { name: kind.name, onlyWhenAsked: needsAsking(kind, relative) }
}

type Content = { type: 'content'; kind: string; text: string; finished: boolean } | { type: 'none'; reason: string }

function contentOf({ relative, kind: name, content }: ResolvedStub, kinds: readonly StubKind[]): Content {
  if (relative === '' || relative.endsWith('/')) return { type: 'none', reason: 'it is a folder; name a file' }
  const kind = name === undefined ? stubKindOf(kinds, relative) : kinds.find((one) => one.name === name)
  if (name !== undefined && !kind) {
    const names = kinds.map((one) => one.name)
    const near = nearest(name, names)
    return { type: 'none', reason: `there is no stub kind ${JSON.stringify(name)}${near === undefined ? '' : `, did you mean ${JSON.stringify(near)}?`} (known: ${names.join(', ') || 'none'})` }
  }
  if (content !== undefined) return { type: 'content', kind: kind?.name ?? 'given', text: content, finished: false }
  if (!kind) return { type: 'none', reason: `no stub kind matches it (known: ${kinds.map((one) => one.name).join(', ') || 'none'}); name a kind, or give its content` }
  const text: unknown = kind.content(relative)
  return typeof text === 'string' ? { type: 'content', kind: kind.name, text, finished: kind.finished === true } : { type: 'none', reason: `stub kind ${kind.name} gave no text` }
}

const digest = (content: string | Buffer) => ({ bytes: Buffer.byteLength(content), sha256: createHash('sha256').update(content).digest('hex') })

/** A second back, so that a file system with coarse times shows a save of the next instant too. Returns the time that it then has. */
async function backdate(file: string): Promise<number> {
  const earlier = new Date((await lstat(file)).mtimeMs - 1_000)
  await utimes(file, earlier, earlier)
  return (await lstat(file)).mtimeMs
}

async function isThere(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) !== undefined
}

/** Makes a folder with its parents; returns those that are new, the deepest first. */
async function makeFolders(folder: string): Promise<string[]> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return []
  const made: string[] = []
  for (let current = folder; current.length >= first.length; current = path.dirname(current)) made.push(current)
  return made
}

async function stateOf(root: string, stub: WrittenStub, contain: Contain): Promise<{ type: 'untouched'; file: string } | { type: 'touched' | 'deleted' }> {
  try {
    // The builder may have put a link in the place of a folder: nothing outside is ever removed.
    const file = await contain(root, stub.relative)
    const found = await lstat(file).catch(() => undefined)
    if (!found) return { type: 'deleted' }
    if (!found.isFile() || found.size !== stub.bytes || (stub.savedAt !== undefined && found.mtimeMs !== stub.savedAt)) return { type: 'touched' }
    return digest(await readFile(file)).sha256 === stub.sha256 ? { type: 'untouched', file } : { type: 'touched' }
  } catch {
    // What cannot be proved to lie inside the worktree any more, or cannot be read, is the builder's.
    return { type: 'touched' }
  }
}
