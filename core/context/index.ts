export { renderPrompt, type PromptInput } from './prompt.ts'
