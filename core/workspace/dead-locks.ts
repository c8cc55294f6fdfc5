/** Locks of git: who made one is not written in it, so that one that was left can only be told by everything that it is not. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { isInside } from '../layout/worktrees.ts'
import { quietly } from './quietly.ts'

export interface LockQuestion {
  /** Absolute. */
  file: string
  /** Folders in which a git that is at work may hold it: checkouts, and the repository's own. */
  places: readonly string[]
  now: number
  /** One that is younger may be of a git that has not been looked at yet, in milliseconds. */
  youngestMs: number
}

export type LockState =
  | { type: 'none' }
  /** Its git is gone: nobody has it open, no git is at work in the repository, and it is old enough. */
  | { type: 'dead'; since: number }
  /** `why`: what keeps it from being that. */
  | { type: 'unproven'; since: number; why: string }

/** What is known of a lock. Nothing is ever proven where the system does not list its processes below /proc. */
export function lockState({ file, places, now, youngestMs }: LockQuestion): LockState {
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) return { type: 'none' }
  const since = found.mtimeMs
  const unproven = (why: string): LockState => ({ type: 'unproven', since, why })
  if (now - since < youngestMs) return unproven('it is too young')
  const processes = numbersIn('/proc')
  if (processes === undefined) return unproven('this system does not tell which processes have it open')
  for (const pid of processes) {
    if (hasOpen(pid, file)) return unproven(`process ${pid} has it open`)
    const place = gitAtWork(pid)
    if (place !== undefined && (place === '' || places.some((folder) => isInside(place, folder)))) return unproven(`a git is at work there, process ${pid}`)
  }
  // It may have gone, and another come.
  const again = lstatSync(file, { throwIfNoEntry: false })
  if (!again) return { type: 'none' }
  return again.ino === found.ino && again.mtimeMs === since ? { type: 'dead', since } : unproven('it is too young')
}

function numbersIn(folder: string): number[] | undefined {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name)).map(Number)
  } catch {
    return undefined
  }
}

function hasOpen(pid: number, file: string): boolean {
  const folder = `/proc/${pid}/fd`
  return (numbersIn(folder) ?? []).some((descriptor) => quietly(() => readlinkSync(`${folder}/${descriptor}`)) === file)
}

/** Where a git is at work; '' where that is not to be read; undefined for any other process. */
function gitAtWork(pid: number): string | undefined {
  const name = quietly(() => readFileSync(`/proc/${pid}/comm`, 'utf8'))?.trim()
  if (name === undefined || !/^git(?:-|$)/.test(name)) return undefined
  if (hasEnded(pid)) return undefined
  if (isQuiet(commandLine(pid).split('\0'))) return undefined
  const named = /(?:^|\0)GIT_DIR=([^\0]+)/.exec(quietly(() => readFileSync(`/proc/${pid}/environ`, 'utf8')) ?? '')?.[1]
  const at = quietly(() => readlinkSync(`/proc/${pid}/cwd`)) ?? ''
  // What cannot be read may be another user's, or have ended since it was found: gits come and go. One that is ending has let go of its memory,
  // where its command line was, and of its files before it lets go of its folder.
  if (at === '' && (commandLine(pid) === '' || hasEnded(pid))) return undefined
  return named === undefined || at === '' ? at : path.resolve(at, named)
}

const commandLine = (pid: number): string => quietly(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? ''

/** Whether nothing is left of a process, or nothing but its number. */
function hasEnded(pid: number): boolean {
  const line = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return line === undefined || /^[ZX]/.test(line.slice(line.lastIndexOf(')') + 2))
}

/** Commands that go on for long and never lock anything. */
const quiet = new Set(['cat-file', 'check-attr', 'check-ignore', 'credential-cache--daemon', 'diff-tree', 'for-each-ref', 'fsmonitor--daemon', 'log', 'ls-files', 'ls-tree', 'rev-list', 'rev-parse'])

function isQuiet([, ...words]: readonly string[]): boolean {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (word === '-c' || word === '-C' || word === '--git-dir' || word === '--work-tree') at++
    else if (!word.startsWith('-')) return quiet.has(word)
  }
  return false
}

/** Lock files below a folder of a repository. */
export function locksBelow(folder: string): string[] {
  const entries = quietly(() => readdirSync(folder, { recursive: true, withFileTypes: true })) ?? []
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith('.lock')).map((entry) => path.join(entry.parentPath, entry.name))
}
