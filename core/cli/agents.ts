import { agentNames } from '../model/agent-names.ts'
import { findOnPath } from './find-program.ts'

/** A coding agent's command line. */
export interface Agent {
  name: string
  /** How a written config calls one that has no builder of its own: the argument of `command({ run: … })`, as source text, and the variables that it needs. */
  command?: { run: string; pass: readonly string[] }
}

const prompt = '"$(cat "$AUTOPACK_PROMPT_FILE")"'
const shell = (line: string) => `{ shell: ${JSON.stringify(line).replaceAll('\\"', '"').replace(/^"|"$/g, "'")} }`

const commands: Readonly<Record<string, NonNullable<Agent['command']>>> = {
  codex: { run: shell(`codex exec -s workspace-write ${prompt}`), pass: ['OPENAI_*', 'CODEX_*'] },
  opencode: { run: shell(`opencode run --auto ${prompt}`), pass: ['OPENCODE_*', 'ANTHROPIC_*', 'OPENAI_*'] },
  gemini: { run: shell(`gemini -p ${prompt} --approval-mode auto_edit`), pass: ['GEMINI_*', 'GOOGLE_*'] },
  aider: {
    run: "['aider', '--message-file', '{prompt}', '--yes-always', '--no-auto-commits', '--no-dirty-commits', '--no-stream', '--no-check-update', '--no-gitignore']",
    pass: ['AIDER_*', 'ANTHROPIC_*', 'OPENAI_*'],
  },
}

/** In the order in which they are preferred: those with a builder of their own, as `auto` takes them, and the others. */
export const agents: readonly Agent[] = [
  ...agentNames.map((name) => ({ name })),
  ...Object.entries(commands).filter(([name]) => !(agentNames as readonly string[]).includes(name)).map(([name, command]) => ({ name, command })),
]

/** The agents that are installed here, with their paths. */
export async function findAgents(env: Readonly<Record<string, string | undefined>>): Promise<{ agent: Agent; file: string }[]> {
  const found = await Promise.all(agents.map(async (agent) => ({ agent, file: await findOnPath(agent.name, env) })))
  return found.flatMap(({ agent, file }) => (file === undefined ? [] : [{ agent, file }]))
}
