/**
 * A project whose builder is a real agent that talks to a scripted model.
 *
 *   await using rig = await agentRig('claude', { script: [answer('I write it.', write('src/a.txt', 'one\n'))] })
 *   const run = await rig.run()
 *   assert.is(run.phase('edit').outcome, 'complete')
 */
import { readFile } from 'node:fs/promises'
import { delimiter, dirname } from 'node:path'
import type { PlanInput } from '../../../core/model/plan.ts'
import { startModelEndpoint, type ModelEndpoint, type Script } from '../model-endpoint/index.ts'
import { processesIn, thatStay } from '../processes.ts'
import { makeProject, type CommandOptions, type RunningCommand, type TestProject } from '../project.ts'
import { autopackRun, type RunResult } from '../run-project.ts'
import { agentProgram } from './install.ts'

export interface AgentRigOptions {
  script?: Script
  /** Options of the builder, as source text: `{ maxTurns: 1 }`. */
  options?: string
  /** The rest of the config, as source text. */
  config?: string
  /** Of the phase `edit`. Default: its scope is `src/`. */
  phase?: Partial<PlanInput['phases'][number]>
  files?: Record<string, string>
  env?: Record<string, string | undefined>
}

/** How an agent is pointed at the endpoint: variables, and files in its home. */
export type Pointing = (endpoint: ModelEndpoint) => { env: Record<string, string>; home?: Record<string, string> }

export interface AgentRig extends AsyncDisposable {
  project: TestProject
  endpoint: ModelEndpoint
  /** `autopack run --json`, in a process of its own. */
  run(args?: readonly string[], options?: CommandOptions): Promise<RunResult>
  /** The same, to be stopped in the middle. */
  start(): RunningCommand
  /** A file of an attempt at the phase. */
  file(name: string, attempt?: number): Promise<string>
}

/** An agent's own start takes seconds of a processor, and several of them work at once. */
const limitMs = 240_000

export async function agentRig(agent: string, pointing: Pointing, options: AgentRigOptions = {}): Promise<AgentRig> {
  const endpoint = await startModelEndpoint(options.script)
  const { env, home = {} } = pointing(endpoint)
  const program = await agentProgram(agent)
  const project = await makeProject({
    // Agents leave temporary files of their own.
    leakCheck: false,
    env: { PATH: [dirname(program), dirname(process.execPath), process.env['PATH']].join(delimiter), ...env, ...options.env },
    files: {
      'src/a.txt': 'zero\n',
      'autopack.config.ts': configText(agent, options),
      'runs/r.json': JSON.stringify({ id: 'r', phases: [{ id: 'edit', goal: 'Write one into src/a.txt', scope: { paths: ['src/'] }, ...options.phase }] }),
      ...options.files,
    },
  })
  await project.write(Object.fromEntries(Object.entries(home).map(([file, text]) => [`../home/${file}`, text])))
  return {
    project, endpoint,
    run: (args, given) => autopackRun(project, args, { limit: limitMs, ...given }),
    start: () => project.startCli(['run', '--json'], { limit: limitMs }),
    file: (name, attempt = 1) => readFile(project.path(`.autonomous_runs/p/runs/r/r/phases/01_edit/attempt-${attempt}`, name), 'utf8'),
    async [Symbol.asyncDispose]() {
      const left = await thatStay(() => processesIn(project.base))
      await endpoint[Symbol.asyncDispose]()
      await project[Symbol.asyncDispose]()
      if (left.length > 0) throw new Error(`left running: ${left.map((one) => one.command).join('; ')}`)
    },
  }
}

function configText(agent: string, { options = '', config = '' }: AgentRigOptions): string {
  return `import { defineConfig } from 'autopack'
import { ${agent} } from 'autopack/builders'

export default defineConfig({
  project: 'p',
  builder: ${agent}(${options}),
  ${config}
})
`
}
