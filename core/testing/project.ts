import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ConfigInput } from '../config/input.ts'
import type { BuildRequest } from '../model/builder.ts'
import type { AutopackEvent } from '../model/events.ts'
import type { PlanInput } from '../model/plan.ts'
import { systemRuntime } from '../runtime.ts'
import { createGit } from '../workspace/index.ts'
import { createTestClock } from './clock.ts'
import type { TestClock } from './clock.ts'
import { readRun } from './read-run.ts'
import type { DrainRun } from './read-run.ts'
import { scriptedBuilder } from './scripted-builder.ts'
import type { BuildScript } from './scripted-builder.ts'

export interface ProjectOptions {
  /** The config, as an object: what stands in it may be objects of the test. Default: the project `test`, built by the scripted builder. */
  config?: ConfigInput
  /** Path → text: committed before anything runs. */
  files?: Readonly<Record<string, string>>
  /** Written to `runs/`, one file each. */
  plans?: readonly PlanInput[]
  /**
   * What the scripted builder does for each phase, by its id. It builds every phase that names no other builder; where the config has a
   * `builder`, the phases that name `scripted`. Default for a phase: a step `{}`.
   */
  build?: Readonly<Record<string, BuildScript>>
  /** What the clock shows at the beginning, as for `new Date(…)`. Default: now. */
  startsAt?: string | number | Date
  /** Added to the environment, which is otherwise PATH, a locale and temporary folders of the project's own. */
  env?: Readonly<Record<string, string>>
}

/** A project in a temporary folder: a git repository with a config, worked on as the command line would, in this process. */
export interface TestProject extends AsyncDisposable {
  /** Its folder, by its real path. */
  readonly dir: string
  readonly clock: TestClock
  /** A path in it. */
  path(...parts: string[]): string
  /** Writes files, and commits nothing. */
  write(files: Readonly<Record<string, string>>): Promise<void>
  /** Writes files and commits everything. */
  commit(files?: Readonly<Record<string, string>>): Promise<void>
  read(file: string): Promise<string>
  /** `autopack run`, with further arguments. A pause of the drain is skipped: the clock moves to its end. */
  run(...args: string[]): Promise<DrainRun>
  /** `autopack drain`, with further arguments. The same holds. */
  drain(...args: string[]): Promise<DrainRun>
  /** Any command line, without `autopack` itself: a plugin's own command, `status --json`. */
  autopack(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
}

/**
 * Makes a project. `await using project = await makeProject({ … })` takes it away at the end; else call its `Symbol.asyncDispose`.
 *
 * @throws Error when git is not there.
 */
export async function makeProject(options: ProjectOptions = {}): Promise<TestProject> {
  const base = await realpath(await mkdtemp(path.join(tmpdir(), 'autopack-testing-')))
  try {
    return await projectIn(base, options)
  } catch (error) {
    await rm(base, { recursive: true, force: true })
    throw error
  }
}

/** The config is an object of the test; a file has to be there all the same, for Autopack looks for one. */
const configFile = { name: 'autopack.config.mjs', text: '// The config of this project is an object of its test.\nexport default {}\n' }

async function projectIn(base: string, options: ProjectOptions): Promise<TestProject> {
  const [dir, home, temporaryDir] = ['project', 'home', 'tmp'].map((name) => path.join(base, name)) as [string, string, string]
  for (const folder of [dir, home, temporaryDir]) await mkdir(folder)
  const env: Record<string, string | undefined> = {
    PATH: process.env['PATH'], HOME: home, USERPROFILE: home, XDG_CACHE_HOME: path.join(home, '.cache'), XDG_CONFIG_HOME: path.join(home, '.config'), TMPDIR: temporaryDir,
    LANG: 'C.UTF-8', TZ: 'UTC', NO_COLOR: '1', GIT_CONFIG_NOSYSTEM: '1', ...options.env,
  }
  const { clock, time } = createTestClock(new Date(options.startsAt ?? Date.now()).getTime())
  const plans = options.plans ?? []
  const scripted = scriptedBuilder({ scripts: options.build ?? {}, clock, usualFiles: (request) => usualFiles(plans, request) })
  const config: ConfigInput = {
    project: 'test',
    builder: scripted,
    ...options.config,
    ...(options.config?.builder && { builders: { scripted, ...options.config.builders } }),
  }
  const git = createGit(env)
  const gitHere = async (...args: string[]) => (await git({ cwd: dir, args })).stdout.toString('utf8')

  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(dir, name)), { recursive: true })
      await writeFile(path.join(dir, name), text)
    }
  }
  const commit = async (files: Readonly<Record<string, string>> = {}): Promise<void> => {
    await write(files)
    await gitHere('add', '--all')
    await gitHere('commit', '--quiet', '--allow-empty', '--message', 'Test')
  }
  const command = async (args: readonly string[], onLine: (line: string) => void) => {
    // A test that only calls a hook does not load the command line.
    const { runCli } = await import('../cli/main.ts')
    const texts = { stdout: '', stderr: '' }
    const output = (name: 'stdout' | 'stderr') => ({
      write(text: string) {
        texts[name] += text
        if (name === 'stdout') for (const line of text.split('\n')) onLine(line)
      },
      isTTY: false, columns: Infinity,
    })
    const exitCode = await runCli(args, {
      runtime: { ...systemRuntime(), ...time, env, cwd: dir, home, temporaryDir },
      stdout: output('stdout'), stderr: output('stderr'), stdin: async function* () {}, stdinIsTTY: () => false,
      closed: new AbortController().signal, ask: undefined, exitNow: () => undefined, configValue: config,
    })
    return { exitCode, ...texts }
  }
  const work = async (name: 'run' | 'drain', args: readonly string[]): Promise<DrainRun> => {
    const events: AutopackEvent[] = []
    const { exitCode, stderr } = await command([name, '--json', ...args], (line) => {
      if (!line.startsWith('{')) return
      const event = JSON.parse(line) as AutopackEvent
      events.push(event)
      const until = event.type === 'notice' ? /^waiting until (\S+)/.exec(event.message)?.[1] : undefined
      // The notice comes right before the pause: the clock moves once it has begun.
      if (until !== undefined) setImmediate(() => clock.advance(Math.max(0, Date.parse(until) - clock.now()) / 1_000))
    })
    return await readRun({ exitCode, stderr, events }, (hash) => changesOf(gitHere, hash))
  }

  await gitHere('init', '--quiet', '--initial-branch', 'main')
  for (const [key, value] of [['user.name', 'Test'], ['user.email', 'test@example.invalid'], ['commit.gpgsign', 'false']] as const) await gitHere('config', key, value)
  await commit({ [configFile.name]: configFile.text, ...planFiles(plans), ...options.files })
  return {
    dir, clock, write, commit,
    path: (...parts) => path.join(dir, ...parts),
    read: (file) => readFile(path.join(dir, file), 'utf8'),
    run: (...args) => work('run', args),
    drain: (...args) => work('drain', args),
    autopack: (...args) => command(args, () => undefined),
    [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true, maxRetries: 5 }),
  }
}

function planFiles(plans: readonly PlanInput[]): Record<string, string> {
  return Object.fromEntries(plans.map((plan, index) => [`runs/${index + 1}.json`, `${JSON.stringify(plan, undefined, 2)}\n`]))
}

/** What the phase asks for. */
function usualFiles(plans: readonly PlanInput[], { run, phase, attempt }: BuildRequest): Record<string, string> {
  const asked = plans.find((plan) => plan.id === run)?.phases.find(({ id }) => id === phase.id)?.deliverables ?? []
  const names = Object.values(asked).flat()
  const text = `made for ${phase.id} in attempt ${attempt}\n`
  return Object.fromEntries((names.length > 0 ? names : ['made.txt']).map((name) => (name.endsWith('/') ? [`${name}made.txt`, text] : [name, name.endsWith('.json') ? `${JSON.stringify({ text })}\n` : text])))
}

async function changesOf(git: (...args: string[]) => Promise<string>, commit: string): Promise<Record<string, string | null>> {
  const fields = (await git('diff-tree', '-r', '-z', '--no-renames', '--no-commit-id', '--name-status', commit)).split('\0')
  const changed: Record<string, string | null> = {}
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [status, name] = [fields[at]!, fields[at + 1]!]
    changed[name] = status === 'D' ? null : await git('show', `${commit}:${name}`)
  }
  return changed
}
