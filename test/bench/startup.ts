/** How long the command line takes to start, beside an empty Node. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cliPath, makeProject, repositoryRoot } from '../support/project.ts'
import type { BenchResult } from './run.ts'

const rounds = 20
const phases = 1_000

export async function bench(): Promise<BenchResult[]> {
  const built = join(repositoryRoot, 'dist/core/cli/bin.js')
  // What a user runs is the built package; the sources are the next best.
  const cli = existsSync(built) ? built : cliPath
  await using project = await makeProject({ leakCheck: false, files: { 'autopack.config.mjs': config, 'plan.json': JSON.stringify(plan()) } })
  const base = { cwd: project.dir, env: project.env as NodeJS.ProcessEnv, encoding: 'utf8' } as const
  // Imports all phases and builds one of them.
  const prepared = spawnSync(process.execPath, [cli, 'drain', '--batch-size', '1'], base)
  const stored = spawnSync(process.execPath, [cli, 'status', '--json'], base)
  if (stored.status !== 0 || countPhases(stored.stdout) !== phases) throw new Error(`the ${phases} phases were not imported: ${prepared.stdout}${prepared.stderr}${stored.stderr}`)

  const time = (args: readonly string[]): number => {
    const begun = performance.now()
    const { status, stderr } = spawnSync(process.execPath, args, { ...base, stdio: ['ignore', 'ignore', 'pipe'] })
    if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`)
    return performance.now() - begun
  }
  const commands: Record<string, readonly string[]> = { empty: ['-e', '0'], version: [cli, '--version'], help: [cli, '--help'], status: [cli, 'status'] }
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(commands).map((name) => [name, []]))
  // In turn, so that whatever else the machine does falls on all alike; the first round warms caches and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, args] of Object.entries(commands)) {
      const milliseconds = time(args)
      if (round > 0) times[name]!.push(milliseconds)
    }
  }
  const [empty, version, help, status] = ['empty', 'version', 'help', 'status'].map((name) => median(times[name]!)) as [number, number, number, number]
  const detail = (milliseconds: number): string => `${milliseconds.toFixed(0)} ms beside node -e 0 ${empty.toFixed(0)} ms, ${cli === built ? 'dist' : 'sources'}`
  return [
    { name: 'autopack --version', ratio: version / empty, goal: 1.3, detail: detail(version) },
    { name: 'autopack --help', ratio: help / empty, goal: 1.3, detail: detail(help) },
    { name: `autopack status, ${phases} phases`, ratio: status / empty, goal: 5, detail: detail(status) },
  ]
}

const config = `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'
export default defineConfig({ project: 'bench', plans: ['plan.json'], builder: command({ run: ['true'] }), workspace: { dir: '../worktrees' } })
`

function plan(): unknown {
  return { id: 'bench-20260101', phases: Array.from({ length: phases }, (_, index) => ({ id: `phase-${index}`, goal: `Do thing ${index}`, scope: { paths: [`src/${index}.js`] } })) }
}

function countPhases(json: string): number {
  return (JSON.parse(json) as { runs: { phases: unknown[] }[] }).runs.reduce((sum, run) => sum + run.phases.length, 0)
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)]!
}
