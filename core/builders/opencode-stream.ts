import { denialText, longestTarget, targetOf } from './calls.ts'
import { numberAt, recordAt, textAt, type JsonObject } from './json.ts'
import type { AgentReader, AgentState, ReaderOutput } from './run-agent.ts'
import { endOfError, refusalOf, troubleIn } from './service-error.ts'
import { shortLine } from './short-line.ts'
import type { LineStream } from './stream.ts'
import { addCounts, type ModelCounts, type TokenCounts } from './tally.ts'

/** Where a tool's input says what it is called on. */
const targets = ['filePath', 'path', 'command', 'pattern', 'url', 'description']
const allowedBy = 'with `permission` in its own configuration, or auto: true of the builder'

interface OpencodeContext {
  /** The attempt's log, from where it was when the attempt began: what it tells of a service that refuses stands on its standard error alone. */
  errors: LineStream
  model: string | undefined
  /** Where the worktree is, which nobody needs to read in every path. */
  root: string
}

/** Reads `opencode run --format json --print-logs --log-level ERROR`. */
export function opencodeReader({ show, log, redact }: ReaderOutput, { errors, model, root }: OpencodeContext): AgentReader {
  const state: AgentState = { tally: undefined }
  let counts: ModelCounts | undefined
  let [turns, times, overflows, stepsSince] = [0, 0, 0, 0]
  let summary: string | undefined
  const denied = new Set<string>()
  let isDenied = false
  let asksOthers = false

  const error = (event: JsonObject) => {
    const { name, message, status } = errorIn(recordAt(event, 'error'))
    log(message)
    // It shortens the conversation and tries again, for ever where that does not help.
    if (name === 'ContextOverflowError') {
      state.refusal = { kind: 'context_length', message, times: ++overflows }
      stepsSince = 0
    }
    state.end = endOfError({ message, words: `${name}: ${message}`, status })
  }

  const finish = (part: JsonObject) => {
    const { used, cost } = usageOfStep(part)
    // Nothing is also what it says of a model whose price it does not know.
    const isTold = cost !== undefined && (cost > 0 || used.inputTokens + used.outputTokens === 0)
    counts = addCounts(counts, { ...used, ...(isTold && { cost }) })
    state.tally = new Map([[model ?? '', counts]])
    const reason = textAt(part, 'reason')
    // What it has shortened is no answer.
    if (state.refusal?.kind === 'context_length') return
    if (reason === 'stop') state.end = { type: 'done', ...(summary !== undefined && { summary }) }
    else if (reason === 'length') state.end = { type: 'error', message: 'opencode ended at the longest answer that its model gives', class: 'context_length' }
    // It ends there, and well, as it says.
    else if (isDenied) state.end = { type: 'error', message: denialText('opencode', denied, allowedBy) }
  }

  const tool = (part: JsonObject) => {
    const step = recordAt(part, 'state')
    const name = textAt(part, 'tool') ?? 'a tool'
    const called = `${name}${targetOf(recordAt(step, 'input'), targets, root)}`
    show(`turn ${turns} · ${called}`)
    log(`[turn ${turns}] ${called}`)
    if (name === 'task') asksOthers = true
    const failed = step['status'] === 'error' ? textAt(step, 'error') : undefined
    if (failed === undefined) return
    log(failed)
    if (!/rejected permission|permission denied|prevents you from using/i.test(failed)) return
    denied.add(called)
    isDenied = true
  }

  const warn = () => {
    const warnings = [
      ...(denied.size > 0 ? [denialText('opencode', denied, allowedBy)] : []),
      ...(asksOthers ? ['opencode does not tell what its sub-agents used: it is not counted'] : []),
    ]
    if (warnings.length > 0) state.warnings = warnings
  }

  return {
    event(event) {
      const thread = textAt(event, 'sessionID')
      if (thread !== undefined) state.thread = thread
      const part = recordAt(event, 'part')
      switch (event['type']) {
        case 'step_start':
          turns++
          state.turns = turns
          isDenied = false
          times = 0
          delete state.end
          // The first one shortens the conversation.
          if (++stepsSince > 1 || state.refusal?.kind !== 'context_length') delete state.refusal
          return
        case 'step_finish': return finish(part)
        case 'tool_use':
          // What it does counts as going on.
          overflows = 0
          tool(part)
          return warn()
        case 'text': {
          const said = textAt(part, 'text')
          if (said === undefined || part['synthetic'] === true) return
          summary = said
          return log(said)
        }
        case 'error': return error(event)
        // Kinds that are not known yet.
        default:
      }
    },
    async look() {
      await errors.read((line) => {
        const message = line.type === 'text' ? refusedIn(redact(line.text)) : undefined
        if (message === undefined || state.refusal?.kind === 'context_length') return
        times++
        state.refusal = refusalOf({ message, times })
        show(`refused (${shortLine(message, longestTarget)}), tries again`)
      }, false)
    },
    close: () => errors.close(),
    state: () => state,
  }
}

/** What it was refused for, by a line of its log: `… level=ERROR … message="stream error" … small=false … error.error="AI_APICallError: Overloaded"`. Titles do not count. */
function refusedIn(line: string): string | undefined {
  const [, message] = /level=ERROR .*message="stream error" .*\bsmall=false\b.* error\.error="((?:[^"\\]|\\.)*)/.exec(line) ?? []
  if (message === undefined) return undefined
  const said = message.replaceAll('\\"', '"').replace(/^AI_\w+: /, '')
  // Told as an error of its stream too, without another try.
  return troubleIn(said) === 'context_length' ? undefined : said
}

/** `{ name, data: { message, statusCode, responseBody } }` */
function errorIn(error: JsonObject): { name: string; message: string; status: number | undefined } {
  const data = recordAt(error, 'data')
  const name = textAt(error, 'name') ?? 'error'
  return { name, message: textAt(data, 'message') ?? textAt(error, 'message') ?? name, status: numberAt(data, 'statusCode') }
}

function usageOfStep(part: JsonObject): { used: Required<TokenCounts>; cost: number | undefined } {
  const tokens = recordAt(part, 'tokens')
  const cache = recordAt(tokens, 'cache')
  const [read = 0, written = 0, input = 0] = [numberAt(cache, 'read'), numberAt(cache, 'write'), numberAt(tokens, 'input')]
  const total = numberAt(tokens, 'total')
  const told = (numberAt(tokens, 'output') ?? 0) + (numberAt(tokens, 'reasoning') ?? 0)
  const inputTokens = input + read + written
  // The sum says whether reasoning is counted beside the output or in it.
  return { used: { inputTokens, outputTokens: total === undefined || total < inputTokens ? told : total - inputTokens, cachedInputTokens: read, cacheWriteTokens: written }, cost: numberAt(part, 'cost') }
}
