import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { createRedactor } from '../../core/process/redact.ts'
import { createProcessRunner } from '../../core/process/run.ts'
import { systemRuntime } from '../../core/runtime.ts'

const rounds = 400

/** One no-op command through the process runner, with all its limits and bookkeeping, against a raw spawn with a log. */
export async function bench(): Promise<{ name: string; ratio: number; goal: number; unit?: string; detail?: string }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'autopack-bench-'))
  const env = { PATH: process.env['PATH']! }
  const logPath = join(folder, 'out.log')
  const run = createProcessRunner({ runtime: systemRuntime(), redactor: createRedactor() })
  const withLog = async (work: (descriptor: number) => Promise<unknown>) => {
    const descriptor = openSync(logPath, 'a')
    const done = work(descriptor)
    closeSync(descriptor)
    await done
  }
  const subjects: Record<string, () => Promise<unknown>> = {
    raw: () => withLog((descriptor) => once(spawn('true', [], { stdio: ['ignore', descriptor, descriptor], detached: true, env }), 'exit')),
    execa: () => withLog((descriptor) => execa('true', { stdio: ['ignore', descriptor as 3, descriptor as 3], buffer: false, detached: true, extendEnv: false, env })),
    ours: () => run({ command: ['true'], cwd: folder, env, logPath, timeoutMs: 900_000, idleMs: 900_000, marker: 'bench', onSpawn: () => undefined, onLine: () => undefined }),
  }
  const times = new Map(Object.keys(subjects).map((name) => [name, [] as number[]]))
  try {
    // In turn, so that what else the machine does falls on all alike.
    for (let round = -20; round < rounds; round++) {
      for (const [name, subject] of Object.entries(subjects)) {
        const start = performance.now()
        await subject()
        if (round >= 0) times.get(name)!.push(performance.now() - start)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const median = (name: string) => times.get(name)!.sort((left, right) => left - right)[rounds / 2]!
  const [raw, withExeca, ours] = ['raw', 'execa', 'ours'].map(median) as [number, number, number]
  const detail = `raw ${raw.toFixed(2)} ms, execa ${withExeca.toFixed(2)} ms (${(withExeca / raw).toFixed(2)} x), ours ${ours.toFixed(2)} ms`
  return [{ name: 'one command, against a raw spawn', ratio: ours / raw, goal: 1.5, unit: 'x', detail }]
}

if (import.meta.main) for (const row of await bench()) console.log(`${row.name}: ${row.ratio.toFixed(2)} ${row.unit ?? 'x'} (goal ${row.goal}); ${row.detail ?? ''}`)
