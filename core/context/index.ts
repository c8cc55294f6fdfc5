export { maximalEarlierPhases, renderPrompt, type PromptInput } from './prompt.ts'
