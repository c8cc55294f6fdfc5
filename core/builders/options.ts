import { invalidBuilderOption } from '../errors.ts'
import { parseDuration } from '../model/duration.ts'
import { nearest } from '../nearest.ts'

/** What an option may be: whether a value will do, and what to write. */
export interface OptionRule {
  test(value: unknown): boolean
  fix: string
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '' && !value.includes('\0')
const isList = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

export const text = (example: string): OptionRule => ({ test: isText, fix: `write a text such as ${example}` })
export const texts = (example: string): OptionRule => ({ test: isList, fix: `write a list of texts such as ${example}` })
export const oneOf = (values: readonly string[]): OptionRule => ({ test: (value) => values.includes(value as string), fix: `write one of ${values.join(', ')}` })
export const flag: OptionRule = { test: (value) => typeof value === 'boolean', fix: 'write true or false' }
export const count: OptionRule = { test: (value) => Number.isSafeInteger(value) && (value as number) > 0, fix: 'write a whole number above zero' }
export const amount: OptionRule = { test: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0, fix: 'write a number above zero' }
export const duration: OptionRule = {
  test: (value) => (typeof value === 'string' || typeof value === 'number') && (parseDuration(value) ?? 0) > 0,
  fix: 'write a duration above zero such as "90s" or "10m", or a number of seconds',
}

/** What every agent takes: see `AgentOptions`. `ours`: arguments that Autopack sets itself, or that an option is for. */
export const agentRules = (executable: string, ours: readonly string[]): Record<string, OptionRule> => ({
  executable: text(`"${executable}"`),
  args: {
    test: (value) => isList(value) && !(value as string[]).some((argument) => ours.includes(argument.replace(/=.*/s, ''))),
    fix: `write a list of arguments, without those that Autopack sets or has an option for: ${ours.join(', ')}`,
  },
  env: {
    test: (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.entries(value).every(([name, one]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && typeof one === 'string'),
    fix: 'write an object of texts such as { MAX_THINKING_TOKENS: "8000" }',
  },
  account: text('"work"'),
})

/** @throws UserError for an option that does not exist, or whose value is of no use. */
export function checkOptions(builder: string, options: object, rules: Readonly<Record<string, OptionRule>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    const rule = Object.hasOwn(rules, name) ? rules[name]! : undefined
    if (rule === undefined) {
      const near = nearest(name, Object.keys(rules))
      throw invalidBuilderOption(builder, name, value, near === undefined ? `there is no such option; there are ${Object.keys(rules).join(', ')}` : `there is no such option: did you mean ${near}?`)
    }
    if (!rule.test(value)) throw invalidBuilderOption(builder, name, value, rule.fix)
  }
}
