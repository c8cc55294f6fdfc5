/**
 * A project whose builder runs a script of the test for each phase: whole runs, read back as events. In this process (`runHere`), or, where the process
 * is what is tested, through the real command line (`autopackRun`).
 *
 *   await using project = await makeProject(...)
 *   await prepare(project, { phases: { add: 'echo one > src/a.txt' } })
 *   const run = await runHere(project)
 *   assert.is(run.phase('add').outcome, 'complete')
 */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AutopackEvent } from '../../core/model/events.ts'
import type { DrainReport } from '../../core/model/drain-report.ts'
import type { PlanInput } from '../../core/model/plan.ts'
import type { Receipt } from '../../core/model/receipt.ts'
import { runInside } from './cli.ts'
import type { InsideOptions } from './cli.ts'
import { writeFiles } from './project.ts'
import type { CommandOptions, CommandResult, TestProject } from './project.ts'

export type PhaseFinished = Extract<AutopackEvent, { type: 'phase-finished' }>
type PlanPhase = PlanInput['phases'][number]

export interface Preparation {
  /** Phase id → its builder, a script of sh, with the rest of the phase where that matters. */
  phases: Record<string, string | ({ build: string } & Partial<Omit<PlanPhase, 'id'>>)>
  /** The rest of the plan. */
  plan?: Partial<Omit<PlanInput, 'phases'>>
  /** Source text of further entries of the config, such as `protect: ['locked/**'],`. */
  config?: string
  /** Source text in front of the config. */
  imports?: string
  /** Where config and plan go, relative to the project's folder. Default: there. */
  folder?: string
}

/** The folder of builders and of whatever they tell: beside the project, so outside every worktree and every write scope. */
export const outside = (project: TestProject, ...parts: string[]): string => join(project.base, 'outside', ...parts)

/** Writes config, plan `r` and builders; commits nothing. */
export async function prepare(project: TestProject, preparation: Preparation): Promise<void> {
  const folder = preparation.folder === undefined ? '' : `${preparation.folder}/`
  await project.write({
    // Not .ts: for the first file of a process whose types are to be stripped, Node loads a compiler, which takes longer than the rest of the config.
    [`${folder}autopack.config.mjs`]: configText(project, preparation),
    [`${folder}runs/r.json`]: `${JSON.stringify(planOf(preparation), null, 2)}\n`,
  })
  await writeFiles(outside(project), Object.fromEntries(Object.entries(preparation.phases).map(([id, phase]) => [id, typeof phase === 'string' ? phase : phase.build])))
}

function planOf({ plan, phases }: Preparation): PlanInput {
  return {
    id: 'r', ...plan,
    phases: Object.entries(phases).map(([id, phase]) => {
      const { build: _build, ...rest } = typeof phase === 'string' ? { build: phase } : phase
      return { id, goal: `Do ${id}`, ...rest }
    }),
  }
}

function configText(project: TestProject, { config, imports }: Preparation): string {
  return `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'
${imports ?? ''}
const outside = ${JSON.stringify(outside(project))}

export default defineConfig({
  project: 'p',
  builder: command({ run: ['sh', outside + '/{phase}'] }),
  env: { set: { OUTSIDE: outside, MAIN: ${JSON.stringify(project.dir)} } },
  ${config ?? ''}
})
`
}

export interface RunResult {
  exitCode: number
  stdout: string
  stderr: string
  events: AutopackEvent[]
  notices: string[]
  /** Missing when the command ended before it drained anything. */
  report: DrainReport | undefined
  /** The last end of a phase in this command. */
  phase(id: string): PhaseFinished
  /** Every phase that ended in this command: `complete`, or its class, or its outcome. */
  outcomes: Record<string, string>
}

/** `autopack run --json` in a process of its own, with what it told. */
export async function autopackRun(project: TestProject, args: readonly string[] = [], options?: CommandOptions): Promise<RunResult> {
  return resultOf(await project.cli(['run', '--json', ...args], options))
}

/** The same in this process: where what is tested is the run, and not the process that does it. */
export async function runHere(project: TestProject, args: readonly string[] = [], options?: InsideOptions): Promise<RunResult> {
  return resultOf(await runInside(project, ['run', '--json', ...args], options))
}

function resultOf(result: CommandResult): RunResult {
  const events = result.stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as AutopackEvent)
  const finished = events.filter((event) => event.type === 'phase-finished')
  return {
    ...result, events,
    notices: events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])),
    report: events.find((event) => event.type === 'drain-finished')?.report,
    phase(id) {
      const found = finished.findLast((event) => event.phase === id)
      if (!found) throw new Error(`phase ${id} did not end:\n${result.stdout}\n${result.stderr}`)
      return found
    },
    outcomes: Object.fromEntries(finished.map((event) => [event.phase, event.classification?.class ?? event.outcome])),
  }
}

export async function receiptOf(event: Pick<PhaseFinished, 'attemptDir'>): Promise<Receipt> {
  return JSON.parse(await readFile(join(event.attemptDir, 'receipt.json'), 'utf8')) as Receipt
}

/** What stands in a file of the folder outside; '' when there is none. */
export async function told(project: TestProject, name: string): Promise<string> {
  return await readFile(outside(project, name), 'utf8').catch(() => '')
}

export interface StatusPhase { id: string; state: string; attempts: number; class: string | null; title: string | null }

/** State of each phase of run `r`, as `autopack status --json` tells it. */
export async function statusOf(project: TestProject, options?: InsideOptions): Promise<Record<string, StatusPhase>> {
  const { stdout } = await runInside(project, ['status', '--json'], options)
  const { runs } = JSON.parse(stdout) as { runs: { id: string; phases: StatusPhase[] }[] }
  return Object.fromEntries((runs.find(({ id }) => id === 'r')?.phases ?? []).map((phase) => [phase.id, phase]))
}

/** Everything of a repository that belongs to people and not to a run: compared as one text before and after. */
export async function repositoryState(project: TestProject): Promise<string> {
  const parts = [
    await project.git('status', '--porcelain', '--untracked-files=all'),
    await project.git('symbolic-ref', 'HEAD'),
    await otherRefs(project),
    await project.git('stash', 'list', '--format=%H %gs'),
    await project.git('config', '--local', '--list'),
  ]
  for (const folder of ['hooks', 'info']) {
    for (const name of (await readdir(project.path('.git', folder))).sort()) {
      const file = project.path('.git', folder, name)
      // `info/refs` is rewritten by every `git gc`.
      if (folder + name !== 'inforefs') parts.push(`${folder}/${name} ${(await stat(file)).mode.toString(8)} ${createHash('sha256').update(await readFile(file)).digest('hex')}`)
    }
  }
  return parts.join('\n---\n')
}

async function otherRefs(project: TestProject): Promise<string> {
  const refs = await project.git('for-each-ref', '--format=%(refname) %(objectname)')
  return refs.split('\n').filter((line) => !/^refs\/(?:heads\/)?autopack\//.test(line)).join('\n')
}
