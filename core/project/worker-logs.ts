import { openJournal, type Journal } from '../layout/atomic.ts'
import type { RunLayout } from '../layout/layout.ts'
import type { AutopackEvent, Emit } from '../model/events.ts'
import type { Runtime } from '../model/runtime.ts'
import { createLinesReporter } from '../reporters/lines.ts'
import { createStyle } from '../reporters/style.ts'

/** What is left of the work at a run when it is over: where all of it stands, and its end. */
export interface WorkerResult {
  logPath: string
  /** The last 50 lines, 16 KiB at most. */
  tail: string
}

export interface WorkerLogs {
  /** Writes what is told of a run to that run's log, and passes nothing on. */
  event: Emit
  /** Undefined for a run of which nothing was told. */
  resultOf(run: string): WorkerResult | undefined
  close(): void
}

const tailLines = 50
const tailBytes = 16 * 1024

interface WorkerLog { journal: Journal; logPath: string; event(event: AutopackEvent): void; tail: string[]; tailSize: number; broken: boolean }

/**
 * `supervisor/worker.log` of each run: the lines that `autopack run` would print, of this run alone and with the time, so that one can watch a run among
 * many. Written line by line while it goes on; of it, memory holds the tail only.
 */
export function createWorkerLogs(request: { layout: RunLayout; runtime: Runtime; session: string; emit: Emit; /** By id. */ runs: () => Iterable<{ id: string; family: string; key: string }> }): WorkerLogs {
  const { layout, runtime, session, emit } = request
  const logs = new Map<string, WorkerLog>()

  const open = (id: string): WorkerLog | undefined => {
    const run = [...request.runs()].find((one) => one.id === id)
    if (!run) return undefined
    const logPath = layout.run(run).supervisorLog
    const print = (text: string): void => write(log, `${stamp(runtime.now())}  ${text}`)
    const reporter = createLinesReporter({ print, style: createStyle(false), columns: Number.POSITIVE_INFINITY, cwd: layout.runsDir, run: id })
    const log: WorkerLog = { journal: openJournal(logPath), logPath, event: (event) => reporter.event(event), tail: [], tailSize: 0, broken: false }
    print(`== ${session}, process ${runtime.pid} on ${runtime.host}`)
    logs.set(id, log)
    return log
  }
  const write = (log: WorkerLog, line: string): void => {
    log.tail.push(line)
    log.tailSize += Buffer.byteLength(line) + 1
    while (log.tail.length > tailLines || (log.tail.length > 1 && log.tailSize - 1 > tailBytes)) log.tailSize -= Buffer.byteLength(log.tail.shift()!) + 1
    if (log.broken) return
    try {
      log.journal.append(line)
    } catch (error) {
      log.broken = true
      emit({ type: 'notice', level: 'warning', message: `${log.logPath} can no longer be written: ${(error as Error).message}` })
    }
  }

  return {
    event(body) {
      // What ticks by is for the eye, and an end of the drain is told of all runs at once.
      if (!('run' in body) || body.run === undefined || body.type === 'progress') return
      const log = logs.get(body.run) ?? open(body.run)
      log?.event({ at: new Date(runtime.now()).toISOString(), ...body } as AutopackEvent)
      // It is opened again with the next line: of hundreds of runs, only those at work hold a descriptor.
      if (body.type === 'phase-finished') log?.journal.close()
    },
    resultOf(run) {
      const log = logs.get(run)
      return log && { logPath: log.logPath, tail: Buffer.from(log.tail.join('\n')).subarray(-tailBytes).toString() }
    },
    close: () => logs.forEach((log) => log.journal.close()),
  }
}

/** `2026-11-22T20:49:01Z`. */
const stamp = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`
