/**
 * What a phase costs beyond what it runs: in folders instead of worktrees, against two spawns with logs and two transactions; in worktrees, against the
 * same with the git commands that a commit there cannot do without; and in memory. Run directly, or through `npm run bench -- phase`.
 */
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { makeProject } from '../support/project.ts'
import { createFloor } from './phase/floor.ts'
import { createFolderWorkspaces } from './phase/folder-workspace.ts'
import { watchGit } from './phase/git-clock.ts'
import { measured, peakOfFloor, peakOfRun } from './phase/memory.ts'
import { createRawGit } from './phase/raw-git.ts'
import { config, openSubject, plan } from './phase/subject.ts'
import type { BenchResult } from './run.ts'

const rounds = 6
const phases = 12
/** `AUTOPACK_BENCH_PHASES` sets the large one: two thousand take some minutes. */
const memorySizes = [100, Number(process.env['AUTOPACK_BENCH_PHASES'] ?? 2_000)] as const

export async function bench(): Promise<BenchResult[]> {
  // As core/cli/bin.ts does: both sides start their commands from this one process, and what that costs depends on its size.
  setFlagsFromString('--semi-space-growth-factor=1')
  return [...(await overhead()), ...(await memory())]
}

const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[values.length >> 1]!

async function overhead(): Promise<BenchResult[]> {
  const runs = Array.from({ length: rounds + 1 }, (_, index) => ({ bare: `bare-${index}`, whole: `whole-${index}` }))
  const files = Object.fromEntries(runs.flatMap(({ bare, whole }) => [bare, whole]).map((run) => [`plans/${run}.json`, JSON.stringify(plan(run, phases))]))
  await using project = await makeProject({ leakCheck: false, files: { 'autopack.config.mjs': config, 'work/a.txt': 'start\n', ...files } })
  await using subject = await openSubject(project)
  await using durable = await createFloor(path.join(project.base, 'floor-full'), 'FULL')
  await using quick = await createFloor(path.join(project.base, 'floor-normal'), 'NORMAL')
  await using raw = await createRawGit(project)
  const folders = await createFolderWorkspaces(project, phases)
  const times: Record<'bare' | 'whole' | 'git' | 'durable' | 'quick' | 'raw', number[]> = { bare: [], whole: [], git: [], durable: [], quick: [], raw: [] }
  let spawns = 0
  for (const [round, { bare, whole }] of runs.entries()) {
    // In turn, so that whatever else the machine does falls on all alike; the first round warms up.
    const git = watchGit()
    const without = await subject.drain(bare, git, folders)
    const ours = await subject.drain(whole, git)
    git.stop()
    if (without.gitCommands > 0) throw new Error(`${without.gitCommands} git commands in each phase that was to be without`)
    const full = await timePer(phases, () => durable.phase())
    const normal = await timePer(phases, () => quick.phase())
    const commands = await timePer(phases, () => raw.phase())
    if (round === 0) continue
    times.bare.push(without.perPhase)
    times.whole.push(ours.perPhase)
    times.git.push(ours.gitPerPhase)
    times.durable.push(full)
    times.quick.push(normal)
    times.raw.push(commands)
    spawns = ours.gitCommands
  }
  const [bare, whole, git, full, normal, commands] = [times.bare, times.whole, times.git, times.durable, times.quick, times.raw].map(median) as [number, number, number, number, number, number]
  const ms = (value: number): string => `${value.toFixed(1)} ms`
  return [
    {
      name: 'a phase without git', ratio: bare / full, goal: 1.5,
      detail: `${ms(bare)} against ${ms(full)}: two execa spawns with logs and two transactions, synchronous FULL as in ours; NORMAL ${ms(normal)}. One in a worktree, less the time in which git ran: ${ms(whole - git)}`,
    },
    {
      name: 'a phase with a commit in a worktree', ratio: whole / (full + commands), goal: 1.5,
      detail: `${ms(whole)} with ${spawns.toFixed(1)} git commands against ${ms(full)} and the ${raw.commands} git commands that cannot be avoided, ${ms(commands)}`,
    },
  ]
}

async function timePer(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  for (let index = 0; index < count; index++) await work()
  return (performance.now() - start) / count
}

/** Peak memory of the command line that drains so many phases, beside the least that could do them: each in a process of its own. */
async function memory(): Promise<BenchResult[]> {
  const [small, large] = memorySizes
  const [leastOfFew, leastOfMany] = [peakOfFloor(small), peakOfFloor(large)]
  const few = await peakOfRun(small)
  const many = await peakOfRun(large)
  const mebibytes = (value: number): string => `${value.toFixed(0)} MiB`
  return [
    { name: `memory of a run of ${small} phases, against the floor`, ratio: few / leastOfFew, goal: 2, detail: `peak ${mebibytes(few)} (${measured}) against ${mebibytes(leastOfFew)}` },
    { name: `memory of a run of ${large} phases, against the floor`, ratio: many / leastOfMany, goal: 2, detail: `${mebibytes(many)} against ${mebibytes(leastOfMany)}` },
    { name: `memory of a run of ${large} phases against ${small}`, ratio: many / few, goal: 1.2, detail: `${mebibytes(many)} against ${mebibytes(few)}` },
  ]
}

if (import.meta.main) {
  for (const row of await bench()) console.log(`${row.name}  ${row.ratio.toFixed(2)}  <= ${row.goal}  ${row.ratio <= row.goal ? 'ok' : 'miss'}  ${row.detail ?? ''}`)
}
