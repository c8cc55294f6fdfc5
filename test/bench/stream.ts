import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRedactor } from '../../core/process/redact.ts'
import { createProcessRunner } from '../../core/process/run.ts'
import { systemRuntime } from '../../core/runtime.ts'

/** Mebibytes of output of the large run; `AUTOPACK_BENCH_MIB` lowers it. */
const mebibytes = Number(process.env['AUTOPACK_BENCH_MIB'] ?? 1024)
/** Even: each subject goes first as often as the other, for the second writes while the disk is still busy with the first. */
const repetitions = 4
const line = '2026-01-02T03:04:05.678Z [build] packages/core/src/index.ts(12,34): compiled module 0x7ffdeadbeef in 123ms'
const self = fileURLToPath(import.meta.url)

const producer = (size: number) => `yes '${line}' | head -c ${size * 1024 * 1024}`
const median = (values: number[]) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]!
/** What else the machine does can only add time. */
const best = (values: number[]) => Math.min(...values)

/** One gigabyte of child output into a log with the tail kept: its time against a shell's redirect, its memory against that for one mebibyte. */
export async function bench(): Promise<{ name: string; ratio: number; goal: number; unit?: string; detail?: string }[]> {
  const times = JSON.parse(measured('times', mebibytes)) as { redirect: number[]; ours: number[]; redacting: number }
  const memory = (size: number) => median(Array.from({ length: repetitions }, () => Number(measured('memory', size))))
  const [small, large] = [memory(1), memory(mebibytes)]
  const [redirect, ours] = [best(times.redirect), best(times.ours)]
  const perSecond = (milliseconds: number) => `${Math.round(mebibytes / (milliseconds / 1_000))} MiB/s`
  return [
    {
      name: `stream ${mebibytes} MiB to a log, against a shell redirect`,
      ratio: ours / redirect,
      goal: 1.1,
      unit: 'x',
      detail: `${perSecond(ours)} against ${perSecond(redirect)}; with the search for secrets afterwards ${perSecond(times.redacting)} (${(times.redacting / redirect).toFixed(1)} x)`,
    },
    {
      name: `memory at ${mebibytes} MiB above that at 1 MiB`,
      ratio: (large - small) / 1024,
      goal: 2,
      unit: 'MiB',
      detail: `${Math.round(large / 1024)} against ${Math.round(small / 1024)} MiB`,
    },
  ]
}

/** Each measurement has a process of its own, so that none inherits memory or a warm cache of code from another. */
function measured(mode: string, size: number): string {
  return execFileSync(process.execPath, [self, mode, String(size)], { encoding: 'utf8', maxBuffer: 1024 * 1024 })
}

async function measure(mode: string, size: number): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'autopack-bench-'))
  const env = { PATH: process.env['PATH']! }
  const runtime = systemRuntime()
  const plain = createProcessRunner({ runtime })
  const redacting = createProcessRunner({ runtime, redactor: createRedactor() })
  const logPath = join(folder, 'out.log')
  const timed = async (work: () => Promise<unknown>) => {
    rmSync(logPath, { force: true })
    const start = performance.now()
    await work()
    return performance.now() - start
  }
  const ours = (runner: typeof plain, amount: number) => timed(() => runner({ command: { shell: producer(amount) }, cwd: folder, env, logPath, timeoutMs: 3_600_000, idleMs: 600_000, onLine: () => undefined }))
  const redirect = () => timed(() => once(spawn('sh', ['-c', `{ ${producer(size)}; } > '${logPath}'`], { stdio: 'ignore', env }), 'exit'))
  try {
    // Imports are paid once for a whole run of Autopack: not here.
    await ours(plain, 1)
    if (mode === 'memory') {
      await ours(plain, size)
      return process.resourceUsage().maxRSS
    }
    const times = { redirect: [] as number[], ours: [] as number[], redacting: 0 }
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const turns = [async () => times.redirect.push(await redirect()), async () => times.ours.push(await ours(plain, size))]
      for (const turn of repetition % 2 === 0 ? turns : turns.toReversed()) await turn()
    }
    times.redacting = await ours(redacting, size)
    return times
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const [mode, size] = process.argv.slice(2)
  if (mode !== undefined) console.log(JSON.stringify(await measure(mode, Number(size))))
  else for (const row of await bench()) console.log(`${row.name}: ${row.ratio.toFixed(2)} ${row.unit ?? 'x'} (goal ${row.goal}); ${row.detail ?? ''}`)
}
