import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findOnPath } from '../../core/cli/find-program.ts'
import type { Output } from '../../core/cli/context.ts'
import { runCli } from '../../core/cli/main.ts'
import { systemRuntime } from '../../core/runtime.ts'
import type { CommandResult, TestProject } from './project.ts'

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

/** A config with that builder script and those checks, and a plan of that YAML. */
export function projectFiles(options: { builder: string; plan: string; config?: string }): Record<string, string> {
  return {
    'autopack.config.ts': [
      "import { defineConfig } from 'autopack'",
      "import { command } from 'autopack/builders'",
      `export default defineConfig({ project: 'demo', builder: command({ run: { shell: ${JSON.stringify(options.builder)} } }), ${options.config ?? ''} })`,
      '',
    ].join('\n'),
    'runs/demo.yaml': options.plan,
  }
}

/** Runs a command line in this process: as the real one, without its start-up. Nobody sits at the terminal unless `answers` are given. */
export async function runInside(project: TestProject, args: readonly string[], options: { answers?: string[]; tty?: boolean } = {}): Promise<CommandResult & { asked: string[] }> {
  const texts = { stdout: '', stderr: '' }
  const asked: string[] = []
  const output = (name: 'stdout' | 'stderr'): Output => ({ write: (text) => void (texts[name] += text), isTTY: options.tty === true, columns: options.tty ? 80 : Infinity })
  const { answers } = options
  const exitCode = await runCli(args, {
    runtime: { ...systemRuntime(), env: project.env, cwd: project.dir, home: project.home, temporaryDir: join(project.base, 'tmp') },
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin: async function* () {},
    stdinIsTTY: false,
    closed: new AbortController().signal,
    ask: answers && (async (question) => {
      asked.push(question)
      return answers.shift() ?? ''
    }),
    exitNow: () => { throw new Error('a test does not end the process') },
  })
  return { exitCode, ...texts, asked }
}
