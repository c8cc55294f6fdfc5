/** What keeps git from moving a branch that nobody is on: a lock that was left, or another branch whose name is a folder of ours. */
import { lstatSync, readdirSync } from 'node:fs'
import type { Stats } from 'node:fs'
import path from 'node:path'
import { branchNameTakenError, refLockedError } from '../errors.ts'
import { quietly, textOf } from './quietly.ts'
import type { Repository } from './workspace.ts'

/** A lock is held for milliseconds; a younger one may be of a git that is at work. */
const youngestMs = 5_000

/** Throws UserError when the branch could not be moved, as far as files tell: before anything is paid for. Where refs are in tables, git tells when it moves. */
export function refuseUnmovable({ commonDir }: Pick<Repository, 'commonDir'>, branch: string, now: number): void {
  const ref = `refs/heads/${branch}`
  const lock = path.join(commonDir, `${ref}.lock`)
  const found = statOf(lock)
  if (found && now - found.mtimeMs > youngestMs) throw refLockedError(lock, found.mtime)
  // Git let it be made: nothing was in its way.
  if (isFile(path.join(commonDir, ref))) return
  const taken = refInTheWay(commonDir, ref)
  if (taken !== undefined) throw branchNameTakenError(branch, `there is a branch ${taken.slice('refs/heads/'.length)}`)
}

/** A ref that has the name of a folder of this one, or to which this one would be a folder. */
function refInTheWay(commonDir: string, ref: string): string | undefined {
  const parts = ref.split('/')
  const above = parts.slice(3).map((_, index) => parts.slice(0, index + 3).join('/'))
  const packed = textOf(path.join(commonDir, 'packed-refs'))
  const below = packed.indexOf(` ${ref}/`) + 1
  return above.find((name) => isFile(path.join(commonDir, name)) || packed.includes(` ${name}\n`)) ?? (below > 0 ? packed.slice(below, packed.indexOf('\n', below)) : looseBelow(commonDir, ref))
}

/** Folders of refs that are gone stay empty, and git takes their place. */
function looseBelow(commonDir: string, ref: string): string | undefined {
  const folder = path.join(commonDir, ref)
  if (!statOf(folder)?.isDirectory()) return undefined
  const file = readdirSync(folder, { recursive: true, withFileTypes: true }).find((entry) => entry.isFile() && !entry.name.endsWith('.lock'))
  return file && path.relative(commonDir, path.join(file.parentPath, file.name)).split(path.sep).join('/')
}

const isFile = (file: string): boolean => statOf(file)?.isFile() === true

/** Undefined too where a folder above is a file. */
const statOf = (file: string): Stats | undefined => quietly(() => lstatSync(file))

/** Throws UserError when git could not move a ref since somebody holds its lock; it says which. */
export function refuseLock(stderr: string): void {
  const file = /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1]
  if (file !== undefined) throw refLockedError(file, statOf(file)?.mtime)
}
