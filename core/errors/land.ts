import { shellQuote } from '../model/command-text.ts'
import { UserError } from './user-error.ts'

// Errors of `autopack land`.

export function landIncompleteError(run: string, open: readonly { id: string; state: string }[]): UserError {
  const shown = open.slice(0, 5).map((phase) => `${phase.id} is ${phase.state}`).join(', ')
  return new UserError({
    code: 'land-incomplete',
    message: `the run ${run} is not complete: ${shown}${open.length > 5 ? ` and ${open.length - 5} more` : ''}`,
    fix: `finish it with \`autopack run ${shellQuote(run)}\`, or take what is there with --partial`,
  })
}

export function landNothingError(run: string): UserError {
  return new UserError({ code: 'land-nothing', message: `no phase of ${run} is COMPLETE: there is nothing to land`, fix: `see \`autopack show ${shellQuote(run)}\`` })
}

export function landTargetUnknownError(branch: string, near: string | undefined, remote: string | undefined): UserError {
  const fix = remote !== undefined ? `make it of the remote's: git branch ${shellQuote(branch)} ${shellQuote(remote)}` : near !== undefined ? `did you mean ${near}?` : 'see `git branch` for what there is'
  return new UserError({ code: 'land-target-unknown', message: `there is no branch ${JSON.stringify(branch)} to land in`, fix })
}

export function landTargetUnclearError(run: string, base: string): UserError {
  return new UserError({ code: 'land-target-unclear', message: `the base of ${run} (${base}) names no branch, and the main checkout is on none`, fix: 'name the branch: --into BRANCH' })
}

export function landTargetOwnError(branch: string): UserError {
  return new UserError({ code: 'land-target-own', message: `${branch} is the branch of a run: only Autopack's own phases are committed there`, fix: 'land in a branch of yours: --into BRANCH' })
}

export function landCheckedOutError(run: string, branch: string, folder: string): UserError {
  return new UserError({
    code: 'land-checked-out',
    message: `${branch} is checked out in ${folder}, and its files would change there`,
    where: { file: folder },
    fix: `let them change: autopack land ${shellQuote(run)} --update-checkout\nor switch that checkout to another branch first: git -C ${shellQuote(folder)} switch --detach`,
  })
}

export function landCheckoutDirtyError(branch: string, folder: string, files: readonly string[]): UserError {
  const shown = files.slice(0, 5).join(', ')
  return new UserError({
    code: 'land-checkout-dirty',
    message: `${branch} is checked out in ${folder} with uncommitted changes: ${shown}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`,
    where: { file: folder },
    fix: `commit or stash them: git -C ${shellQuote(folder)} stash`,
  })
}

export function landCheckoutBusyError(branch: string, folder: string, what: string): UserError {
  return new UserError({ code: 'land-checkout-busy', message: `a ${what} of ${branch} is under way in ${folder}`, where: { file: folder }, fix: `end it there: git -C ${shellQuote(folder)} status` })
}

export function landCheckoutsError(branch: string, folders: readonly string[]): UserError {
  return new UserError({ code: 'land-checkouts', message: `${branch} is checked out more than once: ${folders.join(', ')}`, fix: 'switch all but one of them to another branch' })
}

export function landCheckoutRefusedError(branch: string, folder: string, reason: string): UserError {
  return new UserError({ code: 'land-checkout-refused', message: `git did not bring ${branch} up to date in ${folder}, and nothing was changed: ${reason}`, where: { file: folder }, fix: 'move away what is in the way, and land again', exitCode: 1 })
}

export function landBusyError(what: string, run: string, owner: { pid: number; host: string }): UserError {
  return new UserError({ code: 'land-busy', message: `${what} is taken: process ${owner.pid} on ${owner.host} works on ${run}`, fix: 'wait for it, and land again', exitCode: 3 })
}

export function landMovedError(branch: string): UserError {
  return new UserError({ code: 'land-moved', message: `${branch} was moved again and again while the checks ran`, fix: 'land again once it stands still', exitCode: 3 })
}

export function landLostError(run: string): UserError {
  return new UserError({ code: 'land-lost', message: `another process took over the landing of ${run}: this one was paused for too long`, fix: `see \`autopack status\`, and land again`, exitCode: 3 })
}

export function landRemoteMissingError(remote: string | undefined): UserError {
  return new UserError({
    code: 'land-remote-missing', message: remote === undefined ? 'the repository has no remote to push to' : `there is no remote ${JSON.stringify(remote)}`, fix: 'add one (`git remote add origin URL`), or name one: --pr REMOTE',
  })
}

export function landRemoteBranchError(remote: string, branch: string): UserError {
  return new UserError({ code: 'land-remote-branch', message: `${remote} has no branch ${branch} that a request could go to`, fix: `push it first (git push ${shellQuote(remote)} ${shellQuote(branch)}), or name another with --into` })
}

export function landRewrittenError(remote: string, branch: string): UserError {
  return new UserError({
    code: 'land-rewritten', message: `${branch} on ${remote} holds commits that the run's branch does not have, and nothing is pushed by force`,
    fix: `look at them (git fetch ${shellQuote(remote)} ${shellQuote(branch)}), and delete that branch if nobody needs it: git push ${shellQuote(remote)} --delete ${shellQuote(branch)}`, exitCode: 1,
  })
}

export function landRemoteFailedError(what: string, remote: string, reason: string): UserError {
  return new UserError({ code: 'land-remote-failed', message: `git could not ${what} ${remote}: ${reason}`, fix: 'see that the remote can be reached, and that you may push there', exitCode: 4 })
}
