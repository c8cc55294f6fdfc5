/**
 * A project in a temporary folder for tests that run the real thing: files, git, the command line.
 *
 *   await using project = await makeProject({ files: { 'a.txt': 'one\n' } })
 *   const { exitCode, stdout } = await project.cli(['status', '--json'])
 *
 * Home, caches and temporary files of everything started here lie beside the project, in the same temporary folder.
 * Disposing fails the test when a process, a temporary file or a worktree elsewhere is left; it always removes the folder.
 */
import { spawn } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { killGroup, processesIn, thatStay } from './processes.ts'

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
/** The command line from its sources. */
export const cliPath = join(repositoryRoot, 'core/cli/bin.ts')

export interface ProjectOptions {
  /** Path → text; folders are made. */
  files?: Record<string, string>
  /** Make a repository on branch `main` and commit the files. Default true. */
  git?: boolean
  /** Fail on what is left behind when disposed. Default true. */
  leakCheck?: boolean
  /** Added to the environment of everything that is run; undefined takes a variable away. */
  env?: Record<string, string | undefined>
}

export interface CommandResult {
  exitCode: number
  stdout: string
  stderr: string
}

export interface CommandOptions {
  /** Default: the project's folder. */
  cwd?: string
  env?: Record<string, string | undefined>
  /** Written to standard input, which is empty else. */
  input?: string
  /** After that many milliseconds the whole group is killed and the promise rejects. Default 120,000. */
  limit?: number
}

export interface RunningCommand {
  readonly pid: number
  /** What came so far. */
  readonly output: () => { stdout: string; stderr: string }
  /** Resolves when stdout or stderr matches; rejects when the command ends before. */
  waitFor(pattern: RegExp): Promise<void>
  /** To the command alone, or with `group` to all that a terminal's Ctrl-C would reach. */
  signal(signal: NodeJS.Signals, to?: 'command' | 'group'): void
  readonly result: Promise<CommandResult & { signal: NodeJS.Signals | null }>
}

export interface TestProject extends AsyncDisposable {
  /** The project's folder, by its real path. */
  readonly dir: string
  /** The temporary folder that holds `dir`, `home` and `tmp`. */
  readonly base: string
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  path(...parts: string[]): string
  write(files: Record<string, string>): Promise<void>
  read(file: string): Promise<string>
  /** Trimmed stdout of git in the project's folder; rejects with its stderr. */
  git(...args: string[]): Promise<string>
  /** Writes the files, adds everything and commits; the new commit's hash. */
  commit(message: string, files?: Record<string, string>): Promise<string>
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>
  cli(args: readonly string[], options?: CommandOptions): Promise<CommandResult>
  start(argv: readonly string[], options?: CommandOptions): RunningCommand
  startCli(args: readonly string[], options?: CommandOptions): RunningCommand
  /** What disposing checks; rejects with everything it found. */
  checkLeaks(): Promise<void>
}

/** An environment of its own: nothing of the caller's home, configuration or git identity. */
export function cleanEnvironment(base: string): Record<string, string | undefined> {
  const home = join(base, 'home')
  return {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_STATE_HOME: join(home, '.local/state'),
    TMPDIR: join(base, 'tmp'),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    NO_COLOR: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    // One for the whole suite: see run.ts.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    // Coverage of the command line counts too.
    NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'],
  }
}

export async function makeProject(options: ProjectOptions = {}): Promise<TestProject> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'autopack-test-')))
  const dir = join(base, 'project')
  const env = { ...cleanEnvironment(base), ...options.env }
  for (const folder of [dir, join(base, 'home'), join(base, 'tmp')]) await mkdir(folder)

  const start: TestProject['start'] = (argv, given = {}) => startCommand(argv, { ...given, cwd: given.cwd ?? dir, env: { ...env, ...given.env } })
  const run: TestProject['run'] = (argv, given) => start(argv, given).result
  const startCli: TestProject['startCli'] = (args, given) => start([process.execPath, cliPath, ...args], given)
  const write = (files: Record<string, string>): Promise<void> => writeFiles(dir, files)
  const git = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(['git', ...args])
    if (exitCode !== 0) throw new Error(`git ${args.join(' ')} failed with ${exitCode}: ${stderr.trim() || stdout.trim()}`)
    return stdout.trim()
  }
  const commit = async (message: string, files: Record<string, string> = {}): Promise<string> => {
    await write(files)
    await git('add', '--all')
    await git('commit', '--quiet', '--allow-empty', '--message', message)
    return (await headOf(dir)) ?? git('rev-parse', 'HEAD')
  }
  const checkLeaks = (): Promise<void> => findLeaks(base, dir)

  const project: TestProject = {
    dir, base, env, write, git, commit, run, start, startCli, checkLeaks,
    home: join(base, 'home'),
    path: (...parts) => join(dir, ...parts),
    read: (file) => readFile(join(dir, file), 'utf8'),
    cli: (args, given) => startCli(args, given).result,
    async [Symbol.asyncDispose]() {
      let clean = false
      try {
        if (options.leakCheck !== false) await checkLeaks()
        clean = options.leakCheck !== false
      } finally {
        // A look costs milliseconds, and there are hundreds of projects: none is left where none was found.
        if (!clean) for (const left of processesIn(base)) process.kill(left.pid, 'SIGKILL')
        await rm(base, { recursive: true, force: true, maxRetries: 5 })
      }
    },
  }
  try {
    await write(options.files ?? {})
    if (options.git !== false) {
      await initialiseGit(dir, git)
      await commit('start')
    }
    return project
  } catch (error) {
    await rm(base, { recursive: true, force: true })
    throw error
  }
}

const gitFolders = ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'hooks', 'info']
let gitFiles: Promise<Record<string, string>> | undefined

/**
 * A repository with an identity of its own, so that a builder may commit too. Git makes the first one of this process, and what it wrote makes the
 * others: this happens hundreds of times, and git's template, a dozen sample hooks, costs more than all the rest.
 */
async function initialiseGit(dir: string, git: TestProject['git']): Promise<void> {
  const folder = join(dir, '.git')
  const known = gitFiles
  gitFiles ??= (async () => {
    await git('init', '--quiet', '--template=', '--initial-branch', 'main')
    const settings = ['[user]', 'name = Test', 'email = test@example.invalid', '[commit]', 'gpgsign = false', '[maintenance]', 'auto = false']
    await appendFile(join(folder, 'config'), `${settings.join('\n')}\n`)
    return { HEAD: await readFile(join(folder, 'HEAD'), 'utf8'), config: await readFile(join(folder, 'config'), 'utf8'), 'info/exclude': '' }
  })()
  const files = await gitFiles
  for (const name of gitFolders) await mkdir(join(folder, name), { recursive: true })
  await writeFiles(folder, known === undefined ? { 'info/exclude': '' } : files)
}

/** The commit of HEAD, where a file says so, as it does behind a commit; without a process, for this happens hundreds of times too. */
async function headOf(dir: string): Promise<string | undefined> {
  const textOf = async (name: string): Promise<string | undefined> => (await readFile(join(dir, '.git', name), 'utf8').catch(() => undefined))?.trim()
  const head = await textOf('HEAD')
  const hash = head?.startsWith('ref: ') ? await textOf(head.slice('ref: '.length)) : head
  return hash !== undefined && /^[0-9a-f]{40}$/.test(hash) ? hash : undefined
}

export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

/** Starts argv in a process group of its own and collects its output. */
export function startCommand(argv: readonly string[], options: CommandOptions & { cwd: string }): RunningCommand {
  const [command, ...args] = argv
  const child = spawn(command!, args, { cwd: options.cwd, env: options.env as NodeJS.ProcessEnv, detached: true, stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  const watchers = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
      for (const watch of watchers) watch()
    })
  }
  child.stdin?.on('error', () => {}).end(options.input)

  const { promise: result, resolve, reject } = Promise.withResolvers<CommandResult & { signal: NodeJS.Signals | null }>()
  // A test that fails while the command runs must not fail a second time by a rejection nobody waits for.
  result.catch(() => {})
  const limit = options.limit ?? 120_000
  let closed = false
  const timer = setTimeout(() => {
    killGroup(child.pid)
    reject(new Error(`no end after ${limit} ms: ${argv.join(' ')}\n${texts.stdout}${texts.stderr}`))
  }, limit)
  child.on('error', reject)
  child.on('close', (code, signal) => {
    clearTimeout(timer)
    closed = true
    resolve({ exitCode: code ?? -1, signal, ...texts })
    for (const watch of watchers) watch()
  })

  return {
    pid: child.pid ?? -1,
    output: () => ({ ...texts }),
    result,
    signal: (signal, to = 'command') => void process.kill(to === 'group' ? -child.pid! : child.pid!, signal),
    waitFor: (pattern) =>
      new Promise((found, failed) => {
        const watch = (): void => {
          if (pattern.test(texts.stdout) || pattern.test(texts.stderr)) {
            watchers.delete(watch)
            found()
          } else if (closed) {
            watchers.delete(watch)
            failed(new Error(`ended without ${pattern}:\n${texts.stdout}${texts.stderr}`))
          }
        }
        watchers.add(watch)
        watch()
      }),
  }
}

async function findLeaks(base: string, dir: string): Promise<void> {
  const found = (await thatStay(() => processesIn(base))).map((one) => `process ${one.pid}: ${one.command}`)
  // Node keeps its compile cache there, and it is meant to stay.
  for (const name of await readdir(join(base, 'tmp'))) if (name !== 'node-compile-cache') found.push(`temporary file ${join(base, 'tmp', name)}`)
  const worktrees = join(dir, '.git/worktrees')
  for (const name of await readdir(worktrees).catch(() => [])) {
    const path = dirname((await readFile(join(worktrees, name, 'gitdir'), 'utf8').catch(() => join(base, '.git'))).trim())
    if (!path.startsWith(`${base}/`) && path !== base) found.push(`worktree ${path}`)
  }
  if (found.length > 0) throw new Error(`left behind:\n  ${found.join('\n  ')}`)
}
