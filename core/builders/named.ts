import { agentNames, autoName, type AgentName } from '../model/agent-names.ts'
import type { Builder } from '../model/builder.ts'
import { aider } from './aider.ts'
import { claude } from './claude.ts'
import { codex } from './codex.ts'
import { findProgram } from './find-program.ts'
import { gemini } from './gemini.ts'
import { opencode } from './opencode.ts'

/** Each agent with the options that it has by default. */
const agents: Readonly<Record<AgentName, () => Builder>> = {
  claude: () => claude(),
  codex: () => codex(),
  opencode: () => opencode(),
  gemini: () => gemini(),
  aider: () => aider(),
}

interface Machine {
  env: Readonly<Record<string, string | undefined>>
  configDir: string
}

/** The builder that a config or plan calls by one of `builderNames`. */
export async function namedBuilder(name: string, machine: Machine): Promise<Builder> {
  return name === autoName ? await auto(machine) : agents[name as AgentName]()
}

/** All of them, for phases. */
export async function namedBuilders(machine: Machine): Promise<Map<string, Builder>> {
  const builders = new Map<string, Builder>(agentNames.map((name) => [name, agents[name]()]))
  return builders.set(autoName, await auto(machine))
}

/** The first agent on PATH, in the order of `agentNames`; where there is none, a builder that says so when it is to build. */
async function auto({ env, configDir }: Machine): Promise<Builder> {
  const context = { env: { PATH: env['PATH'] ?? '' }, configDir }
  const installed: AgentName[] = []
  for (const name of agentNames) if ((await findProgram(name, context)) !== undefined) installed.push(name)
  const [first, ...others] = installed
  if (first === undefined) return missing
  const builder = agents[first]()
  const available: Builder['available'] = async (machine) => {
    const told = (await builder.available?.(machine)) ?? { ok: true }
    // `auto` takes what is there; that it is too old, or not logged in, is for a person to settle.
    return told.ok || others.length === 0 ? told : { ...told, reason: `${told.reason} (auto took it, the first on PATH)`, fix: `${told.fix}; or take ${others.length === 1 ? 'the other one' : 'another'} that is installed: ${others.map((name) => `builder: '${name}'`).join(', ')}` }
  }
  return { ...builder, available, chosen: `auto takes ${first}, ${others.length > 0 ? `the first of those on PATH (${installed.join(', ')})` : 'the only agent on PATH'}` }
}

const reason = `no agent is installed: none of ${agentNames.join(', ')} is on PATH`
const missing: Builder = {
  name: autoName,
  available: () => Promise.resolve({ ok: false, reason, fix: 'install one of them, or set `builder` in the config to another, such as command({ run: [...] })' }),
  build: () => Promise.reject(new Error(reason)),
}
