import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { BuildProgress, BuildRequest } from '../../../core/model/builder.ts'
import { createRedactor } from '../../../core/process/redact.ts'
import { createProcessRunner } from '../../../core/process/run.ts'
import { systemRuntime } from '../../../core/runtime.ts'

/** A workspace, a config folder and an attempt's folder on disk, and a request that runs real processes in them. */
export function builderBench(options: { phase?: string; project?: string; secrets?: readonly string[] } = {}) {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'autopack-builder-')))
  const workspace = join(path, 'workspace')
  const projectDir = join(workspace, options.project ?? '')
  const configDir = join(path, 'config')
  const attemptDir = join(path, 'attempt')
  for (const folder of [projectDir, configDir, attemptDir]) mkdirSync(folder, { recursive: true })
  const redactor = createRedactor({ secrets: options.secrets ?? [] })
  const runner = createProcessRunner({ runtime: systemRuntime(), redactor })
  const progress: BuildProgress[] = []
  const controller = new AbortController()
  const phase = options.phase ?? 'the-phase'
  const env = { PATH: process.env['PATH']!, HOME: path, AUTOPACK_PHASE: phase, AUTOPACK_USAGE_FILE: join(attemptDir, 'usage.jsonl') }
  const values: Record<string, string> = { run: 'the-run', phase, attempt: '1', prompt: join(attemptDir, 'prompt.md'), workspace }
  const logPath = join(attemptDir, 'builder.log')
  const request: BuildRequest = {
    run: 'the-run',
    phase: { id: phase, goal: 'Do it', kind: 'build' },
    attempt: 1,
    attemptId: 'attempt-id',
    promptPath: values['prompt']!,
    temporaryDir: join(attemptDir, 'tmp'),
    workspace, projectDir, attemptDir, logPath, configDir, env,
    timeoutMs: 60_000,
    signal: controller.signal,
    exec: (given) => runner({ cwd: projectDir, env, logPath, timeoutMs: 60_000, signal: controller.signal, marker: 'attempt-id', ...given }),
    expand: (argv) => argv.map((part) => part.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder)),
    sleep: systemRuntime().sleep,
    redact: (value) => redactor.redactAll(value),
    log: (line) => appendFileSync(logPath, `${redactor.redact(line)}\n`),
    progress: (event) => progress.push(event),
  }
  return {
    path,
    workspace,
    projectDir,
    configDir,
    attemptDir,
    request,
    progress,
    controller,
    write(file: string, text: string | Buffer, mode?: number) {
      mkdirSync(dirname(join(path, file)), { recursive: true })
      writeFileSync(join(path, file), text, mode === undefined ? {} : { mode })
    },
    git: (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', '-c', 'core.hooksPath=/dev/null', ...args], {
        cwd: workspace, encoding: 'utf8', env: { PATH: env.PATH, HOME: path, LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'pipe'],
      }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
