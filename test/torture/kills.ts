/**
 * Kills drains at random moments, each followed by a drain that goes on, until the backlog is done; then looks at everything. A moment is a number of
 * events, so that every stage is hit on a fast machine and on a slow one.
 */
import type { RunningCommand, TestProject } from '../support/project.ts'
import { processesIn } from '../support/processes.ts'
import { inspectAtEnd, inspectAtRest } from './inspect.ts'
import type { Random } from './random.ts'
import { makeWorld, runIds } from './world.ts'

export interface Toll {
  kills: number
  /** The supervisor alone: its builders and checks live on. */
  orphaned: number
  worlds: number
  /** Of these, in how many phases of one run were executed at once. */
  beside: number
  /** Killed beside another drain of the same store, which went on. */
  companions: number
  /** Attempts that recovery ended. */
  recovered: number
  /** Stage in which an attempt was killed → how often. */
  stages: Map<string, number>
  problems: string[]
}

/** Kills of one world: more of them would use up the attempts that a phase has for good. */
const mostInOneWorld = 7
/** Of the 250 lines or so that a drain of a fresh world prints: one that goes on with a world prints fewer. */
const linesOfAWorld = 160

export async function torture(count: number, random: Random, tell: (line: string) => void): Promise<Toll> {
  const toll: Toll = { kills: 0, orphaned: 0, worlds: 0, beside: 0, companions: 0, recovered: 0, stages: new Map(), problems: [] }
  while (toll.kills < count && toll.problems.length === 0) {
    // In every other world phases of one run are at work beside each other.
    const phaseParallelism = 1 + (toll.worlds++ % 2)
    await using project = await makeWorld(runIds, phaseParallelism)
    if (phaseParallelism > 1) toll.beside++
    const wanted = Math.min(random.between(1, mostInOneWorld), count - toll.kills)
    for (let number = 0, tries = 0; number < wanted && tries < wanted * 2; tries++) {
      if (await drainAndKill(project, random, toll)) number++
      toll.problems.push(...(await inspectAtRest(project)))
      if (toll.problems.length > 0) break
    }
    if (toll.problems.length === 0) await drainToTheEnd(project, toll, phaseParallelism)
    tell(`world ${toll.worlds}: ${toll.kills} of ${count} kills, ${toll.recovered} attempts recovered${toll.problems.length > 0 ? `\n  ${toll.problems.join('\n  ')}\n  the store: ${project.path('.autonomous_runs/autopack.db')}` : ''}`)
  }
  return toll
}

/** Returns whether it was killed before its end. */
async function drainAndKill(project: TestProject, random: Random, toll: Toll): Promise<boolean> {
  // Another drain of the same store, which lives on: it meets attempts that were left open while it is at work.
  const other = random.below(3) === 0 ? project.startCli(['drain', '--json']) : undefined
  if (other) await other.waitFor(/"drain-started"/).catch(() => undefined)
  // A session that is over, or that somebody works on, cannot be gone on with: then a new one begins.
  const args = random.below(2) === 0 && other === undefined ? ['drain', '--json', '--resume'] : ['drain', '--json']
  const running = project.startCli(args)
  const lines = random.below(linesOfAWorld)
  const soon = random.below(30)
  const enough = await running.waitFor(new RegExp(`^(?:[^\\n]*\\n){${lines}}`)).then(() => true, () => false)
  const told = running.output()
  if (!enough) {
    const { stderr, exitCode } = await running.result
    if (exitCode === 2 && /no session|session-not-found|session-ended/.test(stderr)) return false
    if (![0, 1, 3].includes(exitCode)) toll.problems.push(`${args.join(' ')} ended with ${exitCode}: ${stderr}${told.stdout.slice(-600)}`)
    if (other) await endOf(other, toll)
    return false
  }
  // Between two lines, too.
  await new Promise((resolve) => setTimeout(resolve, soon))
  const alone = other !== undefined || random.below(3) === 0
  // It may have come to its end meanwhile, and what it leaves is looked at as after a kill.
  kill(running.pid)
  if (!alone) for (let left = processesIn(project.base); left.length > 0; left = processesIn(project.base)) for (const { pid } of left) kill(pid)
  await running.result.catch(() => undefined)
  if (other) await endOf(other, toll)
  toll.kills++
  if (alone) toll.orphaned++
  note(running.output().stdout, toll)
  return true
}

/** It may leave work to do: a phase that it gave up as somebody else's. */
async function endOf(other: RunningCommand, toll: Toll): Promise<void> {
  const { exitCode, stdout, stderr } = await other.result
  toll.companions++
  if (![0, 1, 3].includes(exitCode)) toll.problems.push(`the drain beside it ended with ${exitCode}: ${stderr}${stdout.slice(-600)}`)
  note(stdout, toll)
}

/** What was under way when it ended, and what the drain had taken up from the one before. */
function note(stdout: string, toll: Toll): void {
  const stages = new Map<string, string>()
  for (const line of stdout.split('\n')) {
    // The last one may be cut off.
    if (!line.startsWith('{') || !line.endsWith('}')) continue
    const event = JSON.parse(line) as { type: string; run?: string; phase?: string; stage?: string; message?: string }
    if (event.type === 'stage-started') stages.set(`${event.run}/${event.phase}`, event.stage!)
    if (event.type === 'phase-finished') stages.delete(`${event.run}/${event.phase}`)
    if (event.type === 'notice' && event.message?.startsWith('recovered ')) toll.recovered++
  }
  for (const stage of stages.values()) toll.stages.set(stage, (toll.stages.get(stage) ?? 0) + 1)
}

async function drainToTheEnd(project: TestProject, toll: Toll, phaseParallelism: number): Promise<void> {
  const ended = await project.cli(['drain', '--json'])
  note(ended.stdout, toll)
  // The hopeless phase has failed; once it has used up all the attempts it ever gets, there is nothing left that a drain would select, which is 3.
  if (ended.exitCode !== 1 && ended.exitCode !== 3) toll.problems.push(`the last drain ended with ${ended.exitCode}: ${ended.stderr}${ended.stdout.slice(-1_500)}`)
  toll.problems.push(...(await inspectAtEnd(project, runIds, phaseParallelism)))
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Ended meanwhile.
  }
}
