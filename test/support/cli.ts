import { readdirSync, readFileSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findOnPath } from '../../core/cli/find-program.ts'
import type { Output } from '../../core/cli/context.ts'
import { runCli } from '../../core/cli/main.ts'
import { systemRuntime } from '../../core/runtime.ts'
import type { CommandOptions, CommandResult, TestProject } from './project.ts'

/** A PATH with these programs and no others, whatever the machine has: no agent is found by chance. Scripts: name → text of a shell script. */
export async function isolatedPath(project: TestProject, scripts: Record<string, string> = {}): Promise<string> {
  const bin = join(project.base, 'bin')
  await mkdir(bin)
  // A script of the same name takes the program's place: it must not be written through the link.
  const programs = ['node', 'git', 'sh', 'cat', 'cp', 'mkdir', 'test', 'printf', 'sleep', 'true', 'false', 'ps']
  for (const program of programs.filter((name) => !(name in scripts))) {
    const file = program === 'node' ? process.execPath : await findOnPath(program, process.env)
    if (file !== undefined) await symlink(file, join(bin, program))
  }
  for (const [name, text] of Object.entries(scripts)) await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755, flag: 'wx' })
  return bin
}

/** The code of a project as this process loaded it. */
const loaded = new WeakMap<TestProject, string>()

/** Everything in the project's folder that a config or plan may import, as one text. Asked for before each command, and a glob takes ten times as long. */
function codeOf(folder: string): string {
  let text = ''
  for (const entry of entriesOf(folder)) {
    const file = join(folder, entry.name)
    if (entry.isDirectory() && !['node_modules', '.git', '.autonomous_runs'].includes(entry.name)) text += codeOf(file)
    else if (entry.isFile() && /\.(?:ts|mts|js|mjs|cjs)$/.test(entry.name)) text += `${file}\n${readOrNothing(file)}\n`
  }
  return text
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** A config with that builder script and those checks, and a plan of that YAML. */
export function projectFiles(options: { builder: string; plan: string; config?: string }): Record<string, string> {
  return {
    'autopack.config.mjs': [
      "import { defineConfig } from 'autopack'",
      "import { command } from 'autopack/builders'",
      `export default defineConfig({ project: 'demo', builder: command({ run: { shell: ${JSON.stringify(options.builder)} } }), ${options.config ?? ''} })`,
      '',
    ].join('\n'),
    'runs/demo.yaml': options.plan,
  }
}

/**
 * What ends a test file from outside, a limit of time above all, would be taken for Ctrl-C by the command line that runs in this process: the test
 * would go on, and fail by an exit code of 130 that nobody can explain.
 */
const meantForTheTest = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** How many command lines run in this process now. */
let inside = 0

function endTest(signal: NodeJS.Signals): never {
  console.error(`\nthe test was told to end by ${signal}, while a command line was running in its process`)
  process.exit(1)
}

export interface InsideOptions extends Pick<CommandOptions, 'cwd' | 'env' | 'input'> {
  answers?: string[]
  tty?: boolean
  /** How much later than now it is, in milliseconds. */
  laterMs?: number
}

/**
 * Runs a command line in this process: as the real one, without its start-up, which costs more than most commands do. Nobody sits at the terminal
 * unless `answers` are given. A process of its own takes over once code of the project has changed: this one keeps modules as it first loaded them.
 */
export async function runInside(project: TestProject, args: readonly string[], options: InsideOptions = {}): Promise<CommandResult & { asked: string[] }> {
  const texts = { stdout: '', stderr: '' }
  const asked: string[] = []
  const output = (name: 'stdout' | 'stderr'): Output => ({ write: (text) => void (texts[name] += text), isTTY: options.tty === true, columns: options.tty ? 80 : Infinity })
  const { answers, input, cwd = project.dir, laterMs = 0 } = options
  const env = { ...project.env, ...options.env }
  const code = codeOf(project.dir)
  if (!answers && !options.tty && (loaded.get(project) ?? code) !== code) return { ...(await project.cli(args, { cwd, env: options.env ?? {}, ...(input !== undefined && { input }) })), asked }
  loaded.set(project, code)
  if (inside++ === 0) for (const signal of meantForTheTest) process.prependListener(signal, endTest)
  const exitCode = await runCli(args, {
    runtime: { ...systemRuntime(), now: () => Date.now() + laterMs, env, cwd, home: project.home, temporaryDir: join(project.base, 'tmp') },
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin: async function* () { if (input) yield Buffer.from(input) },
    stdinIsTTY: () => false,
    closed: new AbortController().signal,
    ask: answers && (async (question) => {
      asked.push(question)
      return answers.shift() ?? ''
    }),
    exitNow: () => { throw new Error('a test does not end the process') },
  }).finally(() => { if (--inside === 0) for (const signal of meantForTheTest) process.off(signal, endTest) })
  return { exitCode, ...texts, asked }
}
