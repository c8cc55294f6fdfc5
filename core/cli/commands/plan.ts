import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { displayPath } from '../../config/load.ts'
import { notesUnreadableError, UserErrors } from '../../errors.ts'
import { writeAtomic } from '../../layout/atomic.ts'
import { ensureRunsDir } from '../../layout/ensure.ts'
import { shellQuote } from '../../model/command-text.ts'
import type { PlanOutput } from '../../model/outputs.ts'
import { installStopSignals } from '../../process/signals.ts'
import type { Draft } from '../../project/draft/draft.ts'
import { planTarget, type PlanTarget } from '../../project/draft/target.ts'
import { isYes } from '../answers.ts'
import type { CliContext } from '../context.ts'
import { openProject } from '../open-project.ts'
import { diffLines, draftLines, uselessLines } from '../plan-text.ts'

/** Notes are read by people; what is larger is another file. */
const largestNotes = 1024 * 1024

export function configure(command: Command): void {
  command
    .argument('<notes>', 'a text file with what is to be done; - for standard input')
    .option('--out <file>', 'where the plan goes (default: its id, in the folder of your plans)')
    .option('--id <id>', 'id of the run (default: the name of the notes, and the day)')
    .option('--builder <name>', 'who drafts it (default: the builder of the config)')
    .option('--try', 'run the checks of the draft once, on what is committed')
    .option('--write', 'write the plan file; without it the plan is only shown, and on a terminal you are asked')
}

export async function run(context: CliContext, [given]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const notesName = String(given)
  const notes = await readNotes(context, notesName)
  const project = await openProject(context, { preview: false, log: (_level, message) => context.stderr.write(`${message}\n`) })
  const stop = new AbortController()
  const removeSignals = installStopSignals({ monotonic: context.runtime.monotonic, onFirst: () => stop.abort(), onSecond: () => context.exitNow(130) })
  try {
    const { config, layout } = project
    const target = await planTarget(config, { cwd: context.cwd, now: context.runtime.now(), notes: notesName, out: options['out'] as string | undefined, id: options['id'] as string | undefined })
    await ensureRunsDir(layout)
    const [{ draftPlan }, { createEngine }] = await Promise.all([import('../../project/draft/draft.ts'), import('../../project/engine.ts')])
    const engine = createEngine(project, () => undefined)
    const tell = (line: string) => context.stderr.write(`${context.style.dim(line)}\n`)
    const draft = await draftPlan(engine, {
      notes, notesName, id: target.id, builder: options['builder'] as string | undefined, target: target.source, tries: options['try'] === true, ...(project.scratch !== undefined && { scratch: project.scratch }), signal: stop.signal, tell, nameFile: (file) => displayPath(file, context.cwd),
    })
    if (draft.errors.length > 0) {
      if (!context.json) for (const line of uselessLines(draft, context, displayPath(draft.file, context.cwd))) context.stderr.write(`${line}\n`)
      throw draft.errors.length === 1 ? draft.errors[0]! : new UserErrors(draft.errors)
    }
    const diff = await diffLines(engine.repository, target, draft.file)
    if (!context.json) for (const line of [...draftLines(draft, context), ...diff.map((one) => colored(one, context))]) context.print(line)
    const write = diff.length > 0 && (options['write'] === true || (await confirmed(context, target.shown)))
    if (write) await writeAtomic(target.file, draft.text)
    if (context.json) context.printJson(outputOf(draft, target, diff, write))
    else for (const line of nextLines(context, draft, target, diff, write)) context.print(line)
    return 0
  } finally {
    removeSignals()
    await project.close()
  }
}

async function readNotes(context: CliContext, name: string): Promise<string> {
  const bytes = name === '-' ? await fromStdin(context) : fromFile(path.resolve(context.cwd, name), name)
  if (bytes.length > largestNotes) throw notesUnreadableError(name, `they have more than ${largestNotes} bytes`)
  if (bytes.includes(0)) throw notesUnreadableError(name, 'that is no text')
  const text = bytes.toString('utf8')
  if (text.trim() === '') throw notesUnreadableError(name, 'they are empty')
  return text
}

function fromFile(file: string, name: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw notesUnreadableError(name, code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'that is a folder' : message)
  }
}

async function fromStdin(context: CliContext): Promise<Buffer> {
  if (context.stdinIsTTY()) context.stderr.write('reading notes from standard input; end them with Ctrl-D, or name a file\n')
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of context.stdin()) {
    parts.push(part)
    bytes += part.length
    // What is more is refused, and need not be read to its end.
    if (bytes > largestNotes) break
  }
  return Buffer.concat(parts)
}

async function confirmed(context: CliContext, shown: string): Promise<boolean> {
  if (!context.ask || context.json) return false
  return isYes(await context.ask(`Write ${shown}? [y/N] `))
}

function colored(line: string, { style }: CliContext): string {
  return line.startsWith('+') ? style.green(line) : line.startsWith('-') ? style.red(line) : line
}

function nextLines(context: CliContext, draft: Draft, target: PlanTarget, diff: readonly string[], written: boolean): string[] {
  if (diff.length === 0) return [`${target.shown} says all of this already.`]
  if (written) return [`Written: ${target.shown}`, `next  ${context.program} run ${target.id} --dry-run`]
  return [`Not written; the draft is kept: ${displayPath(draft.file, context.cwd)}`, `next  cp ${shellQuote(displayPath(draft.file, context.cwd))} ${shellQuote(target.shown)}`]
}

function outputOf(draft: Draft, target: PlanTarget, diff: readonly string[], written: boolean): PlanOutput {
  return { run: target.id, plan: draft.plan!.plan, builder: draft.builder, rounds: draft.rounds, usage: draft.usage, out: target.file, written, draft: draft.file, notes: draft.notes, diff: diff.join('\n') }
}
