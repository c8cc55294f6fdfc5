import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'

/** One running process. A zombie is not listed: nothing is left of it but its number. */
export interface ProcessEntry {
  pid: number
  parent: number
  group: number
  /** 0 where the system does not tell (macOS). */
  session: number
  /** Opaque, comparable for equality only; together with `pid` it names one process for ever. */
  startTime: string
}

/** The operating system's processes, as far as ending a tree needs them. Linux reads /proc, everything else asks `ps`. */
export interface ProcessTable {
  /** Start time of one process, also of a zombie: a child that ended before anybody looked. '' when there is none. */
  startTime(pid: number): string
  /** One process, or undefined when it does not run. */
  entry(pid: number): ProcessEntry | undefined
  all(): Promise<ProcessEntry[]>
  /** Ids of those among `pids` whose environment held `NAME=value` when they were started. */
  withVariable(assignment: string, pids: readonly number[]): Promise<Set<number>>
  /** The latest process id that the system gave out; undefined where it does not tell. */
  latest(): number | undefined
}

export function processTable(platform: NodeJS.Platform): ProcessTable {
  return platform === 'linux' ? linuxTable() : psTable()
}

function linuxTable(): ProcessTable {
  const origin = linuxOrigin()
  return {
    startTime: (pid) => readStat(pid, origin)?.entry.startTime ?? '',
    // Most ids that are asked for are gone, and an exception costs five times as much as this look.
    entry: (pid) => (existsSync(`/proc/${pid}`) ? runningOnly(readStat(pid, origin)) : undefined),
    all: async () =>
      readdirSync('/proc')
        .filter((name) => name >= '1' && name < ':')
        .map((name) => runningOnly(readStat(Number(name), origin)))
        .filter((entry) => entry !== undefined),
    withVariable: async (assignment, pids) => new Set(pids.filter((pid) => hasVariable(pid, assignment))),
    latest: () => {
      const latest = Number(readOrUndefined('/proc/loadavg')?.toString('latin1').trim().split(' ').at(-1))
      return Number.isInteger(latest) && latest > 0 ? latest : undefined
    },
  }
}

/**
 * Start times count clock ticks since the boot, and process ids count within a namespace: only with both beside them do a pid and
 * a start time name one process, on a machine that was rebooted and in containers that share a folder.
 */
function linuxOrigin(): string {
  const boot = readOrUndefined('/proc/sys/kernel/random/boot_id')?.toString('latin1').trim() ?? ''
  let namespace = ''
  try {
    namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
  } catch {
    // A kernel without namespaces: there is one.
  }
  return `${boot}/${namespace}`
}

function readStat(pid: number, origin: string): { entry: ProcessEntry; state: string } | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`)?.toString('latin1')
  if (!stat) return undefined
  // The program's name stands in parentheses and may hold spaces and parentheses: the fields begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group, session] = fields
  // Field 22 of the line is field 19 from the state on.
  return {
    state: state!,
    entry: { pid, parent: Number(parent), group: Number(group), session: Number(session), startTime: `${origin}/${fields[19]}` },
  }
}

function runningOnly(read: { entry: ProcessEntry; state: string } | undefined): ProcessEntry | undefined {
  return read && read.state !== 'Z' && read.state !== 'X' ? read.entry : undefined
}

function hasVariable(pid: number, assignment: string): boolean {
  const environment = readOrUndefined(`/proc/${pid}/environ`)
  return environment !== undefined && `\0${environment.toString('utf8')}\0`.includes(`\0${assignment}\0`)
}

/** A process may end between two looks at it, and another user's is not ours to read. Where this process cannot open any file, none of that is known. */
function readOrUndefined(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if (isExhausted(error)) throw error
    return undefined
  }
}

const isExhausted = (error: unknown): boolean => ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'].includes((error as NodeJS.ErrnoException | null)?.code ?? '')

const psColumns = ['-o', 'pid=,ppid=,pgid=,stat=,lstart=']

/** Loaded where there is no /proc, and there alone. */
const processes = () => process.getBuiltinModule('node:child_process')

function psTable(): ProcessTable {
  const one = (pid: number) => {
    try {
      // LC_ALL fixes the form of the start time, whoever asks.
      return parsePsLine(processes().execFileSync('ps', [...psColumns, '-p', String(pid)], { encoding: 'utf8', env: psEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] }))
    } catch (error) {
      // It ends with an exit code where there is no such process; one that could not be started says nothing about it.
      if (isExhausted(error)) throw error
      return undefined
    }
  }
  return {
    startTime: (pid) => one(pid)?.entry.startTime ?? '',
    entry: (pid) => runningOnly(one(pid)),
    all: async () => (await ps(['-A', ...psColumns])).map(parsePsLine).map(runningOnly).filter((entry) => entry !== undefined),
    withVariable: async (assignment, pids) => {
      if (pids.length === 0) return new Set()
      // `-E` adds the environment to the command; `-ww` keeps ps from cutting the line.
      const lines = await ps(['-A', '-E', '-ww', '-o', 'pid=,command='])
      const found = lines.filter((line) => `${line} `.includes(` ${assignment} `)).map((line) => Number.parseInt(line, 10))
      const wanted = new Set(pids)
      return new Set(found.filter((pid) => wanted.has(pid)))
    },
    latest: () => undefined,
  }
}

function psEnvironment() {
  return { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' }
}

function ps(args: string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown, stdout: string) => (isExhausted(error) ? reject(error) : resolve(stdout.split('\n').filter((line) => line.trim() !== '')))
    processes().execFile('ps', args, { encoding: 'utf8', env: psEnvironment(), maxBuffer: 256 * 1024 * 1024 }, done)
  })
}

/** `  501     1   501 Ss   Mon Jan  5 10:11:12 2026` */
export function parsePsLine(line: string): { entry: ProcessEntry; state: string } | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line)
  if (!match) return undefined
  const [, pid, parent, group, state, startTime] = match
  return {
    state: state!.charAt(0),
    entry: { pid: Number(pid), parent: Number(parent), group: Number(group), session: 0, startTime: startTime!.replace(/\s+/g, ' ') },
  }
}
