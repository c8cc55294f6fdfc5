/** Real repositories in temporary folders for the tests of core/workspace. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ProcessRunner } from '../../../core/model/process.ts'
import { acquireWorkspace, openRepository } from '../../../core/workspace/index.ts'
import type { AcquireRequest, Repository, Workspace, WriteScope } from '../../../core/workspace/index.ts'

export interface Sandbox {
  /** Holds everything: the repository in `repo`, worktrees in `trees`. */
  dir: string
  root: string
  env: Record<string, string>
  /** Plain git, as a person or a builder runs it. */
  git(args: string[], options?: { cwd?: string; input?: string; env?: Record<string, string> }): string
  write(file: string, content: string | Buffer, cwd?: string): void
  commitAll(message?: string): string
  open(root?: string): Promise<Repository>
  acquire(repository: Repository, extra?: Partial<AcquireRequest>): Promise<Workspace>
  /** A hostile or harmless builder: a shell script in the worktree. */
  build(workspace: Workspace, script: string): void
  clean(): void
}

export const wholeProject: WriteScope = { write: [], readOnly: [], protect: [] }

export function makeSandbox(files: Record<string, string | Buffer> = { 'README.md': 'hello\n', 'src/a.ts': 'export const a = 1\n', 'src/b.ts': 'export const b = 2\n', '.gitignore': 'dist/\n*.log\n' }): Sandbox {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'autopack-workspace-')))
  const root = path.join(dir, 'repo')
  const home = path.join(dir, 'home')
  mkdirSync(home)
  mkdirSync(root)
  const env: Record<string, string> = { PATH: process.env['PATH']!, HOME: home, GIT_CONFIG_NOSYSTEM: '1', TMPDIR: dir }
  const git: Sandbox['git'] = (args, options = {}) =>
    execFileSync('git', args, { cwd: options.cwd ?? root, env: { ...env, ...options.env }, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], ...(options.input !== undefined && { input: options.input }) })
  const write: Sandbox['write'] = (file, content, cwd = root) => {
    const target = path.join(cwd, file)
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, content)
  }
  writeFileSync(path.join(home, '.gitconfig'), '[user]\n\tname = Somebody\n\temail = somebody@example.com\n[init]\n\tdefaultBranch = main\n')
  git(['init', '-q', '-b', 'main'])
  for (const [file, content] of Object.entries(files)) write(file, content)
  const commitAll = (message = 'commit') => {
    git(['add', '-A'])
    git(['commit', '-q', '--allow-empty', '-m', message])
    return git(['rev-parse', 'HEAD']).trim()
  }
  if (Object.keys(files).length > 0) commitAll('start')
  return {
    dir, root, env, git, write, commitAll,
    open: (projectRoot = '.') => openRepository({ configDir: root, root: projectRoot, env }),
    acquire: async (repository, extra = {}) =>
      await acquireWorkspace({
        repository, path: path.join(dir, 'trees/run-1'), indexFile: path.join(dir, 'trees/.index/run-1'), branch: 'autopack/demo/run-1',
        base: extra.base ?? git(['rev-parse', 'HEAD']).trim(), exec: runner, env, ...extra,
      }),
    build: (workspace, script) => {
      const result = spawnSync('sh', ['-ec', script], { cwd: workspace.path, env: { ...env, MAIN: root }, encoding: 'utf8' })
      if (result.status !== 0) throw new Error(`the builder failed: ${result.stderr}${result.stdout}`)
    },
    clean: () => {
      spawnSync('chmod', ['-R', 'u+rwx', dir])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Runs a command for setup: the contract of the process runner, without limits. */
export const runner: ProcessRunner = async ({ command, cwd, env, logPath }) => {
  const [program, ...args] = Array.isArray(command) ? (command as string[]) : ['sh', '-c', (command as { shell: string }).shell]
  const result = spawnSync(program!, args, { cwd, env, encoding: 'utf8' })
  return { ended: 'exit', exitCode: result.status, signal: result.signal, durationMs: 0, logPath, tail: result.stderr ?? '' }
}

/** Runs the test on a sandbox and cleans it up, whatever happens. */
export function withSandbox(files: Record<string, string | Buffer> | undefined, body: (sandbox: Sandbox) => Promise<void>): () => Promise<void> {
  return async () => {
    const sandbox = makeSandbox(files)
    try {
      await body(sandbox)
    } finally {
      sandbox.clean()
    }
  }
}

export const codesOf = (result: { type: string; problems?: { code: string }[] }): string[] => [...new Set((result.problems ?? []).map(({ code }) => code))].sort()
