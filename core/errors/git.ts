import { shellQuote } from '../model/command-text.ts'
import { UserError } from './user-error.ts'

// Errors of git, the repository and worktrees.

export function gitMissingError(cause: unknown): UserError {
  return new UserError({ code: 'git-missing', message: 'the program git was not found', fix: 'install git 2.30 or newer and see that it is on the PATH', cause })
}

/** `message`: which command it was, and what git said. */
export function gitFailedError(message: string, cause: unknown): UserError {
  return new UserError({ code: 'git-failed', message: message.trim().replaceAll('\n', '; '), fix: 'mend what git says, and try again; `git fsck` tells whether the repository is whole', exitCode: 4, cause })
}

export function unsafeRepositoryError(folder: string): UserError {
  return new UserError({
    code: 'repository-unsafe',
    message: `git refuses ${folder}: it belongs to another user`,
    where: { file: folder },
    fix: `run \`git config --global --add safe.directory ${shellQuote(folder)}\`, or run as its owner`,
  })
}

export function notARepositoryError(folder: string): UserError {
  return new UserError({
    code: 'not-a-repository',
    message: `${folder} is not in a git repository`,
    where: { file: folder },
    fix: 'run `git init` and commit the project, or let `autopack init` do both',
  })
}

export function bareRepositoryError(folder: string): UserError {
  return new UserError({
    code: 'repository-bare',
    message: `${folder} is in a bare repository, which has no files to work on`,
    where: { file: folder },
    fix: 'run Autopack in a clone of it',
  })
}

export function rootMissingError(raw: string, folder: string): UserError {
  return new UserError({ code: 'root-missing', message: `the project root ${JSON.stringify(raw)} is not a folder`, where: { file: folder }, fix: 'name an existing folder in `root` of the config' })
}

export function rootOutsideRepositoryError(raw: string, repository: string): UserError {
  return new UserError({
    code: 'root-outside-repository',
    message: `the project root ${JSON.stringify(raw)} is outside the repository ${repository}`,
    fix: 'name a folder of the same repository in `root` of the config',
  })
}

export function noCommitError(repository: string): UserError {
  return new UserError({
    code: 'no-commit',
    message: `the repository ${repository} has no commit yet`,
    where: { file: repository },
    fix: 'commit the project first: `git add -A && git commit -m "Start"`',
  })
}

export function baseNotFoundError(what: string, ref: string, near: readonly string[]): UserError {
  return new UserError({
    code: 'base-not-found',
    message: `the ${what} ${JSON.stringify(ref)} is no branch, tag or commit of this repository`,
    fix: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'see `git branch --all` and `git tag` for what there is, or fetch it',
  })
}

export function worktreeNestedError(folder: string, repository: string): UserError {
  return new UserError({
    code: 'worktree-nested',
    message: `worktrees in ${folder} would lie inside the main checkout ${repository}`,
    where: { file: folder },
    fix: 'set `workspace.dir` in the config to a folder outside the repository',
  })
}

export function worktreesNotWritableError(folder: string, reason: string, cause: unknown): UserError {
  return new UserError({
    code: 'worktrees-not-writable',
    message: `the folder of the worktrees, ${folder}, cannot be written (${reason})`,
    where: { file: folder },
    fix: 'make it writable for this user, or name another folder in `workspace.dir` of the config or in XDG_CACHE_HOME',
    exitCode: 4,
    cause,
  })
}

export function worktreeForeignError(folder: string): UserError {
  return new UserError({
    code: 'worktree-foreign',
    message: `the folder ${folder} is not empty and was not made by Autopack`,
    where: { file: folder },
    fix: 'move it away, or set `workspace.dir` in the config to another folder',
  })
}

export function branchCheckedOutError(branch: string, folder: string): UserError {
  return new UserError({
    code: 'branch-checked-out',
    message: `the branch ${branch} is checked out in ${folder}, and only Autopack may move it`,
    where: { file: folder },
    fix: 'switch that checkout to another branch',
  })
}

export function branchNameTakenError(branch: string, reason: string): UserError {
  return new UserError({
    code: 'branch-name-taken',
    message: `the branch ${branch} cannot be made: ${reason}`,
    fix: 'rename the branch that is in the way',
  })
}

export function runBranchLostError(branch: string, tip: string | undefined, commit: string, phase: string): UserError {
  return new UserError({
    code: 'run-branch-lost',
    message: tip === undefined
      ? `the branch ${branch} is gone, and with it the commit ${commit.slice(0, 12)} of the COMPLETE phase ${phase}`
      : `the branch ${branch} was moved to ${tip.slice(0, 12)} and no longer holds the commit ${commit.slice(0, 12)} of the COMPLETE phase ${phase}`,
    fix: `put it back: git update-ref ${shellQuote(`refs/heads/${branch}`)} ${commit}`,
  })
}

export function runBranchStrangeError(branch: string, tip: string, commits: number): UserError {
  return new UserError({
    code: 'run-branch-strange',
    message: `the branch ${branch} holds ${commits === 1 ? 'a commit' : `${commits} commits`} up to ${tip.slice(0, 12)} that this store knows nothing of: was the store deleted?`,
    fix: `bring the store back, or keep the work under another name: git branch -m ${shellQuote(branch)} kept-${tip.slice(0, 7)}`,
  })
}

export function rebaseUnsupportedError(): UserError {
  return new UserError({ code: 'rebase-unsupported', message: '--rebase needs git 2.38 or newer (`git merge-tree --write-tree`)', fix: 'update git, or go on without --rebase', exitCode: 4 })
}

export function phaseParallelismUnsupportedError(): UserError {
  return new UserError({
    code: 'phase-parallelism-unsupported', message: 'phaseParallelism above 1 needs git 2.38 or newer (`git merge-tree --write-tree`)',
    fix: 'update git, or leave `phaseParallelism` at 1', exitCode: 4,
  })
}

export function setupFailedError(command: string, ended: string, logPath: string, tail: string): UserError {
  return new UserError({
    code: 'setup-failed',
    message: `the setup command \`${command}\` ended with ${ended}`,
    where: { file: logPath },
    fix: `see the log${tail.trim() === '' ? '' : `; it ends with:\n${tail.trimEnd().split('\n').slice(-5).join('\n')}`}`,
    exitCode: 4,
  })
}

export function setupEscapesError(entry: string, target: string): UserError {
  return new UserError({
    code: 'setup-escapes',
    message: `${entry}, made by the setup, resolves outside the worktree: ${target}`,
    fix: 'let the setup copy instead of link (for a package manager: no global or linked packages), or take the folder out of `workspace.cache`',
  })
}

export function setupFolderMissingError(folder: string): UserError {
  return new UserError({
    code: 'setup-folder-missing',
    message: `the setup did not make ${JSON.stringify(folder)}, which \`workspace.cache\` names`,
    fix: 'take it out of `workspace.cache`, or mend the setup',
    exitCode: 4,
  })
}

export function dirtyScopeError(files: readonly string[]): UserError {
  const shown = files.slice(0, 5).join(', ')
  return new UserError({
    code: 'dirty-scope', message: `uncommitted changes in the scope of a selected phase: ${shown}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`,
    fix: 'commit or stash them, or go on from HEAD without them with --allow-dirty',
  })
}

export function refLockedError(file: string, since: Date | undefined): UserError {
  return new UserError({
    code: 'ref-locked',
    message: `git finds a lock on a ref${since ? `, made at ${since.toISOString().slice(0, 19)}Z` : ''}: of a git that is at work, or of one that died`,
    where: { file },
    fix: `try again; where no git is at work in this repository: rm ${shellQuote(file)}`,
    exitCode: 4,
  })
}

export function lfsObjectsMissingError(file: string, said: string): UserError {
  return new UserError({
    code: 'lfs-objects-missing',
    message: `Git LFS has not got ${file}: ${said}`,
    fix: 'see that `git lfs fetch` gets it in this repository; or let worktrees hold pointers: `git lfs install --skip-smudge`',
    exitCode: 4,
  })
}

export function gitFilterError(said: string): UserError {
  return new UserError({
    code: 'git-filter-failed',
    message: `a filter that git needs for files of this repository does not run: ${said}`,
    fix: /lfs/i.test(said) ? 'install git-lfs where builders and checks find it, on the PATH; or let git do without: `git lfs uninstall`, or take `filter.lfs` out of its configuration' : 'install what the filter runs, or take it out of the configuration of git: `git config --show-origin --get-regexp filter`',
    exitCode: 4,
  })
}
