/** Finds and ends processes, for the test runner and the leak check: by /proc on Linux, by `ps` elsewhere. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface FoundProcess {
  pid: number
  group: number
  command: string
}

/** All living processes; a zombie has ended and waits for its parent only. */
export function listProcesses(): FoundProcess[] {
  return process.platform === 'linux' ? listByProc() : listByPs()
}

/** A process for each look would cost more than all that is looked at: tests look hundreds of times. */
function listByProc(): FoundProcess[] {
  return numbersInProc().map(foundInProc).filter((one) => one !== undefined)
}

const numbersInProc = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name))

function foundInProc(name: string): FoundProcess | undefined {
  try {
    // `pid (name) state ppid pgrp …`; the name may hold anything.
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return { pid: Number(name), group: Number(group), command: commandOf(name) || stat.slice(stat.indexOf('('), stat.lastIndexOf(')') + 1) }
  } catch {
    // Ended meanwhile.
    return undefined
  }
}

const commandOf = (name: string): string => readFileSync(`/proc/${name}/cmdline`, 'utf8').replace(/\0$/, '').replaceAll('\0', ' ')

/** Whether a process runs. A zombie has ended: where nobody reaps orphans, its number stays. */
export function isRunning(pid: number): boolean {
  return process.platform === 'linux' ? foundInProc(String(pid)) !== undefined : listByPs().some((one) => one.pid === pid)
}

function listByPs(): FoundProcess[] {
  const text = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,pgid=,stat=,command='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  const found: FoundProcess[] = []
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line)
    if (match && !match[3]!.startsWith('Z')) found.push({ pid: Number(match[1]), group: Number(match[2]), command: match[4]! })
  }
  return found
}

/** Those that are still found after a second: what was killed is there until the system has taken it down. */
export async function thatStay(look: () => FoundProcess[]): Promise<FoundProcess[]> {
  const end = performance.now() + 1_000
  for (;;) {
    const left = look()
    if (left.length === 0 || performance.now() > end) return left
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export function processesOfGroup(group: number | undefined): FoundProcess[] {
  if (group === undefined) return []
  try {
    process.kill(-group, 0)
  } catch {
    return []
  }
  return listProcesses().filter((one) => one.group === group)
}

/** Those that name the folder in their command line or, where there is a /proc to tell, work in it. */
export function processesIn(folder: string): FoundProcess[] {
  if (process.platform !== 'linux') return listByPs().filter((one) => one.pid !== process.pid && one.command.includes(folder))
  return numbersInProc().filter((name) => Number(name) !== process.pid && (worksIn(name, folder) || names(name, folder))).map(foundInProc).filter((one) => one !== undefined)
}

function worksIn(name: string, folder: string): boolean {
  try {
    const cwd = readlinkSync(`/proc/${name}/cwd`)
    return cwd === folder || cwd.startsWith(`${folder}/`)
  } catch {
    // Ended meanwhile, or belongs to somebody else.
    return false
  }
}

function names(name: string, folder: string): boolean {
  try {
    return commandOf(name).includes(folder)
  } catch {
    return false
  }
}

/** SIGKILL to the whole group. Never the group of this process. */
export function killGroup(group: number | undefined): void {
  if (group === undefined || group <= 1) return
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // Already gone.
  }
}
