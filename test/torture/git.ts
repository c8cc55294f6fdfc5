/** Fails each of the calls of git that a run makes, in turn: each time the run ends or goes on in an orderly way, and the next one brings the work home. */
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { callOf, countOfCalls, gitFailingWhere } from '../support/failing-git.ts'
import type { TestProject } from '../support/project.ts'
import { inspectAtEnd, inspectAtRest } from './inspect.ts'
import { makeWorld } from './world.ts'

/** One run suffices: what differs is which call fails. `three` has no phase that fails of itself. */
const runs = ['three']

export async function failGit(problems: string[], tell: (line: string) => void): Promise<string> {
  const ends = new Map<number, number>()
  const calls = await countCalls()
  for (let failing = 1; failing <= calls; failing++) {
    await using project = await makeWorld(runs)
    const PATH = await gitFailingWhere(project, `[ "$number" -eq ${failing} ]`)
    const { exitCode, stdout, stderr } = await project.cli(['drain', '--json'], { env: { PATH } })
    ends.set(exitCode, (ends.get(exitCode) ?? 0) + 1)
    const found = [...(await inspectAtRest(project)), ...blamed(project)]
    if (exitCode !== 0 && exitCode !== 4) found.push(`exit ${exitCode}: ${stderr}`)
    if (exitCode === 4 && !`${stdout}${stderr}`.includes('the disk does not answer')) found.push(`nothing tells what git said: ${stderr}`)
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
  return `each of the ${calls} calls of a run failed once; exit codes ${[...ends].sort().map(([code, times]) => `${code} ${times} times`).join(', ')}; no phase was blamed, and nothing charged`
}

/** Phases that paid for what git did. */
function blamed(project: TestProject): string[] {
  const file = project.path('.autonomous_runs/autopack.db')
  if (!existsSync(file)) return []
  const database = new DatabaseSync(file)
  try {
    const ask = (sql: string) => database.prepare(sql).all() as { run: string; phase: string; number: number; outcome: string }[]
    if (ask(`select name from sqlite_master where name = 'attempts'`).length === 0) return []
    return ask(`select run, phase, number, outcome from attempts where outcome != 'complete' and (charged = 1 or classification is not null)`)
      .map(({ run, phase, number, outcome }) => `${run} ${phase}: attempt ${number} is ${outcome}, and was blamed or charged`)
  } finally {
    database.close()
  }
}

async function countCalls(): Promise<number> {
  await using project = await makeWorld(runs)
  await project.cli(['drain', '--json'], { env: { PATH: await gitFailingWhere(project, 'false') } })
  return await countOfCalls(project)
}
