import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { cliPath, makeProject, repositoryRoot } from '../../support/project.ts'
import { config, plan } from './subject.ts'

/** An hour for each thousand phases: a limit against standing still, not a measurement. */
const msPerPhase = 3_600

const built = path.join(repositoryRoot, 'dist/core/cli/bin.js')
/** What a user runs is the built package; the sources are the next best. */
const cli = existsSync(built) ? built : cliPath
export const measured = cli === built ? 'dist' : 'sources, whose types Node strips in the same process'

/** Peak memory in MiB of a command line that drains one run of so many phases. */
export async function peakOfRun(phases: number): Promise<number> {
  await using project = await makeProject({ leakCheck: false, files: { 'autopack.config.mjs': config, 'work/a.txt': 'start\n', 'plans/run.json': JSON.stringify(plan('run', phases)) } })
  const file = path.join(project.base, 'peak')
  const preload = `data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(${JSON.stringify(file)},String(process.resourceUsage().maxRSS)))`
  const { exitCode, stdout, stderr } = await project.run([process.execPath, '--import', preload, cli, 'run'], { limit: 60_000 + phases * msPerPhase })
  if (exitCode !== 0) throw new Error(`the drain of ${phases} phases ended with ${exitCode}: ${stdout.slice(-500)}${stderr.slice(-500)}`)
  return Number(readFileSync(file, 'utf8')) / 1024
}

/** Peak memory in MiB of the least that could do so many phases. */
export function peakOfFloor(phases: number): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, 'bare-floor.mjs'), String(phases)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the floor ended with ${status}: ${stderr}`)
  return Number(stdout) / 1024
}
