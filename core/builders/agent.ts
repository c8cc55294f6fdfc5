import { resolve } from 'node:path'
import type { BuildRequest, BuildResult, Builder } from '../model/builder.ts'
import type { Installed } from './installed.ts'
import type { AgentReader, ReaderOutput } from './run-agent.ts'

/** What every agent's builder can be told, whatever its own options are. */
export interface AgentOptions {
  /** The program, where it is not on PATH under its own name: a name, or a path that is absolute or relative to the config file. */
  executable?: string
  /** Further arguments, before the prompt. What Autopack sets itself is refused. */
  args?: readonly string[]
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>
  /** Whose usage limit it works under, where several builders of this agent have accounts of their own. Default: one account for all of them. */
  account?: string
}

/** Names the file with the schema of what is to be handed back: where a plan is drafted. */
export const planSchemaVariable = 'AUTOPACK_PLAN_SCHEMA_FILE'

export interface AgentStart { args: readonly string[]; stdin?: 'closed' }

/** One agent: all that its file has to say. */
export interface Agent extends Installed {
  /** Names or globs of the variables that it reads. */
  passEnvironment: readonly string[]
  /** Whether it goes on with the conversation of the attempt before: `thread` is in its requests only then. */
  resumes: boolean
  /** Whether what it printed says that there is no such conversation (any more): then it begins anew. */
  isGone?(output: string): boolean
  /** Whether what it printed says that its service does not take the schema of what it is to hand back: then it is asked without. */
  refusesSchema?(output: string): boolean
  /** How it is started for a request: its arguments, without the program. The prompt is its standard input unless `stdin` says `closed`. */
  start(request: BuildRequest): AgentStart | Promise<AgentStart>
  /** Variables that it gets, or (`undefined`) must not have. */
  environment?: Readonly<Record<string, string | undefined>>
  /** Whether its temporary files go into a folder of the attempt's own: it leaves some behind. Not for one that makes sockets there. */
  ownTemporaryDir?: true
  /** Reads one stream. Made anew for each attempt, before the agent is started. */
  reader(output: ReaderOutput, request: BuildRequest): AgentReader | Promise<AgentReader>
  /** How long it may be refused by its service before it is ended, in milliseconds. */
  patienceMs: number
}

/**
 * Makes the builder of an agent that is one process and tells what it does as JSON lines on its standard output. Every command loads this file with the
 * config, and few ask or start an agent: what that takes is imported then.
 */
export function agentBuilder(agent: Agent, options: AgentOptions): Builder {
  const program = options.executable ?? agent.name
  return {
    name: agent.name,
    ...(options.account !== undefined && { account: options.account }),
    passEnvironment: agent.passEnvironment,
    available: async (context) => (await import('./installed.ts')).availabilityOf(agent, program, { ...context, env: environmentOf(agent, options, context.env) }),
    async build({ thread, ...given }) {
      let request = given
      const once = async (more?: Pick<BuildRequest, 'thread' | 'promptPath'>) => {
        const result = await runOnce(agent, options, program, { ...request, ...more })
        if (result.type !== 'error' || request.env[planSchemaVariable] === undefined || !agent.refusesSchema?.(result.tail)) return result
        const { [planSchemaVariable]: _refused, ...env } = request.env
        request = { ...request, env }
        return await runOnce(agent, options, program, { ...request, ...more })
      }
      const anew = () => once()
      if (thread === undefined || !agent.resumes) return await anew()
      const { resumedPrompt } = await import('./resume.ts')
      const result = await once({ thread, promptPath: await resumedPrompt(request) })
      // It may have been cleared away meanwhile: nothing was asked then.
      return result.type === 'error' && agent.isGone?.(result.tail) ? await anew() : result
    },
  }
}

async function runOnce(agent: Agent, options: AgentOptions, program: string, request: BuildRequest): Promise<BuildResult> {
  const { runAgent } = await import('./run-agent.ts')
  const { args, stdin } = await agent.start(request)
  if (agent.ownTemporaryDir) await (await import('node:fs/promises')).mkdir(request.temporaryDir, { recursive: true })
  const temporary: Record<string, string> = agent.ownTemporaryDir ? { TMPDIR: request.temporaryDir, TMP: request.temporaryDir, TEMP: request.temporaryDir } : {}
  return await runAgent(request, {
    name: agent.name,
    argv: [program.includes('/') ? resolve(request.configDir, program) : program, ...args],
    env: environmentOf(agent, options, { ...request.env, ...temporary }),
    readsPrompt: stdin !== 'closed',
    reader: (output) => agent.reader(output, request),
    patienceMs: agent.patienceMs,
  })
}

function environmentOf(agent: Agent, options: AgentOptions, env: Readonly<Record<string, string>>): Record<string, string> {
  const all = { ...env, ...agent.environment, ...options.env }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
