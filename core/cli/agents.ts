import { findOnPath } from './find-program.ts'

/** A coding agent's command line: how the written config calls it, and the variables that it needs. */
export interface Agent {
  name: string
  /** The argument of `command({ run: … })`, as source text. */
  run: string
  pass: readonly string[]
}

const prompt = '"$(cat "$AUTOPACK_PROMPT_FILE")"'
const shell = (line: string) => `{ shell: ${JSON.stringify(line).replaceAll('\\"', '"').replace(/^"|"$/g, "'")} }`

/** In the order in which they are preferred. */
export const agents: readonly Agent[] = [
  { name: 'claude', run: shell(`claude -p ${prompt} --permission-mode acceptEdits`), pass: ['ANTHROPIC_*', 'CLAUDE_*'] },
  { name: 'codex', run: shell(`codex exec -s workspace-write ${prompt}`), pass: ['OPENAI_*', 'CODEX_*'] },
  { name: 'opencode', run: shell(`opencode run --auto ${prompt}`), pass: ['OPENCODE_*', 'ANTHROPIC_*', 'OPENAI_*'] },
  { name: 'gemini', run: shell(`gemini -p ${prompt} --approval-mode auto_edit`), pass: ['GEMINI_*', 'GOOGLE_*'] },
  {
    name: 'aider',
    run: "['aider', '--message-file', '{prompt}', '--yes-always', '--no-auto-commits', '--no-dirty-commits', '--no-stream', '--no-check-update', '--no-gitignore']",
    pass: ['AIDER_*', 'ANTHROPIC_*', 'OPENAI_*'],
  },
]

/** The agents that are installed here, with their paths. */
export async function findAgents(env: Readonly<Record<string, string | undefined>>): Promise<{ agent: Agent; file: string }[]> {
  const found = await Promise.all(agents.map(async (agent) => ({ agent, file: await findOnPath(agent.name, env) })))
  return found.flatMap(({ agent, file }) => (file === undefined ? [] : [{ agent, file }]))
}
