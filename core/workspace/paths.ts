import { lstat, readlink, realpath } from 'node:fs/promises'
import path from 'node:path'
import picomatch from 'picomatch'
import { pathAmbiguousError, pathOutsideError, UserError } from '../errors.ts'
import { readEntries } from './listing.ts'
import type { BaseEntry } from './listing.ts'
import { isGlob } from './scope.ts'
import type { Repository } from './workspace.ts'

export interface ResolvedPath {
  /** Relative to the repository, `/` separated; ends in `/` where the raw path did. */
  relative: string
  kind: 'file' | 'folder' | 'glob'
  /** Whether the base has it; for a glob, whether the base has its literal head. */
  exists: boolean
}

export interface PathResolver {
  /** The one file, folder or glob that a raw path of a plan means, relative to the repository. Throws UserError for an ambiguous path and for one that leaves the repository. */
  resolve(raw: string): Promise<string>
  /** The same, with what the base knows of it. */
  look(raw: string): Promise<ResolvedPath>
  /** Why an answer of a plugin (relative to the repository) leaves the repository, lexically or by a symlink of the base; undefined when it does not. */
  containmentProblem(relative: string): Promise<string | undefined>
  /** Reads what the base knows of all these raw paths in one go; not needed, but cheaper for many. */
  prepare(raws: readonly string[]): Promise<void>
}

/**
 * The one resolver for scope, stubs, deliverables and context, on the base commit. What it asks of the base is kept for its life.
 * `read` tells what the base has at some paths; default: git does. A workspace knows it without.
 */
export function createPathResolver(request: { repository: Repository; base: string; read?: (paths: readonly string[]) => Promise<Map<string, BaseEntry>> }): PathResolver {
  const { repository, base } = request
  const read = request.read ?? ((paths) => readEntries(repository, base, paths))
  const known = new Map<string, BaseEntry | undefined>()

  const learn = async (paths: readonly string[]) => {
    const asked = [...new Set(paths.flatMap(withParents))].filter((one) => !known.has(one))
    if (asked.length === 0) return
    const found = await read(asked)
    for (const one of asked) known.set(one, found.get(one))
  }

  /** Follows links in the folders of a path; with `last` also one that the path ends in, which else must only lead inside. */
  const follow = async (raw: string, relative: string, last: boolean): Promise<string> => {
    let current = relative
    for (let hops = 0; hops < 40; hops++) {
      await learn([current, current.normalize('NFC'), current.normalize('NFD')])
      const spelled = [current, current.normalize('NFC'), current.normalize('NFD')].find((one) => known.get(one)) ?? current
      const link = withParents(spelled).find((part) => known.get(part)?.link !== undefined)
      if (link === undefined) return spelled
      const target = inside(path.posix.join(path.posix.dirname(link), known.get(link)!.link!))
      if (target === undefined || known.get(link)!.link!.startsWith('/')) throw pathOutsideError(raw, `${link} is a symlink to ${known.get(link)!.link!}`)
      if (link === spelled && !last) {
        await follow(raw, target, false)
        return spelled
      }
      current = link === spelled ? target : path.posix.join(target, spelled.slice(link.length + 1))
    }
    throw pathOutsideError(raw, 'its symlinks go in a circle')
  }

  /** `relative` is lexically inside; the literal head of a glob is what is followed. */
  const settle = async (raw: string, relative: string): Promise<ResolvedPath> => {
    const slash = relative.endsWith('/') ? '/' : ''
    const name = relative.replace(/\/+$/, '')
    await learn([name])
    const head = headOf(name)
    if (head !== name && known.get(name) === undefined) {
      const real = await follow(raw, head, true)
      return { relative: (real === '' ? '' : `${real}/`) + name.slice(head === '' ? 0 : head.length + 1) + slash, kind: 'glob', exists: real === '' || known.get(real) !== undefined }
    }
    const real = await follow(raw, name, slash !== '')
    const entry = known.get(real)
    return { relative: real + (real === '' ? '' : slash), kind: slash !== '' || real === '' || entry?.type === 'folder' ? 'folder' : 'file', exists: real === '' || entry !== undefined }
  }

  const readings = (raw: string): string[] => {
    if (raw === '' || raw.includes('\0')) throw pathOutsideError(raw, 'it is no path')
    // A folder of that name is ./~
    if (/^~(?:\/|$)/.test(raw)) throw pathOutsideError(raw, 'a shell reads ~ as the home folder')
    const { prefix } = repository
    if (path.isAbsolute(raw)) return [lexical(raw, path.relative(repository.root, raw) + (raw.endsWith('/') ? '/' : ''))]
    if (/^\.(?:\/|$)/.test(raw)) return [lexical(raw, path.posix.join(prefix, raw))]
    const plain = lexical(raw, raw)
    if (prefix === '') return [plain]
    // A glob without a literal head would fit both readings: it is meant within the project.
    return headOf(plain) === '' && isGlob(plain) ? [prefix + plain] : [plain, prefix + plain]
  }

  const look = async (raw: string): Promise<ResolvedPath> => {
    const absolute = path.isAbsolute(raw) ? await nearRealpath(raw) : raw
    const choices = readings(absolute)
    if (choices.length === 1) return await settle(raw, choices[0]!)
    const fromRepository = await settle(raw, choices[0]!)
    const fromProject = await settle(raw, choices[1]!)
    if (fromRepository.exists && fromProject.exists && fromRepository.relative !== fromProject.relative) {
      throw pathAmbiguousError(raw, [fromRepository.relative, fromProject.relative], repository.prefix)
    }
    if (fromRepository.exists !== fromProject.exists) return fromRepository.exists ? fromRepository : fromProject
    return `${choices[0]!}/`.startsWith(repository.prefix) ? fromRepository : fromProject
  }

  const prepare = async (raws: readonly string[]) => {
    const wanted = raws.filter((raw) => raw !== '' && !raw.includes('\0') && !path.isAbsolute(raw)).flatMap((raw) => {
      try {
        return readings(raw)
      } catch {
        // What is wrong with it is told when it is looked up.
        return []
      }
    })
    await learn(wanted.flatMap((one) => [one.replace(/\/+$/, ''), headOf(one)]))
  }

  const containmentProblem = async (relative: string): Promise<string | undefined> => {
    try {
      if (relative === '' || relative.includes('\0')) return 'it is no path'
      if (path.isAbsolute(relative)) return 'it is absolute'
      await settle(relative, lexical(relative, relative))
      return undefined
    } catch (error) {
      if (error instanceof UserError && error.code === 'path-outside') return error.message
      throw error
    }
  }

  return { look, resolve: async (raw) => (await look(raw)).relative, containmentProblem, prepare }
}

/** The folders of a path from the top down, and the path. */
function withParents(file: string): string[] {
  const parts = file.split('/').filter((part) => part !== '')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** The part of a pattern before the first folder or name that is one. Equal to the path where it is no pattern. */
function headOf(pattern: string): string {
  if (!isGlob(pattern)) return pattern
  const head = picomatch.scan(pattern).base
  return head === '.' ? '' : head.replace(/\/+$/, '')
}

/** Normalised, or undefined when it leaves. '' is the repository itself. */
function inside(relative: string): string | undefined {
  const normal = path.posix.normalize(relative)
  if (normal === '..' || normal.startsWith('../') || normal.startsWith('/')) return undefined
  return normal === '.' || normal === './' ? '' : normal
}

function lexical(raw: string, relative: string): string {
  const normal = inside(relative)
  if (normal === undefined) throw pathOutsideError(raw, path.isAbsolute(raw) ? 'it is absolute and lies elsewhere' : 'it climbs out with ..')
  if (normal.split('/').some((part) => part.toLowerCase() === '.git')) throw pathOutsideError(raw, "it lies in git's own folder")
  return normal
}

/** The real path of what exists of an absolute path, with the rest appended. */
async function nearRealpath(absolute: string): Promise<string> {
  const slash = absolute.endsWith('/') ? '/' : ''
  let existing = path.resolve(absolute)
  const rest: string[] = []
  // The last part stays as it is named: it may be a link that is meant itself.
  for (;;) {
    rest.unshift(path.basename(existing))
    existing = path.dirname(existing)
    const real = await realpath(existing).catch(() => undefined)
    if (real !== undefined) return path.join(real, ...rest) + slash
    if (existing === path.dirname(existing)) return absolute
  }
}

/**
 * Proves that a path stays inside a folder on disk: no `..`, nothing absolute, no symlink that leaves, whether the file exists or not.
 * `folder` is an absolute real path. Returns the absolute path; throws UserError.
 */
export async function checkContained(folder: string, relative: string): Promise<string> {
  if (relative.includes('\0')) throw pathOutsideError(relative, 'it is no path')
  if (path.isAbsolute(relative)) throw pathOutsideError(relative, 'it is absolute')
  const normal = lexical(relative, relative)
  const top = await realpath(folder)
  let current = top
  for (const part of normal.split('/').filter((one) => one !== '')) {
    current = path.join(current, part)
    const found = await lstat(current).catch(() => undefined)
    if (!found) continue
    if (!found.isSymbolicLink()) continue
    const target = path.resolve(path.dirname(current), await readlink(current))
    const real = await realpath(target).catch(() => target)
    if (real !== top && !real.startsWith(`${top}${path.sep}`)) throw pathOutsideError(relative, `${path.relative(top, current)} is a symlink to ${target}`)
    current = real
  }
  return path.join(top, normal)
}
