/** The one place that knows how git is started. Buffered and bounded; node:child_process directly, because a phase pays for every millisecond here. */
import { spawn } from 'node:child_process'
import { devNull } from 'node:os'
import { gitFilterError, gitMissingError, lfsObjectsMissingError, unsafeRepositoryError } from '../errors.ts'

/** Where a command works when that is not what git would find from `cwd`. All absolute. */
export interface GitPlace {
  cwd: string
  gitDir?: string
  workTree?: string
  indexFile?: string
}

export interface GitRequest extends GitPlace {
  args: readonly string[]
  input?: string | Buffer
  /** Exit codes that are an answer and not a failure. Default [0]. */
  allow?: readonly number[]
  /** What git says where an exit code of 128 or more is such an answer: it ends so as well when the disk or the machine fails it, and that is none. */
  saying?: RegExp
  /** Added to the clean environment. */
  env?: Readonly<Record<string, string>>
  /** Take no optional locks: for commands that only read. */
  reading?: boolean
  /** Names are pathspecs with magic (`:(top)`), for the few commands that refuse to take them literally. */
  pathspecs?: boolean
  /** `theirs`: with the settings and hooks of the user, in a checkout of theirs or towards a remote. Default `ours`. */
  settings?: 'ours' | 'theirs'
  /** An open descriptor that takes stdout, for output that should not be held in memory. */
  stdoutFd?: number
  /** Default 256 MiB; beyond it the command is killed and fails. */
  maxBytes?: number
}

export interface GitOutput {
  exitCode: number
  stdout: Buffer
  stderr: string
}

export interface Git {
  (request: GitRequest): Promise<GitOutput>
}

/** What git says of a revision, an object or a path in one that it does not have. */
export const notThere = /bad revision|bad object|unknown revision|[Nn]ot a valid|needed a single revision|no upstream configured|no such branch|log for .+ only|does not point to a branch|does not exist in|^usage: /im

/** How git says that there is no repository, or none with files. What else it says, above all that the folder is somebody else's, is an error. */
export const noWorkTree = /not a git repository|must be run in a work tree/

/** A git command that failed: not meant for users as it is, but it says everything that a maintainer needs. */
export class GitError extends Error {
  readonly args: readonly string[]
  readonly exitCode: number | null
  readonly stderr: string
  constructor(args: readonly string[], exitCode: number | null, stderr: string) {
    super(`git ${args[0] ?? ''} failed with ${exitCode === null ? 'a signal' : `exit code ${exitCode}`}: ${stderr.trim() || 'no message'}`)
    this.name = 'GitError'
    this.args = args
    this.exitCode = exitCode
    this.stderr = stderr
  }
}

// What a user's or a builder's configuration must not decide. Filters, autocrlf, ignore files and file modes decide contents: they stay.
const settings: Readonly<Record<string, string>> = {
  'core.hooksPath': devNull,
  'core.fsmonitor': 'false',
  'core.untrackedCache': 'false',
  'core.splitIndex': 'false',
  'core.sparseCheckout': 'false',
  'core.ignoreStat': 'false',
  'core.trustctime': 'true',
  'core.checkStat': 'default',
  'core.safecrlf': 'false',
  'index.version': '2',
  'index.sparse': 'false',
  'index.skipHash': 'false',
  'submodule.recurse': 'false',
  'diff.ignoreSubmodules': 'none',
  'i18n.commitEncoding': 'UTF-8',
  'log.showSignature': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'user.useConfigOnly': 'true',
  'worktree.useRelativePaths': 'false',
}
const prefix = ['--no-pager', '--no-replace-objects', ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])]

// The rest of GIT_* belongs to whoever called us: a hook, a rebase, another repository.
const keptVariables = /^GIT_(?:EXEC_PATH|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL)|LFS_SKIP_SMUDGE|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)$/

/** Our own environment for git: the caller's without its repository, its language and its tracing. */
export function gitEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const clean: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || name === 'LANGUAGE' || (name.startsWith('GIT_') && !keptVariables.test(name))) continue
    clean[name] = value
  }
  return { ...clean, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' }
}

/** Returns the function that runs git with that environment. Throws GitError for an exit code that is not allowed. */
export function createGit(env: Readonly<Record<string, string | undefined>>): Git {
  const base = gitEnvironment(env)
  return (request) => runGit(base, request)
}

function runGit(base: Readonly<Record<string, string>>, request: GitRequest): Promise<GitOutput> {
  const env: Record<string, string> = { ...base }
  if (request.gitDir !== undefined) env['GIT_DIR'] = request.gitDir
  if (request.workTree !== undefined) env['GIT_WORK_TREE'] = request.workTree
  if (request.indexFile !== undefined) env['GIT_INDEX_FILE'] = request.indexFile
  if (request.reading) env['GIT_OPTIONAL_LOCKS'] = '0'
  Object.assign(env, request.env)
  return new Promise((resolve, reject) => {
    const maxBytes = request.maxBytes ?? 256 * 1024 * 1024
    const before = request.settings === 'theirs' ? ['--no-pager'] : prefix
    const child = spawn('git', [...before, ...(request.pathspecs ? [] : ['--literal-pathspecs']), ...request.args], {
      cwd: request.cwd, env, stdio: [request.input === undefined ? 'ignore' : 'pipe', request.stdoutFd ?? 'pipe', 'pipe'], windowsHide: true,
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let size = 0
    let failure: Error | undefined
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) stdout.push(chunk)
      else if (!failure) {
        failure = new GitError(request.args, null, `more than ${maxBytes} bytes of output`)
        child.kill('SIGKILL')
      }
    })
    let errorSize = 0
    child.stderr!.on('data', (chunk: Buffer) => {
      if (errorSize < 64 * 1024) stderr.push(chunk)
      errorSize += chunk.length
    })
    child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' && error.syscall === 'spawn git' ? gitMissingError(error) : error))
    child.on('close', (code) => {
      const message = Buffer.concat(stderr).toString('utf8')
      if (failure) return reject(failure)
      if (code !== null && isAnswer(request, code, message)) return resolve({ exitCode: code, stdout: Buffer.concat(stdout), stderr: message })
      const unsafe = /detected dubious ownership in repository at '(.*)'/.exec(message)
      const filter = brokenFilter(message)
      const lfs = /^Error downloading object: (.*?) \([0-9a-f]+\): (.*)$/m.exec(message)
      reject(unsafe ? unsafeRepositoryError(unsafe[1]!) : lfs ? lfsObjectsMissingError(lfs[1]!, lfs[2]!) : filter !== undefined ? gitFilterError(filter) : new GitError(request.args, code, message))
    })
    if (child.stdin) {
      // A git that ends early closes the pipe; its exit code tells why.
      child.stdin.on('error', () => undefined)
      child.stdin.end(request.input)
    }
  })
}

function isAnswer({ allow = [0], saying }: GitRequest, code: number, message: string): boolean {
  return allow.includes(code) && (code < 128 || saying === undefined || saying.test(message))
}

/** What git says of a filter (Git LFS, say) that it was told to require and that does not run. */
function brokenFilter(stderr: string): string | undefined {
  return stderr.split('\n').find((line) => /(?:clean|smudge) filter '?[^ ']+'? failed|external filter '|\bfilter-process\b|initialization for subprocess/.test(line))?.replace(/^(?:fatal|error): /, '').trim()
}

/** Splits a `-z` output. Names stay bytes: they need not be UTF-8. */
export function splitZero(output: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(0, start)
    const stop = end === -1 ? output.length : end
    parts.push(output.subarray(start, stop))
    start = stop + 1
  }
  return parts
}

/** The inverse of `splitZero`. */
export function joinZero(parts: readonly (Buffer | string)[]): Buffer {
  const zero = Buffer.from([0])
  return Buffer.concat(parts.flatMap((part) => [typeof part === 'string' ? Buffer.from(part) : part, zero]))
}
