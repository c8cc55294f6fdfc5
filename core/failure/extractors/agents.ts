import { findByRules, findLine, type Extractor, type Found, type Place, type Rule } from '../extractor.ts'
import { readModelError } from './model-errors.ts'

const names: Readonly<Record<string, string>> = { claude: 'Claude Code', codex: 'Codex', gemini: 'Gemini', opencode: 'opencode', aider: 'aider', 'model-client': "The model's client" }

const says = /\bretry(?:ing)? (?:in|with|after|attempt|\d+\/\d+)|\battempt \d+\s?(?:\/|of) ?\d+|Reconnecting|will retry|^Retrying\b/i

/** Whether a line tells that somebody waits, and tries again by itself. */
export function isRetried(line: string): boolean {
  return says.test(line) || /\b(?:waiting|sleeping|backing off|retry(?:ing)?|try(?:ing)? again)\b/i.test(line)
}

/** The tool tries again by itself: a failure only where nothing came after. */
function retries({ lines, index }: Place, end: number): boolean {
  if (lines.slice(index, end + 1).some((line) => says.test(line))) return true
  const next = findLine(lines, /\S/, end + 1, 3)
  return next !== -1 && /^\W{0,6}(?:Retrying|Reconnecting)\b/.test(lines[next]!)
}

const fewLines = 6

/** What starts an agent says that it failed, too. */
const wrapper = /^(?:npm (?:ERR!|error)|make(?:\[\d+\])?:|error Command failed|.{0,20}ELIFECYCLE)/

function isLast(lines: readonly string[], end: number): boolean {
  return lines.slice(end + 1).filter((line) => line.trim() !== '' && !says.test(line) && !wrapper.test(line)).length < fewLines
}

/** A message of a service may be JSON that goes on below, wrapped by a terminal. */
function textFrom(text: string, { lines, index }: Place): { text: string; end: number } {
  let [whole, end, open] = [text, index, openBraces(text)]
  // Not `[run_1] …` of a runner.
  if (!text.includes('{') && /^\s*(?:\{|\[\s*(?:[{"\]]|$))/.test(lines[index + 1] ?? '')) open = 1
  while (open > 0 && end < index + mostWrapped && end + 1 < lines.length && whole.length < 4_000) {
    const line = lines[++end]!.trim().slice(0, 2_000)
    open += openBraces(line) - (whole === text && !text.includes('{') ? 1 : 0)
    whole += ` ${line}`
  }
  return { text: whole, end }
}

const mostWrapped = 15

function openBraces(text: string): number {
  let open = 0
  for (const character of text) open += character === '{' ? 1 : character === '}' ? -1 : 0
  return open
}

function report(tool: string, said: string, place: Place): Omit<Found, 'at'> | undefined {
  const { text, end } = textFrom(said, place)
  const error = readModelError(text)
  if (!error) return undefined
  const retried = retries(place, end)
  return {
    tool, class: error.class, code: error.status, title: `${names[tool] ?? tool}: ${error.message}`, key: [error.kind, error.kind === 'overload' || error.status === '400' ? undefined : error.status, error.key],
    span: [place.index, end], ...(retried && { role: isLast(place.lines, end) ? 'effect' as const : 'echo' as const, confidence: 'medium' as const }),
  }
}

/** Of a limit the kind names the cause and the time of its end is only told: `resets 2:10pm (Europe/Moscow)`, seconds since 1970. */
function limit(tool: string, kind: string | undefined, resets: string | undefined): Omit<Found, 'at'> {
  const at = resets === undefined ? undefined : /^\d{9,11}$/.test(resets) ? new Date(Number(resets) * 1_000).toISOString().replace('.000Z', 'Z') : resets.trim().replace(/\.$/, '')
  const named = kind?.trim().toLowerCase().replace(/^(?:claude|ai|usage)$/, '')
  return { tool, class: 'rate_limit', title: `${names[tool]} reached its ${named ? `${named} ` : ''}usage limit${at === undefined ? '' : `; it resets ${at}`}`, key: ['usage limit', named] }
}

const rules: readonly Rule[] = [
  // Claude Code.
  { pattern: /Claude (?:AI )?usage limit reached(?:\|(\d{9,11})|\. Your limit will reset at (.{1,60}))?/, cause: ([, epoch, time]) => limit('claude', undefined, epoch ?? time) },
  { pattern: /You've (?:hit|reached) your ((?:[\w-]+ ){0,2})limit(?:[.,]? ?[·∙•] ?resets (.{1,60}?))?(?: [·∙•].*|["}].*)?$/, cause: ([text, kind, resets]) => (/usage limit/.test(text) ? undefined : limit('claude', kind, resets)) },
  { pattern: /^\W{0,6}((?:5-hour|Weekly|Session|Opus|Sonnet|Daily)(?: \w+)?) limit reached(?: ?[·∙•] ?resets (.{1,60}?))?(?: [·∙•].*)?$/, cause: ([, kind, resets]) => limit('claude', kind, resets) },
  // Codex.
  { pattern: /You've hit your usage limit(?: for \S{1,60}?)?\.?(?:.{0,200}?\btry again (?:in|at) (.{1,60}?)(?:[."]|$))?/, cause: ([, resets]) => limit('codex', undefined, resets) },
  { pattern: /"type":"turn\.failed","error":\{"message":"(.{1,1500})$/, cause: ([, message], place) => report('codex', message!.replace(/"\}\}$/, ''), place) },
  { pattern: /(?:stream error: |stream disconnected before completion|exceeded retry limit, last status: |unexpected status \d{3})(.{0,1500})$/, cause: ([text], place) => report('codex', text!.replace(/^stream error: /, ''), place) },
  { pattern: /^(?:ERROR: |\S{0,40} ERROR .{0,100}: )?(Codex ran out of room .{1,200}|Your access token could not be refreshed.{0,200}|Quota exceeded\. Check your plan.{0,200}|Selected model is at capacity.{0,200})$/, cause: ([, message], place) => report('codex', message!, place) },
  // Gemini, before Claude: its "API Error" stands in brackets.
  { pattern: /\[API Error: (.{1,1500}?)\]?$/, cause: ([, message], place) => report('gemini', message!, place) },
  { pattern: /Attempt \d+ failed(?: with status \d+)?\. (?:Retrying with backoff|Max attempts)(.{0,1500})$/, cause: ([text], place) => report('gemini', text!, place) },
  { pattern: /^(?:.{0,40}Please set an Auth method|Error authenticating: |.{0,60}API key not valid|.{0,40}You have exhausted your (?:daily )?(?:quota|capacity))(.{0,300})$/, cause: ([text], place) => report('gemini', text!, place) },
  {
    pattern: /\bAPI Error(?::| \()\s?(.{0,1500})$/,
    cause([, message], place) {
      const found = report('claude', message!, place)
      // A program of the project may have an API with errors, too.
      const known = /"type": ?"error"|\\"type\\"|Overloaded|Request timed out|Connection error|Rate limit|\/login|too long/i.test(`${message} ${place.after(1)[0] ?? ''}`)
      if (!found || known) return found
      return found.key[0] === 'network' || found.key[0] === 'model' ? undefined : { ...found, confidence: 'medium' }
    },
  },
  { pattern: /(?:^|"result": ?"|⎿ {1,3})(Credit balance is too low|Prompt is too long|(?:Invalid API key|Not logged in|OAuth token (?:revoked|has expired))(?=\s*[·"]|\.?$)|There's an issue with the selected model.{0,200})/, cause: ([, message], place) => report('claude', message!, place) },
  // opencode and the AI SDK below it. In its log the error is a value in quotes.
  { pattern: /\b(?:AI_APICallError|AI_RetryError|AI_LoadAPIKeyError|ProviderAuthError|ProviderModelNotFoundError|ContextOverflowError|MessageOutputLengthError)\b:? ?(.{0,1500})$/, cause: ([text], place) => report('opencode', text!.replace(/^AI_RetryError: Failed after \d+ attempts\. Last error: /, '').replace(/^([^"]*)"$/, '$1'), place) },
  { pattern: /"type":"error".{0,200}"error":\{"name":"(?:APIError|ProviderAuthError|ContextOverflowError|UnknownError)".{0,1500}$/, cause: ([text], place) => report('opencode', text!.slice(text!.indexOf('"error":{')), place) },
  // aider by way of litellm.
  { pattern: /^(?:\S{0,40} )?litellm\.(?:exceptions\.|llms\.\S{1,60}\.)?(\w+(?:Error|Timeout|Exception)|Timeout): (.{1,1500})$/, cause: ([, type, message], place) => report('aider', `${type}: ${message!.replace(/^litellm\.\w+: /, '').replace(/^\w+Exception(?: -|:) /, '')}`, place) },
  // The clients in a program.
  {
    pattern: /^(?:\[?cause\]?: )?(?:(openai|anthropic)\.)?(?:_exceptions\.)?((?:RateLimit|Authentication|BadRequest|PermissionDenied|InternalServer|NotFound|Overloaded|UnprocessableEntity|APIConnection|APITimeout|APIConnectionTimeout|APIStatus|API)Error): (.{1,1500})$/,
    cause([, client, type, message], place) {
      if (client === undefined && !/^(?:Error code: )?[45]\d\d\b|^(?:Connection error|Request timed out)\.?$/.test(message!)) return undefined
      const found = report(client ?? 'model-client', message!.replace(/^Error code: /, '').replace(/^(Connection error|Request timed out).*/, `$1 (${type})`), place)
      // Node prints the fields of an error below its stack: a quota that is used up by the minute is another thing than one that was not paid for.
      const unpaid = found?.key[0] === 'quota' && place.after(30).some((line) => /^\s+(?:code|type): 'insufficient_quota'/.test(line))
      return unpaid ? { ...found!, class: 'auth', key: ['credit', ...found!.key.slice(1)] } : found
    },
  },
  // The service's own body, whoever printed it.
  { pattern: /^(?:(?:\w*Error|error): )?\W{0,4}((?:\d{3} )?\{"type":\s?"error",\s?"error":\s?\{.{1,1500})$/, cause: ([, body], place) => report('model-client', body!, place) },
]

/** Coding agents and the clients of models: limits with their reset, overload, access, credit, context. What was retried in time is no failure. */
export const agents: Extractor = {
  tool: 'agent',
  signs: [
    'API Error', 'usage limit', "You've hit your", "You've reached your", 'limit reached', 'Credit balance is too low', 'Prompt is too long', 'Invalid API key', 'Not logged in', 'OAuth token', 'issue with the selected model',
    'stream error: ', 'stream disconnected', 'exceeded retry limit', 'unexpected status ', '"turn.failed"', 'Codex ran out', 'access token could not', 'is at capacity', 'Attempt ', 'Auth method', 'API key not valid', 'You have exhausted', 'Quota exceeded',
    'AI_', 'ProviderAuthError', 'ProviderModelNotFoundError', 'ContextOverflowError', '"type":"error"', '"type": "error"', 'litellm.',
    /(?:RateLimit|Authentication|BadRequest|PermissionDenied|InternalServer|NotFound|Overloaded|APIConnection|APITimeout|APIConnectionTimeout|APIStatus)Error: /,
  ],
  extract: ({ lines }) => findByRules(lines, rules),
}
