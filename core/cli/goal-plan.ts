import { planInvalidGoalError, usageError } from '../errors.ts'
import { timeStamp } from '../layout/stamp.ts'
import { planSchema } from '../model/plan.ts'
import type { Plan } from '../model/plan.ts'

/** `--scope`, `--deliverable` and `--check` are about `--goal`; throws a UserError for one without the other. */
export function goalPlanFrom(options: Readonly<Record<string, unknown>>, now: number): Plan | undefined {
  const lists = { scope: listOf(options['scope']), deliverable: listOf(options['deliverable']), check: listOf(options['check']) }
  const goal = options['goal'] as string | undefined
  if (goal === undefined) {
    for (const [name, list] of Object.entries(lists)) if (list.length > 0) throw usageError(`--${name} is about --goal`, 'say what is to be done with --goal "…", or write a plan')
    return undefined
  }
  if (goal.trim() === '') throw usageError('--goal says nothing', 'say what is to be done with --goal "…"')
  for (const [name, list] of Object.entries(lists)) if (list.some((one) => one.trim() === '')) throw usageError(`a --${name} says nothing`, 'leave it out, or write something behind it')
  const parsed = planSchema.safeParse({
    id: `goal-${timeStamp(now)}`,
    goal,
    phases: [
      {
        id: 'goal', goal, scope: { paths: lists.scope }, deliverables: lists.deliverable,
        checks: lists.check.map((line, index) => ({ name: lists.check.length === 1 ? 'check' : `check-${index + 1}`, run: commandFrom(line) })),
      },
    ],
  })
  if (!parsed.success) throw planInvalidGoalError(parsed.error.issues.map((issue) => issue.message).join('; '))
  return parsed.data
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? (value as string[]) : []
}

/** A line of words runs without a shell; one with quotes, pipes or variables was meant for a shell. */
function commandFrom(line: string): string[] | { shell: string } {
  return /^[\w@%+=:,./ {}-]+$/.test(line) ? line.trim().split(/ +/) : { shell: line }
}
