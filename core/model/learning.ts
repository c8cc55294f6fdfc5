export type { LearnedRule, LearnedRules, RulesUpdated, RunHint, RunHints, SharedLesson } from './learning-schema.ts'

/** How a project learns. */
export interface LearningRules {
  on: boolean
  /** Most hints and rules together in one prompt. */
  inPrompt: number
  /** How many runs must have had a lesson before it is a rule of the project. */
  promoteAfter: number
}
export const learningDefaults: LearningRules = { on: true, inPrompt: 5, promoteAfter: 2 }
