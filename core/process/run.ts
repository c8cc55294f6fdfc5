import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { ProcessRequest, ProcessResult, ProcessRunner } from '../model/process.ts'
import type { Runtime } from '../model/runtime.ts'
import { afterKillMs, defaultGraceMs, idleChecksPerLimit, watchIntervalMs } from './limits.ts'
import { cutLine, lastLine, openLog, readTail, sizeOf } from './log.ts'
import type { Redactor } from './redact.ts'
import { spawnFailureMessage } from './spawn-failure.ts'
import type { ProcessTable } from './table.ts'
import { processTable } from './table.ts'
import { attemptVariable, endTree, leftBehind, signalProcess } from './tree.ts'

/** Names one spawn in the environment of its whole tree: an attempt may run two commands at once, and ending one must spare the other. */
const spawnVariable = 'AUTOPACK_SPAWN_ID'

interface RunnerContext {
  runtime: Runtime
  redactor: Redactor | undefined
  table: ProcessTable
  /** Leaders that run now: ended when this process ends before them. */
  running: Set<number>
  onExit: () => void
  /** Files that are written now: by how many commands, and from where on nobody has looked for secrets. */
  written: Map<string, { commands: number; from: number }>
  /** Files that are looked through for secrets now. */
  redacted: Map<string, Promise<unknown>>
}

/**
 * Makes the one way in which Autopack runs a command: output to files by descriptor, stdin closed, a process group of its own, limits, and
 * no survivor when it returns. Limits count on `runtime`'s clock. Without `redactor` nothing is redacted.
 * The runner rejects when a log cannot be written and when `onSpawn` does; whatever happens to the child itself is a result.
 */
export function createProcessRunner(options: { runtime: Runtime; redactor?: Redactor }): ProcessRunner {
  const running = new Set<number>()
  const context: RunnerContext = {
    runtime: options.runtime,
    redactor: options.redactor,
    table: processTable(options.runtime.platform),
    running,
    onExit: () => running.forEach((pid) => signalProcess(-pid, 'SIGKILL')),
    written: new Map(),
    redacted: new Map(),
  }
  return (request) => run(context, request)
}

type Ended = ProcessResult['ended']

interface Log { path: string; from: number }

/** Where nothing is to be redacted. */
const asItIs = { redact: (text: string) => text, margin: 0 }

async function run(context: RunnerContext, request: ProcessRequest): Promise<ProcessResult> {
  const { runtime, redactor = asItIs } = context
  const start = runtime.monotonic()
  const result = (ended: Ended, exit: { exitCode: number | null; signal: string | null }, tail: string, message?: string): ProcessResult => ({
    ended,
    ...exit,
    durationMs: Math.max(0, runtime.monotonic() - start),
    logPath: request.logPath,
    tail,
    ...(message !== undefined && { message }),
  })
  const neverRan = { exitCode: null, signal: null }
  const busy = () => [request.logPath, request.stdoutPath ?? ''].map((path) => context.redacted.get(path)).find((one) => one !== undefined)
  // Another file may take its place until then.
  for (let one = busy(); one; one = busy()) await one
  if (request.signal?.aborted) return result('cancelled', neverRan, '')

  const log = beginWriting(context, request.logPath)
  const output = request.stdoutPath === undefined ? undefined : beginWriting(context, request.stdoutPath)
  const written = output ? [log, output] : [log]
  const endWritten = () => Promise.all(written.splice(0).map((file) => endWriting(context, file)))
  const spawnId = runtime.randomHex(8)
  const child = await startChild(request, spawnId).catch(async (error: unknown) => {
    await endWritten()
    throw error
  })
  if (child.type === 'failed') {
    await endWritten()
    return result('spawn-failed', neverRan, '', redactor.redact(child.message))
  }

  const { pid } = child
  const tree = { leader: pid, assignment: `${spawnVariable}=${spawnId}` }
  const end = (graceMs: number) => endTree(runtime, context.table, tree, graceMs)
  track(context, pid)
  try {
    // The child already runs while it is put on record. A crash right here loses nothing: the attempt was recorded before, and its
    // marker in the child's environment finds the child. So no child has to wait for the store before it starts.
    await request.onSpawn?.({ pid, startTime: context.table.startTime(pid) })
    const ended = await untilEnded(context, request, child.exited, { log, output })
    if (ended !== 'exit') {
      await end(request.graceMs ?? defaultGraceMs)
      await settled(runtime, child.exited)
    } else if ((await leftBehind(context.table, tree, runtime.pid, runtime.monotonic() - start)).length > 0) {
      // Its result is known, so what it left in the background has nothing to say any more.
      await end(request.graceMs ?? defaultGraceMs)
    }
    await endWritten()
    const exit = await Promise.race([child.exited, Promise.resolve(neverRan)])
    return result(ended, exit, readTail(log.path, log.from, redactor) || (output ? readTail(output.path, output.from, redactor) : ''))
  } catch (error) {
    await end(0)
    throw error
  } finally {
    untrack(context, pid)
    await endWritten()
  }
}

function beginWriting({ written }: RunnerContext, path: string): Log {
  const from = sizeOf(path)
  const known = written.get(path)
  written.set(path, { commands: (known?.commands ?? 0) + 1, from: Math.min(known?.from ?? from, from) })
  return { path, from }
}

/** Looks a file through for secrets once nobody writes it any more: it may be replaced then, and what another command adds would be in no file. */
async function endWriting({ written, redacted, redactor }: RunnerContext, { path }: Log): Promise<void> {
  const known = written.get(path)!
  known.commands--
  if (known.commands > 0) return
  written.delete(path)
  if (!redactor || sizeOf(path) <= known.from) return
  const redacting = redactor.redactFile(path, known.from)
  redacted.set(path, redacting.catch(() => undefined))
  await redacting.finally(() => redacted.delete(path))
}

type Child =
  | { type: 'started'; pid: number; exited: Promise<{ exitCode: number | null; signal: string | null }> }
  /** `message`: one line, with the fix. */
  | { type: 'failed'; message: string }

async function startChild(request: ProcessRequest, spawnId: string): Promise<Child> {
  const [program, ...args] = 'shell' in request.command ? ['sh', '-c', request.command.shell] : request.command
  if (program === undefined || program === '') return { type: 'failed', message: 'the argument list names no program; write for example ["npm", "test"]' }
  const failed = (error: { code?: string; message?: string }): Child => ({
    type: 'failed',
    message: spawnFailureMessage({ program, cwd: request.cwd, code: error.code, message: error.message ?? '' }),
  })
  const logDescriptor = openLog(request.logPath)
  let inputDescriptor: number | undefined
  try {
    if (request.stdinPath !== undefined) inputDescriptor = openSync(request.stdinPath, 'r')
  } catch (error) {
    closeSync(logDescriptor)
    return { type: 'failed', message: `${request.stdinPath}, which is to be the standard input of ${program}, cannot be read (${(error as NodeJS.ErrnoException).code}); make it readable` }
  }
  let outputDescriptor = logDescriptor
  try {
    if (request.stdoutPath !== undefined) outputDescriptor = openLog(request.stdoutPath)
    const child = spawn(program, args, {
      cwd: request.cwd,
      env: { ...request.env, ...(request.marker !== undefined && { [attemptVariable]: request.marker }), [spawnVariable]: spawnId },
      // Nothing that it prints passes through this process.
      stdio: [inputDescriptor ?? 'ignore', outputDescriptor, logDescriptor],
      // A group and session of its own: Ctrl-C on our terminal is ours to handle, and the tree can be ended as one.
      detached: true,
    })
    const { pid } = child
    if (pid === undefined) return failed(await new Promise<NodeJS.ErrnoException>((resolve) => child.once('error', resolve)))
    return { type: 'started', pid, exited: new Promise((resolve) => child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))) }
  } catch (error) {
    // An argument or a variable that no process can be given (a NUL byte) is thrown before anything is started.
    return failed(error as NodeJS.ErrnoException)
  } finally {
    closeSync(logDescriptor)
    if (inputDescriptor !== undefined) closeSync(inputDescriptor)
    if (outputDescriptor !== logDescriptor) closeSync(outputDescriptor)
  }
}

/** Waits for the first of: the exit, the wall-clock limit, the idle limit, the signal. */
async function untilEnded(context: RunnerContext, request: ProcessRequest, exited: Promise<unknown>, files: { log: Log; output: Log | undefined }): Promise<Ended> {
  const { runtime } = context
  // Aborted with a reason, however small: without one, an error is made with its stack.
  const over = new AbortController()
  const { promise: cancelled, resolve: cancel } = Promise.withResolvers<Ended>()
  const onAbort = () => cancel('cancelled')
  request.signal?.addEventListener('abort', onAbort)
  if (request.signal?.aborted) onAbort()
  try {
    const ends: Promise<Ended>[] = [exited.then((): Ended => 'exit'), cancelled]
    if (request.timeoutMs !== undefined) ends.push(runtime.sleep(request.timeoutMs, over.signal).then((): Ended => 'timeout'))
    if (request.idleMs !== undefined || request.onLine) ends.push(watch(context, request, files, over.signal))
    return await Promise.race(ends)
  } finally {
    request.signal?.removeEventListener('abort', onAbort)
    over.abort(null)
  }
}

/** Waits for an exit that was asked for, but not for ever. */
async function settled(runtime: Runtime, exited: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  await Promise.race([exited, runtime.sleep(afterKillMs, over.signal)])
  over.abort(null)
}

/** Follows the log: reports its last line, and resolves when it has not grown for the idle limit. */
async function watch(context: RunnerContext, request: ProcessRequest, files: { log: Log; output: Log | undefined }, over: AbortSignal): Promise<Ended> {
  const { runtime, redactor = asItIs } = context
  const { idleMs } = request
  const interval = Math.max(1, Math.min(watchIntervalMs, (idleMs ?? Infinity) / idleChecksPerLimit))
  const size = () => sizeOf(files.log.path) + (files.output ? sizeOf(files.output.path) : 0)
  let seen = files.log.from + (files.output?.from ?? 0)
  let grown = runtime.monotonic()
  let line = ''
  for (;;) {
    await runtime.sleep(interval, over)
    if (over.aborted) return 'exit'
    const now = size()
    if (now !== seen) {
      seen = now
      grown = runtime.monotonic()
      if (request.onLine) {
        const latest = cutLine(lastLine(files.log.path, files.log.from, redactor))
        if (latest !== '' && latest !== line) request.onLine((line = latest))
      }
    } else if (idleMs !== undefined && runtime.monotonic() - grown >= idleMs) {
      return 'idle'
    }
  }
}

/** A second Ctrl-C, or an error that nobody caught, ends this process at once: its children must not go on spending. */
function track(context: RunnerContext, pid: number): void {
  context.running.add(pid)
  if (context.running.size === 1) process.on('exit', context.onExit)
}

function untrack(context: RunnerContext, pid: number): void {
  context.running.delete(pid)
  if (context.running.size === 0) process.off('exit', context.onExit)
}
