import { agentNames } from '../model/agent-names.ts'
import { findOnPath } from './find-program.ts'

/** A coding agent's command line. */
export interface Agent { name: string }

/** In the order in which they are preferred, as `auto` takes them. */
export const agents: readonly Agent[] = agentNames.map((name) => ({ name }))

/** The agents that are installed here, with their paths. */
export async function findAgents(env: Readonly<Record<string, string | undefined>>): Promise<{ agent: Agent; file: string }[]> {
  const found = await Promise.all(agents.map(async (agent) => ({ agent, file: await findOnPath(agent.name, env) })))
  return found.flatMap(({ agent, file }) => (file === undefined ? [] : [{ agent, file }]))
}
