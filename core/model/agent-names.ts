/** The agents that Autopack has a builder for, in the order in which `auto` looks for them. */
export const agentNames = ['claude', 'codex', 'opencode', 'gemini', 'aider'] as const
export type AgentName = (typeof agentNames)[number]

/** What stands for the first agent that is installed. */
export const autoName = 'auto'

/** What may stand in the place of a builder. */
export const builderNames: readonly string[] = [autoName, ...agentNames]
