import { UserError } from '../../core/index.ts'

// Errors of researchReview. Each code has its entry in docs/errors.md.

const plugin = 'researchReview'

export function reviewUsageError(message: string, fix: string): UserError {
  return new UserError({ code: 'usage', plugin, message, fix })
}

export function reviewIdError(id: string): UserError {
  return new UserError({ code: 'review-id', plugin, message: `a review cannot have the id ${JSON.stringify(id)}`, fix: 'letters, digits, `.`, `_` and `-` make an id, for it is the name of a file' })
}

export function reviewUnknownError(id: string, known: readonly string[]): UserError {
  const fix = known.length === 0 ? 'there are no reviews yet' : `there are ${known.slice(0, 8).join(', ')}${known.length > 8 ? ', …' : ''}`
  return new UserError({ code: 'review-unknown', plugin, message: `there is no review ${JSON.stringify(id)}`, fix })
}

export function reviewExistsError(id: string): UserError {
  return new UserError({ code: 'review-exists', plugin, message: `there is a review ${JSON.stringify(id)} already`, fix: 'give the new one another id' })
}

export function reviewPendingError(id: string): UserError {
  return new UserError({ code: 'review-pending', plugin, message: `review ${id} has not been decided yet`, fix: 'decide it first' })
}

export function reviewRecordError(file: string, problem: string): UserError {
  return new UserError({ code: 'review-record', plugin, message: `this is no record of a review: ${problem}`, where: { file }, fix: 'put the file aside; `autopack review` makes a new one of a review that waits' })
}

/** A completed review cannot be decided twice. */
export function reviewDecidedError(name: string, decision: string, by: string, at: string, fix: string): UserError {
  return new UserError({ code: 'review-decided', plugin, message: `${name} is decided already: ${decision} by ${by}, ${at}`, fix, exitCode: 1 })
}

export function reviewNotWaitingError(run: string, phase: string, why: string): UserError {
  return new UserError({ code: 'review-not-waiting', plugin, message: `${run}/${phase} does not wait for a review: ${why}`, fix: 'see `autopack review list` for what does' })
}

export function reviewInputError(problem: string): UserError {
  return new UserError({ code: 'review-input', plugin, message: `this cannot be reviewed: ${problem}`, fix: 'hand over { confidence, findings, recommendations }: a number from 0 to 1 and two lists' })
}
