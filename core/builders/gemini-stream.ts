import { denialText, longestTarget, targetOf } from './calls.ts'
import type { GeminiSessions } from './gemini-sessions.ts'
import { isRecord, numberAt, recordAt, textAt, type JsonObject } from './json.ts'
import type { AgentEnd, AgentReader, AgentState, ReaderOutput } from './run-agent.ts'
import { endOfError, refusalOf } from './service-error.ts'
import { shortLine } from './short-line.ts'
import type { LineStream } from './stream.ts'
import type { ModelCounts } from './tally.ts'

/** Where a tool's input says what it is called on. */
const targets = ['file_path', 'path', 'dir_path', 'command', 'pattern', 'query', 'prompt']
const allowedBy = 'by a policy of its own, or with approvalMode of the builder'

interface GeminiContext {
  /** The attempt's log, from where it was when the attempt began: that it is refused and tries again stands on its standard error alone. */
  errors: LineStream
  /** Where it tells its usage while it works. */
  sessions: GeminiSessions
  /** Where the worktree is, which nobody needs to read in every path. */
  root: string
}

/** Reads `gemini --output-format stream-json`. What it used the last message tells; until then, and where it was ended before, the files of its conversations do. */
export function geminiReader({ show, log, redact }: ReaderOutput, { errors, sessions, root }: GeminiContext): AgentReader {
  const state: AgentState = { tally: undefined }
  let [turns, times] = [0, 0]
  let [isAnswering, said, summary] = [false, '', '']
  /** Whether its last message has told what it used. */
  let isCounted = false
  const called = new Map<string, string>()
  const denied = new Set<string>()

  const answered = () => {
    delete state.refusal
    delete state.end
    times = 0
    if (!isAnswering) state.turns = ++turns
    isAnswering = true
  }
  /** What it says comes in pieces. */
  const spoken = () => {
    if (said.trim() !== '') log((summary = said.trim()))
    said = ''
  }

  const use = (event: JsonObject) => {
    answered()
    spoken()
    const call = `${textAt(event, 'tool_name') ?? 'a tool'}${targetOf(recordAt(event, 'parameters'), targets, root)}`
    called.set(textAt(event, 'tool_id') ?? '', call)
    show(`turn ${turns} · ${call}`)
    log(`[turn ${turns}] ${call}`)
  }

  const came = (event: JsonObject) => {
    isAnswering = false
    const error = recordAt(event, 'error')
    const message = textAt(error, 'message')
    if (event['status'] !== 'error' || message === undefined) return
    log(message)
    if (!/policy|not in workspace/i.test(`${textAt(error, 'type') ?? ''} ${message}`)) return
    denied.add(called.get(textAt(event, 'tool_id') ?? '') ?? 'a tool')
    state.warnings = [denialText('gemini', denied, allowedBy)]
  }

  const result = (event: JsonObject) => {
    spoken()
    const models = Object.entries(recordAt(recordAt(event, 'stats'), 'models')).filter((entry): entry is [string, JsonObject] => isRecord(entry[1]))
    isCounted = models.length > 0
    if (isCounted) state.tally = new Map(models.map(([model, stats]) => [model, countsOf(stats)] as const).filter(([, counts]) => counts.inputTokens + counts.outputTokens > 0))
    state.end = event['status'] === 'success' ? { type: 'done', ...(summary !== '' && { summary }) } : endOfResult(recordAt(event, 'error'))
    if (state.end.type !== 'done') log(state.end.message)
  }

  return {
    event(event) {
      switch (event['type']) {
        case 'init': {
          const thread = textAt(event, 'session_id')
          if (thread !== undefined) state.thread = thread
          return
        }
        case 'message':
          if (event['role'] !== 'assistant') return
          answered()
          said += textAt(event, 'content') ?? ''
          return
        case 'tool_use': return use(event)
        case 'tool_result': return came(event)
        case 'error': return log(textAt(event, 'message') ?? 'an error')
        case 'result': return result(event)
        // Kinds that are not known yet.
        default:
      }
    },
    async look() {
      await errors.read((line) => {
        const refused = line.type === 'text' ? refusedIn(line.text) : answeredWith(line.event)
        if (refused === undefined || state.end) return
        times++
        const message = redact(refused.message)
        state.refusal = refusalOf({ ...refused, message, ...(isQuota(refused) && { words: 'rate limit' }), times })
        show(`refused (${shortLine(message, longestTarget)}), tries again`)
      }, false)
      if (state.thread !== undefined && !isCounted) {
        await sessions.look(state.thread)
        state.tally = sessions.tally()
      }
    },
    close: async () => void await Promise.all([errors.close(), sessions.close()]),
    state: () => state,
  }
}

interface Refused { message: string; status?: number }

/** What in the words of other services is credit: here quotas are by the minute and the day. Credit is named where it is meant. */
const isQuota = ({ message, status }: Refused): boolean => !/\bcredits\b/i.test(message) && (status === 429 || /exhausted your .{0,30}(?:quota|capacity)/i.test(message))

/** `Attempt 3 failed with status 503. Retrying with backoff... fetch failed`; of a quota with a time `Attempt 1 failed: You exceeded … . Retrying after 23000ms...`, which may go on below. */
function refusedIn(line: string): Refused | undefined {
  const [, quota] = /^Attempt \d+ failed: (.+?)(?:\.+ Retrying after \d+ms\W*)?$/.exec(line) ?? []
  if (quota !== undefined) return quota.endsWith('Max attempts reached') ? undefined : { message: quota, status: 429 }
  const [, status, rest] = /^Attempt \d+ failed(?: with status (\d+))?\. Retrying with backoff\W*(.*)$/.exec(line) ?? []
  if (rest === undefined) return undefined
  return { message: rest.replace(/^\w*Error: /, ''), ...(status !== undefined && { status: Number(status) }) }
}

/** `Attempt 3 failed with status 429. Retrying with backoff... _ApiError: {"error":{"code":429,"message":"…"}}`: of which the object is read. */
function answeredWith(event: JsonObject): Refused | undefined {
  const error = recordAt(event, 'error')
  const [status, message] = [numberAt(error, 'code'), textAt(error, 'message')]
  return status === undefined || message === undefined ? undefined : { message: `status ${status}: ${message}`, status }
}

/** What ended it: `[API Error: {"error":{"code":400,"message":"…","status":"…"}}]` and some advice below. */
function endOfResult(error: JsonObject): AgentEnd {
  const whole = textAt(error, 'message') ?? 'gemini ended with an error and did not say which'
  const text = /^\[API Error: (.*)\]/s.exec(whole)?.[1] ?? whole
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text.split('\n')[0]!
  const code = /"code":(\d{3})/.exec(text)?.[1]
  const status = code === undefined ? undefined : Number(code)
  if (/FatalTurnLimitedError|max session turns/i.test(`${textAt(error, 'type') ?? ''} ${message}`)) return { type: 'error', message, class: 'budget_exhausted' }
  if (isQuota({ message, ...(status !== undefined && { status }) })) return { type: 'usage-limit', message }
  if (/^terminated$|other side closed/i.test(message)) return { type: 'error', message, class: 'network' }
  if (/^models\/\S+ is not found/.test(message)) return { type: 'error', message, class: 'config_error' }
  return endOfError({ message, ...(status !== undefined && status !== 400 && { status }) })
}

/** One entry of `stats.models`. What was thought is in the sum alone. */
function countsOf(stats: JsonObject): ModelCounts {
  const [inputTokens = 0, output = 0, total = 0] = [numberAt(stats, 'input_tokens'), numberAt(stats, 'output_tokens'), numberAt(stats, 'total_tokens')]
  return { inputTokens, outputTokens: Math.max(output, total - inputTokens), cachedInputTokens: numberAt(stats, 'cached') ?? 0 }
}
