/** Fails each of the calls of git that a run makes, in turn: each time the run ends or goes on in an orderly way, and the next one brings the work home. */
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { delimiter } from 'node:path'
import { findOnPath } from '../../core/cli/find-program.ts'
import { writeFiles } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { outside } from '../support/run-project.ts'
import { inspectAtEnd, inspectAtRest } from './inspect.ts'
import { makeWorld } from './world.ts'

/** One run suffices: what differs is which call fails. `three` has no phase that fails of itself. */
const runs = ['three']

export async function failGit(problems: string[], tell: (line: string) => void): Promise<string> {
  const ends = new Map<number, number>()
  const calls = await countCalls()
  for (let failing = 1; failing <= calls; failing++) {
    await using project = await makeWorld(runs)
    const PATH = await counting(project, failing)
    const { exitCode, stderr } = await project.cli(['drain', '--json'], { env: { PATH } })
    ends.set(exitCode, (ends.get(exitCode) ?? 0) + 1)
    if (exitCode !== 0 && exitCode !== 4) tell(`git: exit ${exitCode} when it fails at ${await callOf(project, failing)}`)
    const found = await inspectAtRest(project)
    if (/\n {4}at /.test(stderr)) found.push(`a stack trace: ${stderr}`)
    if (found.length === 0) {
      const after = await project.cli(['drain', '--json'])
      if (after.exitCode !== 0) found.push(`the drain after it ended with ${after.exitCode}: ${after.stderr}${after.stdout.slice(-800)}`)
      found.push(...(await inspectAtEnd(project, runs)))
    }
    const call = await callOf(project, failing)
    problems.push(...found.map((problem) => `call ${failing} of git (${call}): ${problem}`))
    if (failing % 20 === 0) tell(`git: ${failing} of ${calls} calls`)
  }
  return `each of the ${calls} calls of a run failed once; exit codes ${[...ends].sort().map(([code, times]) => `${code} ${times} times`).join(', ')}`
}

const callOf = (project: TestProject, number: number): Promise<string> => readFile(outside(project, 'calls', String(number), 'arguments'), 'utf8').catch(() => 'a call that was never made')

async function countCalls(): Promise<number> {
  await using project = await makeWorld(runs)
  await project.cli(['drain', '--json'], { env: { PATH: await counting(project, 0) } })
  return (await readdir(outside(project, 'calls'))).length
}

/** A git that puts its calls on record, a file each, and ends one of them as a crash of it would. Returns the PATH that finds it. */
async function counting(project: TestProject, failing: number): Promise<string> {
  const real = (await findOnPath('git', project.env))!
  const calls = outside(project, 'calls')
  // Some run at the same time: a folder is made by one of them only.
  const script = `#!/bin/sh
number=$(( $(ls '${calls}' | wc -l) + 1 ))
until mkdir '${calls}'/$number 2> /dev/null; do number=$((number + 1)); done
printf '%s' "$*" | tr '\\n' ' ' | tail -c 160 > '${calls}'/$number/arguments
if [ "$number" -eq ${failing} ]; then echo "fatal: the disk does not answer" >&2; exit 128; fi
exec '${real}' "$@"
`
  await writeFiles(outside(project), { 'bin/git': script })
  await mkdir(calls)
  await chmod(outside(project, 'bin/git'), 0o755)
  return [outside(project, 'bin'), project.env['PATH']].join(delimiter)
}
