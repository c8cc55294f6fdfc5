/** What a claim costs: against a hand-written loop, in a large store, and with eight processes on one file. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fillStore, handWritten, storeSubject } from './claim/subjects.ts'
import type { Subject } from './claim/subjects.ts'

export interface ClaimRow { name: string; ratio: number; goal: number; atLeast?: boolean; unit?: string; detail?: string }

const steps = 2_000
const processes = 8
const processMs = 2_000

export async function bench(): Promise<ClaimRow[]> {
  const dir = mkdtempSync(path.join(tmpdir(), 'autopack-bench-claim-'))
  try {
    return [...(await againstHandWritten(dir)), await atSize(dir), ...(await inProcesses(dir))]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[values.length >> 1]!

async function againstHandWritten(dir: string): Promise<ClaimRow[]> {
  const rows: ClaimRow[] = []
  for (const synchronous of ['NORMAL', 'FULL'] as const) {
    const file = path.join(dir, `store-${synchronous}.db`)
    await fillStore(file, 1, 10_000)
    const subjects = [await storeSubject(file, 'run-0', synchronous), await handWritten(path.join(dir, `peer-${synchronous}.db`), 10_000, synchronous)]
    // In short turns, so that what else the machine does falls on both alike; the first turn warms up.
    const rates: number[][] = subjects.map(() => [])
    const turn = 200
    for (let first = 0; first < steps + turn; first += turn) {
      for (const [index, subject] of subjects.entries()) {
        const rate = await rateOf(subject, first, turn)
        if (first > 0) rates[index]!.push(rate)
      }
    }
    for (const subject of subjects) await subject.close()
    const [ours, peer] = rates.map(median) as [number, number]
    rows.push({
      name: `claim and complete, synchronous ${synchronous}`, ratio: ours / peer, goal: 0.5, atLeast: true,
      detail: `${ours.toFixed(0)} a second, a hand-written loop ${peer.toFixed(0)}`,
    })
  }
  return rows
}

async function rateOf(subject: Subject, first: number, count: number): Promise<number> {
  const start = performance.now()
  for (let step = first; step < first + count; step++) {
    await subject.claim(step)
    await subject.complete(step)
  }
  return (count / (performance.now() - start)) * 1_000
}

async function atSize(dir: string): Promise<ClaimRow> {
  const subjects: Subject[] = []
  for (const [name, runs] of [['small', 1], ['large', 1_000]] as const) {
    const file = path.join(dir, `${name}.db`)
    await fillStore(file, runs, 1_000)
    subjects.push(await storeSubject(file, `run-${runs >> 1}`, 'NORMAL'))
  }
  const times: number[][] = [[], []]
  for (let step = 0; step < 1_000; step++) {
    for (const [index, subject] of subjects.entries()) {
      const start = performance.now()
      await subject.claim(step)
      if (step >= 100) times[index]!.push(performance.now() - start)
      await subject.complete(step)
    }
  }
  for (const subject of subjects) await subject.close()
  const [small, large] = times.map(median) as [number, number]
  return { name: 'claim at 1 M phases against 1 k', ratio: large / small, goal: 1.3, detail: `p50 ${large.toFixed(3)} ms against ${small.toFixed(3)} ms` }
}

async function inProcesses(dir: string): Promise<ClaimRow[]> {
  const file = path.join(dir, 'shared.db')
  await fillStore(file, processes, 20_000)
  const worker = path.join(import.meta.dirname, 'claim', 'worker.ts')
  const children = Array.from({ length: processes }, (_, index) => fork(worker, [file, `run-${index}`, String(processMs)]))
  await Promise.all(children.map((child) => once(child, 'message')))
  const results = (await Promise.all(children.map((child) => {
    const answer = once(child, 'message')
    child.send('go')
    return answer
  }))).map(([result]) => result as { count: number; worst: number })
  const counts = results.map((result) => result.count)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  const worst = Math.max(...results.map((result) => result.worst))
  return [
    { name: `${processes} processes on one file: least to most`, ratio: least / most, goal: 0.6, atLeast: true, detail: `${least} to ${most} claims in ${processMs / 1_000} s` },
    { name: `${processes} processes on one file: worst claim`, ratio: worst, goal: 100, unit: 'ms', detail: 'longest wait of any process' },
  ]
}

if (import.meta.main) {
  for (const row of await bench())
    console.log(`${row.name}  ${row.ratio.toFixed(2)}  ${row.atLeast ? '>=' : '<='} ${row.goal}${row.unit ?? ''}  ${(row.atLeast ? row.ratio >= row.goal : row.ratio <= row.goal) ? 'ok' : 'miss'}  ${row.detail ?? ''}`)
}
