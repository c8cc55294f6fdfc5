import { shellQuote } from '../model/command-text.ts'
import { UserError } from './user-error.ts'

// Errors of `autopack accept`.

export function acceptStateError(run: string, phase: string, state: string): UserError {
  const names = `${shellQuote(run)} ${shellQuote(phase)}`
  const fix = state === 'REVIEW' ? `decide it: \`autopack review show ${names}\`` : state === 'COMPLETE' ? `nothing is left to do: \`autopack show ${names}\`` : `see \`autopack show ${names}\`; once it has failed, it can be accepted`
  return new UserError({ code: 'accept-state', message: `${run}/${phase} is ${state}: only what a FAILED phase has done can be accepted against the verdict`, fix })
}

/** `others`: the attempts that have left one. */
export function acceptNoPatchError(run: string, phase: string, attempt: number, others: readonly number[]): UserError {
  const names = `${shellQuote(run)} ${shellQuote(phase)}`
  return new UserError({
    code: 'accept-no-patch', message: `attempt ${attempt} of ${run}/${phase} has left no patch: it changed nothing, or never got to its builder`,
    fix: others.length > 0 ? `attempt ${others.join(' and ')} has one: \`autopack accept ${names} --attempt ${others.at(-1)} --reason "…"\`` : `there is nothing to accept; try it again: \`autopack requeue ${names} --reason "…"\``,
  })
}

export function acceptPatchUnusableError(file: string, problem: string): UserError {
  return new UserError({ code: 'accept-patch-unusable', message: `the kept patch is not what was judged: ${problem}`, where: { file }, fix: 'look at it; by hand it can be put onto a branch of your own with `git apply --3way`' })
}

export function acceptConflictError(run: string, phase: string, branch: string, files: readonly string[], patch: string): UserError {
  return new UserError({
    code: 'accept-conflict', message: `the patch of ${run}/${phase} conflicts with what is on ${branch} by now${files.length > 0 ? ` in ${files.join(', ')}` : ''}: nothing was changed`,
    where: { file: patch }, fix: `requeue it, so that it is done anew on what is there: \`autopack requeue ${shellQuote(run)} ${shellQuote(phase)} --reason "…"\``,
  })
}

export function acceptOutsideScopeError(run: string, phase: string, problems: readonly { message: string }[]): UserError {
  const shown = problems.slice(0, 5).map((problem) => problem.message).join('; ')
  return new UserError({
    code: 'accept-outside-scope', message: `the patch of ${run}/${phase} changes what its plan does not allow: ${shown}${problems.length > 5 ? `; and ${problems.length - 5} more` : ''}`,
    fix: `look at it with \`autopack show ${shellQuote(run)} ${shellQuote(phase)} --patch\`; to take it all the same, add --outside-scope`,
  })
}

export function acceptBusyError(run: string, reason: string): UserError {
  return new UserError({ code: 'accept-busy', message: `the run ${run} cannot be written now: ${reason}`, fix: `wait for it, or end it with \`autopack stop ${shellQuote(run)}\`` })
}

/** Git, the store or the disk failed on the way. */
export function acceptNotCarriedOutError(run: string, phase: string, problem: string): UserError {
  return new UserError({ code: 'accept-not-carried-out', message: `${run}/${phase} could not be accepted, and is FAILED as before: ${problem}`, fix: 'mend this and accept it again', exitCode: 4 })
}
