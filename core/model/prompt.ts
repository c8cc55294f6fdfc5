/** The parts of a prompt, in the order of the built-in template. `{{name}}` in a template of one's own stands for one. */
export const promptSections = ['goal', 'runGoal', 'scope', 'deliverables', 'stubs', 'checks', 'previous', 'review', 'hints', 'learned', 'history', 'context', 'files', 'cut', 'rules'] as const
export type PromptSection = (typeof promptSections)[number]

/** What a template must have: without it a builder would not know what it is judged by, or that something is missing. */
export const neededSections = ['goal', 'scope', 'deliverables', 'checks', 'cut', 'rules'] as const satisfies readonly PromptSection[]

/** How much a prompt may hold, in estimated tokens. */
export interface ContextRules {
  maxTokens: number
  /** Of that, the contents of read-only files. */
  fileTokens: number
}
export const contextDefaults: ContextRules = { maxTokens: 20_000, fileTokens: 8_000 }
/** Below it, no phase would have room for its goal. */
export const leastPromptTokens = 1_000
