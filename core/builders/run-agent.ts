import { statSync, writeFileSync } from 'node:fs'
import { builderPaths } from '../layout/run-paths.ts'
import type { BuildRequest, BuildResult } from '../model/builder.ts'
import type { Problem } from '../model/failure.ts'
import type { ProcessResult } from '../model/process.ts'
import type { Usage } from '../model/usage.ts'
import type { JsonObject } from './json.ts'
import { buildResultOf } from './result.ts'
import { shortLine } from './short-line.ts'
import { lineStream, type LineStream, type StreamLine } from './stream.ts'
import { usageOf, type Tally } from './tally.ts'
import { usageFileVariable } from './usage-file.ts'

/** What an agent has told so far. */
export interface AgentState {
  /** What each model was asked in this attempt alone; undefined while nothing is known. Where the agent counts over a whole conversation, what came before is not in it. */
  tally: Tally | undefined
  turns?: number
  /** What names the conversation. */
  thread?: string
  /** Set while its service refuses it, and gone as soon as it answers again. */
  refusal?: Refusal
  /** Set by its last message, and gone when it goes on after all. */
  end?: AgentEnd
  /** What it means when it exits with code 0 and has no last message, as one that prints text. */
  atExit?: AgentEnd
  /** What it has started goes on after its last message, and it waits for that. */
  isWaiting?: boolean
  /** Sentences for the report of the attempt. */
  warnings?: readonly string[]
}

/** A service that refuses, while the agent tries again. */
export interface Refusal {
  kind: 'auth' | 'usage-limit' | 'overload' | 'network' | 'context_length'
  message: string
  /** Epoch milliseconds. */
  resetsAt?: number
  /** How often in a row. */
  times: number
}

/** What its last message says. */
export type AgentEnd =
  | { type: 'done'; summary?: string }
  | { type: 'error'; message: string; class?: string; problems?: Problem[] }
  /** `resetsAt` in epoch milliseconds. */
  | { type: 'usage-limit'; message: string; resetsAt?: number }

/** Makes sense of one stream. What it is handed holds no secrets any more, so that it may cut whatever it likes. */
export interface AgentReader {
  event(event: JsonObject): void
  /** A line that is no JSON. It is in the log already. */
  text?(line: string): void
  /** Called at each look at the stream, after its lines: for what the agent tells elsewhere. */
  look?(): Promise<void>
  /** Called once it is read no more. */
  close?(): Promise<void>
  state(): AgentState
}

/** Where a reader tells people what goes on. */
export interface ReaderOutput {
  /** For the live view: what it does now. */
  show(line: string): void
  /** For the log: what it did and said. */
  log(line: string): void
  /** Takes secrets out of what a reader has found elsewhere than in its stream. */
  redact<Value>(value: Value): Value
}

/** Hands a line of its stream to a reader, without the secrets in it: what is cut out of it afterwards may be cut anywhere. */
export function handOver(line: StreamLine, reader: AgentReader, { log, redact }: Pick<ReaderOutput, 'log' | 'redact'>): void {
  if (line.type === 'event') return reader.event(redact(line.event))
  const text = redact(line.text)
  log(text)
  reader.text?.(text)
}

export interface AgentRun {
  name: string
  argv: readonly string[]
  env: Readonly<Record<string, string>>
  /** Whether the prompt is its standard input; it is closed else. */
  readsPrompt: boolean
  reader(output: ReaderOutput): AgentReader | Promise<AgentReader>
  patienceMs: number
}

/** How often the stream is looked at, in milliseconds: for so long an agent may spend more than its budget. */
const lookMs = 250
/** What an agent has after its last message to end by itself; and where it waits for something that it has started: tests, or a server that never ends. */
const [graceMs, waitingGraceMs] = [10_000, 300_000]
/** A key or a prompt that is refused so often is not refused by chance. */
const mostCertainRefusals = 2
/** What is kept of the lines that came in the end, for the failure's output. */
const keptLines = 50

type Stopped = 'grace' | 'refused'

/**
 * Runs an agent and reads its stream while it works. The stream is kept as `builder.jsonl` in the attempt's folder; what it says to people goes to the log. The
 * agent is ended when it stays alive after its last message, and when its service refuses it for too long.
 */
export async function runAgent(request: BuildRequest, run: AgentRun): Promise<BuildResult> {
  const streamPath = builderPaths(request.attemptDir).builderJsonl
  // What an earlier process of this attempt wrote is read already.
  const stream = await lineStream(streamPath, statSync(streamPath, { throwIfNoEntry: false })?.size)
  /** What was logged once the process had ended: too late for its tail. */
  let late: string[] | undefined
  let line: string | undefined
  let lastLogged = ''
  const log = (said: string): void => {
    const text = request.redact(said)
    lastLogged = text
    request.log(text)
    late?.push(text)
  }
  const reader = await readerOf(run, { show: (text) => { line = text }, log, redact: (value) => request.redact(value) }).catch(async (error: unknown) => {
    await stream.close()
    throw error
  })
  const [stop, ended] = [new AbortController(), new AbortController()]
  let stopped: Stopped | undefined
  const following = follow(request, run, {
    stream, reader, ended: ended.signal, tell: progressOf(request, reader, () => line), log,
    stop: (why) => { stopped = why; stop.abort(new Error(why)) },
  })
  // An agent whose stream nobody can follow is not left to work unwatched; the error is thrown where it is waited for.
  following.catch((error: unknown) => stop.abort(error))
  try {
    const result = await request.exec({
      command: run.argv, env: run.env, stdoutPath: streamPath, signal: AbortSignal.any([request.signal, stop.signal]), onLine: () => undefined,
      ...(run.readsPrompt && { stdinPath: request.promptPath }),
    })
    late = []
    ended.abort(null)
    await following
    const end = endOf(run.name, reader.state(), result, stopped)
    // The last word in the log, where what went wrong is looked for by the words in which the agent says it.
    if (end && end.type !== 'done' && end.message !== lastLogged) log(end.message)
    const tail = [result.tail, ...late.slice(-keptLines)].filter((text) => text !== '').join('\n')
    return resultOf(request, run, reader.state(), { ...result, tail }, end)
  } finally {
    ended.abort(null)
    // What went wrong with it is thrown above, or is a consequence of what is.
    await following.catch(() => undefined)
    await reader.close?.()
    await stream.close()
  }
}

const readerOf = async (run: AgentRun, output: ReaderOutput): Promise<AgentReader> => await run.reader(output)

interface Followed {
  stream: LineStream
  reader: AgentReader
  ended: AbortSignal
  tell(): void
  log(text: string): void
  stop(why: Stopped): void
}

/** Looks at the stream until the process has ended, and ends it where it does not by itself. */
async function follow(request: BuildRequest, run: AgentRun, { stream, reader, ended, tell, log, stop }: Followed): Promise<void> {
  // Counted in looks: the one clock that a builder has is `sleep`.
  let [sinceEnd, sinceRefusal] = [0, 0]
  let stopped = false
  for (;;) {
    await request.sleep(lookMs, ended)
    const isLast = ended.aborted
    await stream.read((line) => handOver(line, reader, { log, redact: (value) => request.redact(value) }), isLast)
    await reader.look?.()
    tell()
    if (isLast) return
    if (stopped) continue
    const { end, refusal, isWaiting = false } = reader.state()
    sinceEnd = end ? sinceEnd + lookMs : 0
    sinceRefusal = refusal ? sinceRefusal + lookMs : 0
    const isRefused = refusal !== undefined && (sinceRefusal > run.patienceMs || ((refusal.kind === 'auth' || refusal.kind === 'context_length') && refusal.times >= mostCertainRefusals))
    const isLate = sinceEnd > (isWaiting ? waitingGraceMs : graceMs)
    if (isLate || isRefused) {
      stopped = true
      stop(isLate ? 'grace' : 'refused')
    }
  }
}

/** Tells what has changed since it was called last. */
function progressOf(request: BuildRequest, reader: AgentReader, lineNow: () => string | undefined): () => void {
  const told: { line?: string | undefined; usage?: string; thread?: string } = {}
  const file = request.env[usageFileVariable]
  return () => {
    const { tally, turns, thread } = reader.state()
    const usage = usageOf(tally, { turns, prices: request.prices })
    const text = JSON.stringify(usage)
    const line = lineNow()
    const news = {
      ...(line !== undefined && line !== told.line && { line }),
      ...(usage !== 'unknown' && text !== told.usage && { usage }),
      ...(thread !== undefined && thread !== told.thread && { thread }),
    }
    Object.assign(told, { line, usage: text, ...(thread !== undefined && { thread }) })
    // Where a crash finds it: what was paid for counts.
    if (news.usage && file !== undefined) writeFileSync(file, `${JSON.stringify({ usage })}\n`)
    if (Object.keys(news).length > 0) request.progress(news)
  }
}

function resultOf(request: BuildRequest, { name, argv }: AgentRun, state: AgentState, process: ProcessResult, end: AgentEnd | undefined): BuildResult {
  const { exitCode, signal, tail } = process
  const { warnings = [] } = state
  const usage: Usage = usageOf(state.tally, { turns: state.turns, prices: request.prices })
  const base = { argv, usage, tail, ...(warnings.length > 0 && { warnings }) }
  if (request.signal.aborted) return { type: 'cancelled', ...base }
  if (process.ended === 'spawn-failed') return { ...buildResultOf(process, argv, usage), ...base }
  // Its last message counts, also where it had to be ended afterwards; but who says that all is well exits so.
  if (end?.type === 'done' && process.ended === 'exit' && exitCode !== 0) return { type: 'error', ...base, exitCode, signal, message: `${name} reported success and ${exitText(process)}` }
  if (end) return ofEnd(end, base, process)
  if (process.ended === 'timeout' || process.ended === 'idle') return { ...buildResultOf(process, argv, usage), ...base }
  const said = tail.split('\n').findLast((line) => line.trim() !== '')
  return { type: 'error', ...base, exitCode, signal, message: `${name} ${exitText(process)} before its last message${said === undefined ? '' : `: ${shortLine(said.trim(), 300)}`}` }
}

function ofEnd(end: AgentEnd, base: { argv: readonly string[]; usage: Usage; tail: string; warnings?: readonly string[] }, { exitCode, signal }: ProcessResult): BuildResult {
  switch (end.type) {
    case 'done': return { ...base, ...end, exitCode }
    case 'error': return { ...base, ...end, exitCode, signal }
    case 'usage-limit': return { ...base, ...end }
  }
}

/** What its last message says; of one that had none, what it was refused for when it ended, or was ended. */
function endOf(name: string, { end, atExit, refusal }: AgentState, process: ProcessResult, stopped: Stopped | undefined): AgentEnd | undefined {
  if (end) return end
  if (atExit && process.ended === 'exit' && process.exitCode === 0) return atExit
  return refusal && (stopped === 'refused' || process.ended !== 'exit' || process.exitCode !== 0) ? endOfRefusal(name, refusal) : undefined
}

function endOfRefusal(name: string, { kind, message, resetsAt, times }: Refusal): AgentEnd {
  const text = `${message}${times > 1 ? ` (${name} tried ${times} times)` : ''}`
  if (kind === 'usage-limit') return { type: 'usage-limit', message: text, ...(resetsAt !== undefined && { resetsAt }) }
  return { type: 'error', message: text, class: kind === 'overload' ? 'rate_limit' : kind }
}

const exitText = ({ exitCode, signal }: ProcessResult): string => (signal === null ? `exited with code ${exitCode}` : `was ended by ${signal}`)
