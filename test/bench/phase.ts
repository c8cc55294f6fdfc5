/**
 * What a phase costs beyond what it runs: against two spawns with logs and two transactions, against the same with the git commands that a commit
 * in a worktree cannot do without, and in memory. Run directly, or through `npm run bench -- phase`.
 */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { makeProject } from '../support/project.ts'
import { createFloor } from './phase/floor.ts'
import { watchGit } from './phase/git-clock.ts'
import { createRawGit } from './phase/raw-git.ts'
import { config, openSubject, plan } from './phase/subject.ts'
import type { BenchResult } from './run.ts'

const rounds = 6
const phases = 12
const memorySizes = [100, 2_000] as const

export async function bench(): Promise<BenchResult[]> {
  return [...(await overhead()), ...memory()]
}

const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[values.length >> 1]!

async function overhead(): Promise<BenchResult[]> {
  const runs = Array.from({ length: rounds + 1 }, (_, index) => `round-${index}`)
  const files = Object.fromEntries(runs.map((run) => [`plans/${run}.json`, JSON.stringify(plan(run, phases))]))
  await using project = await makeProject({ leakCheck: false, files: { 'autopack.config.mjs': config, 'work/a.txt': 'start\n', ...files } })
  await using subject = await openSubject(project)
  await using durable = await createFloor(path.join(project.base, 'floor-full'), 'FULL')
  await using quick = await createFloor(path.join(project.base, 'floor-normal'), 'NORMAL')
  await using raw = await createRawGit(project)
  const times: Record<'ours' | 'git' | 'durable' | 'quick' | 'raw', number[]> = { ours: [], git: [], durable: [], quick: [], raw: [] }
  let spawns = 0
  for (const [round, run] of runs.entries()) {
    // In turn, so that whatever else the machine does falls on all alike; the first round warms up.
    const git = watchGit()
    const ours = await subject.drain(run, git)
    git.stop()
    const full = await timePer(phases, () => durable.phase())
    const normal = await timePer(phases, () => quick.phase())
    const commands = await timePer(phases, () => raw.phase())
    if (round === 0) continue
    times.ours.push(ours.perPhase)
    times.git.push(ours.gitPerPhase)
    times.durable.push(full)
    times.quick.push(normal)
    times.raw.push(commands)
    spawns = ours.gitCommands
  }
  const [ours, git, full, normal, commands] = [times.ours, times.git, times.durable, times.quick, times.raw].map(median) as [number, number, number, number, number]
  const ms = (value: number): string => `${value.toFixed(1)} ms`
  return [
    {
      name: 'a phase without git', ratio: (ours - git) / full, goal: 1.5,
      detail: `${ms(ours - git)} (a whole phase ${ms(ours)} less the time in which a git command ran, ${ms(git)}; what ran beside git is not counted) against ${ms(full)}: two execa spawns with logs and two transactions, synchronous FULL as in ours; NORMAL ${ms(normal)}`,
    },
    {
      name: 'a phase with a commit in a worktree', ratio: ours / (full + commands), goal: 1.5,
      detail: `${ms(ours)} with ${spawns.toFixed(1)} git commands against ${ms(full)} and the ${raw.commands} git commands that cannot be avoided, ${ms(commands)}`,
    },
  ]
}

async function timePer(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  for (let index = 0; index < count; index++) await work()
  return (performance.now() - start) / count
}

/** Peak memory of a process that drains so many phases, beside an empty one: each in a process of its own. */
function memory(): BenchResult[] {
  const peak = (size: number): number => {
    const worker = spawnSync(process.execPath, [path.join(import.meta.dirname, 'phase', 'memory.ts'), String(size)], { encoding: 'utf8', maxBuffer: 1 << 26 })
    const value = Number(worker.stdout.trim().split('\n').at(-1))
    if (worker.status !== 0 || !(value > 0)) throw new Error(`the drain of ${size} phases failed: ${worker.stderr}`)
    return value
  }
  const empty = Number(spawnSync(process.execPath, ['-p', 'process.resourceUsage().maxRSS / 1024'], { encoding: 'utf8' }).stdout)
  const [few, many] = memorySizes.map(peak) as [number, number]
  const mebibytes = (value: number): string => `${value.toFixed(0)} MiB`
  const [small, large] = memorySizes
  return [
    { name: `memory after ${large} phases against ${small}`, ratio: many / few, goal: 1.2, detail: `peak ${mebibytes(many)} against ${mebibytes(few)}, of a drain from the sources, whose types Node strips in the same process` },
    { name: `memory after ${large} phases against an empty node`, ratio: many / empty, goal: 2, detail: `${mebibytes(many)} against ${mebibytes(empty)}` },
  ]
}

if (import.meta.main) {
  for (const row of await bench()) console.log(`${row.name}  ${row.ratio.toFixed(2)}  <= ${row.goal}  ${row.ratio <= row.goal ? 'ok' : 'miss'}  ${row.detail ?? ''}`)
}
