import { denialText, targetOf } from './calls.ts'
import { countAt, isRecord, numberAt, recordAt, recordsAt, textAt, type JsonObject } from './json.ts'
import type { AgentEnd, AgentReader, AgentState, ReaderOutput, Refusal } from './run-agent.ts'
import { addCounts, type ModelCounts } from './tally.ts'

/** Characters of a token, about: until a message's own count is told, its text is all that is known of it. */
const charactersPerToken = 4
/** Where a tool's input says what it is called on. */
const targets = ['file_path', 'path', 'notebook_path', 'command', 'pattern', 'url', 'query', 'description']
const allowedBy = 'with allowedTools or permissionMode of the builder'

/**
 * Reads `claude -p --output-format stream-json --verbose`. `root`: where the worktree is, which nobody needs to read in every path. `resumes`: it goes on with an
 * earlier conversation.
 */
export function claudeReader({ show, log }: ReaderOutput, { root, resumes }: { root: string; resumes: boolean }): AgentReader {
  const state: AgentState = { tally: undefined }
  /** By a result, which counts everything up to itself. */
  const settled = new Map<string, ModelCounts>()
  /** By message, since the last result: one is told once for each of its parts, with the same usage. Sub-agents' are among them. */
  const messages = new Map<string, ModelCounts & { model: string; characters: number }>()
  const turns = new Set<string>()
  let limit: { resetsAt?: number; kind: string | undefined } | undefined
  let apiError: string | undefined
  let times = 0

  const answered = () => {
    delete state.refusal
    delete state.end
    // What was refused before, to a sub-agent say, is no reason for what comes now.
    apiError = undefined
    times = 0
  }

  const assistant = (event: JsonObject) => {
    const message = recordAt(event, 'message')
    const model = textAt(message, 'model')
    const blocks = recordsAt(message, 'content')
    if (model === undefined || model === '<synthetic>') {
      apiError = textAt(event, 'error') ?? apiError
    } else {
      answered()
      const id = textAt(message, 'id') ?? `message ${messages.size}`
      count(messages, id, model, recordAt(message, 'usage'), blocks)
      if (event['parent_tool_use_id'] === null || event['parent_tool_use_id'] === undefined) turns.add(id)
      state.tally = sumOf(settled, messages)
      state.turns = turns.size
    }
    for (const block of blocks) {
      const said = textAt(block, 'text')
      if (block['type'] === 'text' && said !== undefined) log(said)
      if (block['type'] !== 'tool_use') continue
      const called = `${textAt(block, 'name') ?? 'a tool'}${targetOf(recordAt(block, 'input'), targets, root)}`
      show(`turn ${turns.size} · ${called}`)
      log(`[turn ${turns.size}] ${called}`)
    }
  }

  const system = (event: JsonObject) => {
    const thread = textAt(event, 'session_id')
    if (thread !== undefined) state.thread = thread
    if (event['subtype'] === 'init') {
      answered()
      log(`[claude ${textAt(event, 'claude_code_version') ?? ''}, ${textAt(event, 'model') ?? 'its own model'}, ${textAt(event, 'permissionMode') ?? ''}]`)
    }
    if (event['subtype'] === 'background_tasks_changed') state.isWaiting = recordsAt(event, 'tasks').length > 0
    if (event['subtype'] !== 'api_retry') return
    times++
    const [status, error] = [countAt(event, 'error_status'), textAt(event, 'error')]
    const why = [status, error?.replaceAll('_', ' ')].filter((part) => part !== undefined).join(' ') || 'no connection'
    state.refusal = { kind: refusalKind(status, error), message: `API Error: ${why}`, times, ...(limit?.resetsAt !== undefined && { resetsAt: limit.resetsAt }) }
    show(`refused (${why}), tries again`)
    log(`[${why}: tries again, ${times}]`)
  }

  const result = (event: JsonObject) => {
    const since = Object.entries(recordAt(event, 'model_usage_since_last_result'))
    // Of a conversation that is gone on with, `modelUsage` counts all that came before as well; what is new in it older versions do not tell.
    const whole = resumes ? [] : Object.entries(recordAt(event, 'modelUsage'))
    if (since.length > 0) for (const [model, usage] of since) settled.set(model, addCounts(settled.get(model), countsOf(usage)))
    else for (const [model, usage] of whole) settled.set(model, countsOf(usage))
    if (since.length + whole.length > 0 || (messages.size === 0 && isFree(event))) {
      messages.clear()
      state.tally = new Map(settled)
    }
    const denied = recordsAt(event, 'permission_denials')
    if (denied.length > 0) state.warnings = [denialText('claude', new Set(denied.map((one) => `${textAt(one, 'tool_name') ?? 'a tool'}${targetOf(recordAt(one, 'tool_input'), targets, root)}`)), allowedBy)]
    const thread = textAt(event, 'session_id')
    if (thread !== undefined) state.thread = thread
    state.end = endOf(event, { limit, apiError })
  }

  return {
    event(event) {
      switch (event['type']) {
        case 'system': return system(event)
        case 'assistant': return assistant(event)
        case 'result': return result(event)
        case 'rate_limit_event': {
          const info = recordAt(event, 'rate_limit_info')
          const seconds = countAt(info, 'resetsAt')
          if (info['status'] === 'rejected') limit = { kind: textAt(info, 'rateLimitType')?.replaceAll('_', ' '), ...(seconds !== undefined && { resetsAt: seconds * 1_000 }) }
          else limit = undefined
          return
        }
        // What came of a tool, and kinds that are not known yet.
        default:
      }
    },
    state: () => state,
  }
}

/** The model was asked nothing: an error before the first answer. */
const isFree = (event: JsonObject): boolean => event['total_cost_usd'] === 0

function count(messages: Map<string, ModelCounts & { model: string; characters: number }>, id: string, model: string, usage: JsonObject, blocks: readonly JsonObject[]): void {
  const [read = 0, written = 0] = [countAt(usage, 'cache_read_input_tokens'), countAt(usage, 'cache_creation_input_tokens')]
  const characters = (messages.get(id)?.characters ?? 0) + blocks.reduce((sum, block) => sum + JSON.stringify(block['input'] ?? block['text'] ?? block['thinking'] ?? '').length, 0)
  messages.set(id, {
    model, characters, cachedInputTokens: read, cacheWriteTokens: written,
    inputTokens: (countAt(usage, 'input_tokens') ?? 0) + read + written,
    // Told as it was when the message began: next to nothing.
    outputTokens: Math.max(countAt(usage, 'output_tokens') ?? 0, Math.ceil(characters / charactersPerToken)),
  })
}

function sumOf(settled: ReadonlyMap<string, ModelCounts>, messages: ReadonlyMap<string, ModelCounts & { model: string; characters: number }>): Map<string, ModelCounts> {
  const sum = new Map(settled)
  for (const { model, characters: _characters, ...counts } of messages.values()) sum.set(model, addCounts(sum.get(model), counts))
  return sum
}

/** One entry of `modelUsage`. */
function countsOf(value: unknown): ModelCounts {
  const usage = isRecord(value) ? value : {}
  const [read = 0, written = 0] = [countAt(usage, 'cacheReadInputTokens'), countAt(usage, 'cacheCreationInputTokens')]
  // Of a model that it does not know it takes another one's price.
  const cost = usage['costBasis'] === 'unknown' ? undefined : numberAt(usage, 'costUSD')
  return { inputTokens: (countAt(usage, 'inputTokens') ?? 0) + read + written, outputTokens: countAt(usage, 'outputTokens') ?? 0, cachedInputTokens: read, cacheWriteTokens: written, ...(cost !== undefined && { cost }) }
}

function refusalKind(status: number | undefined, error: string | undefined): Refusal['kind'] {
  if (status === 401 || status === 403 || error === 'authentication_failed') return 'auth'
  if (status === 429 || error === 'rate_limit') return 'usage-limit'
  return status === 529 || error === 'overloaded' ? 'overload' : 'network'
}

/** What a `result` means. `subtype: "success"` can stand beside `is_error: true`. */
function endOf(event: JsonObject, { limit, apiError }: { limit: { resetsAt?: number; kind: string | undefined } | undefined; apiError: string | undefined }): AgentEnd {
  const said = textAt(event, 'result')
  const subtype = textAt(event, 'subtype') ?? 'success'
  if (event['is_error'] !== true && subtype === 'success') return { type: 'done', ...(said !== undefined && { summary: said }) }
  const errors = Array.isArray(event['errors']) ? event['errors'].filter((one) => typeof one === 'string').join('; ') : ''
  const message = said ?? (errors !== '' ? errors : `claude ended with ${subtype.replaceAll('_', ' ')}`)
  if (subtype === 'error_max_turns' || subtype === 'error_max_budget_usd') return { type: 'error', message: errors === '' ? message : errors, class: 'budget_exhausted' }
  const status = countAt(event, 'api_error_status')
  if (status === 429 || apiError === 'rate_limit' || textAt(event, 'api_error') === 'usage_limit_reached') {
    const until = limit?.resetsAt
    return { type: 'usage-limit', message, ...(until !== undefined && { resetsAt: until }) }
  }
  const failureClass = classOf(`${message} ${textAt(event, 'terminal_reason') ?? ''}`, status, apiError)
  return { type: 'error', message, ...(failureClass !== undefined && { class: failureClass }) }
}

const authErrors = ['authentication_failed', 'oauth_org_not_allowed', 'account_on_hold', 'verification_required', 'billing_error', 'cloud_credential_error']

function classOf(words: string, status: number | undefined, apiError: string | undefined): string | undefined {
  if (/prompt_too_long|Prompt is too long|context window/i.test(words)) return 'context_length'
  if (status === 401 || status === 402 || status === 403 || authErrors.includes(apiError ?? '') || /Not logged in|Invalid API key|Credit balance is too low/i.test(words)) return 'auth'
  if (status === 529 || apiError === 'overloaded') return 'rate_limit'
  if (apiError === 'model_not_found' || /issue with the selected model/i.test(words)) return 'config_error'
  if ((status !== undefined && status >= 500) || /Connection error|Unable to connect|ECONN|fetch failed/i.test(words)) return 'network'
  return undefined
}
