import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { inputUnreadableError, UserError, usageError } from '../../errors.ts'
import type { FailureContext } from '../../failure/index.ts'
import type { ClassifyOutput } from '../../model/outputs.ts'
import type { Hooks } from '../../pipeline/facade.ts'
import { lineNumber, readLogWindow } from '../../project/log-window.ts'
import { classificationLines } from '../classify-text.ts'
import type { CliContext } from '../context.ts'
import { loadProject } from '../project.ts'

export function configure(command: Command): void {
  command
    .argument('[file]', 'a log; - or nothing: standard input')
    .option('--exit-code <n>', 'the exit code that the command ended with')
    .option('--command <line>', 'the command that printed it, for classifiers that look at it')
    .option('--jsonl', 'read lines of {"id", "text"} and write lines of {"id", "class", "fingerprint", "title", "confidence"}')
    .option('--replay', 'classify the stored failures of this project again, and show which buckets would split, merge or change blame')
    .option('--watch', 'with a file: again whenever the file or the config changes')
}

export async function run(context: CliContext, [file]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const modes = ['replay', 'jsonl', 'watch'].filter((name) => options[name] === true)
  if (modes.length > 1) throw usageError(`--${modes[0]} and --${modes[1]} exclude each other`, 'ask for one of them')
  for (const [flag, given] of [['--exit-code', options['exitCode']], ['--command', options['command']]] as const) {
    if (given !== undefined && (options['replay'] || options['jsonl'])) throw usageError(`${flag} says something of one log, and ${options['replay'] ? '--replay' : '--jsonl'} reads many`, options['replay'] ? 'leave it out' : 'give each line its "exitCode"')
  }
  const name = typeof file === 'string' && file !== '-' ? file : undefined
  if (options['replay']) {
    if (file !== undefined) throw usageError('--replay reads the stored failures and takes no file', 'leave the file out')
    return await (await import('../classify-replay.ts')).replay(context)
  }
  if (options['watch']) {
    if (name === undefined) throw usageError('--watch needs a file to watch', 'name the log: autopack classify ci.log --watch')
    return await (await import('../classify-watch.ts')).watchClassify(context, name, options)
  }
  const known = await projectHooks(context)
  const input = await openInput(context, name)
  if (options['jsonl']) return await (await import('../classify-jsonl.ts')).classifyJsonLines(context, input, known)
  const { classifyOutput } = await import('../../project/classify-output.ts')
  const window = await readLogWindow(input)
  const command = options['command'] as string | undefined
  const exitCode = exitCodeOf(options['exitCode'])
  const result = await classifyOutput({ text: window.text, ...known, ...(exitCode !== undefined && { exitCode }), ...(command !== undefined && { command: command.split(/\s+/) }) })
  const output: ClassifyOutput = {
    ...result.classification, template: result.classification.template ?? null, bytes: window.bytes, lines: window.lines,
    causes: result.causes.map(({ cause, fingerprint, lines, extractor }) => ({
      fingerprint, class: cause.class, title: cause.title, confidence: cause.confidence, extractor,
      evidence: cause.evidence.map((text, index) => ({ line: lineOf(window, lines[index]), text })),
    })),
    asked: result.asked,
  }
  if (context.json) context.printJson(output)
  else for (const line of classificationLines(output, context)) context.print(line)
  return 0
}

const lineOf = (window: Parameters<typeof lineNumber>[0], index: number | undefined): number | null => (index === undefined ? null : (lineNumber(window, index) ?? null))

/** The classifiers of the project that the working directory lies in; none where it lies in no project. */
export async function projectHooks(context: CliContext): Promise<{ hooks?: Hooks; context: FailureContext }> {
  const { runtime } = context
  const place: FailureContext = { home: runtime.home, temporaryDir: runtime.temporaryDir }
  try {
    const project = await loadProject(context)
    const { openPlugins } = await import('../open-plugins.ts')
    const { hooks } = await openPlugins(project, (_level, message) => context.stderr.write(`${message}\n`))
    return { hooks, context: { ...place, workspace: project.config.configDir, projectRoot: project.config.root } }
  } catch (error) {
    // Anybody's log, anywhere: a project only adds its classifiers. Outside of one, the log's paths are of another place more often than of this folder.
    if (error instanceof UserError && error.code === 'config-not-found') return { context: place }
    throw error
  }
}

async function openInput(context: CliContext, name: string | undefined): Promise<AsyncIterable<Uint8Array>> {
  if (name === undefined) {
    if (context.stdinIsTTY()) context.stderr.write('reading a log from standard input; end it with Ctrl-D, or name a file\n')
    return context.stdin()
  }
  const file = path.resolve(context.cwd, name)
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => { throw inputUnreadableError(name, error.code === 'ENOENT' ? 'there is no such file' : error.message) })
  if (found.isDirectory()) throw inputUnreadableError(name, 'it is a folder')
  return readable(file, name)
}

async function* readable(file: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>
  } catch (error) {
    throw inputUnreadableError(name, (error as Error).message)
  }
}

function exitCodeOf(text: unknown): number | undefined {
  if (text === undefined) return undefined
  const code = Number(text)
  if (!/^\d+$/.test(String(text)) || code > 255) throw usageError(`--exit-code ${String(text)} is no exit code`, 'give a whole number from 0 to 255')
  return code
}
