/** What a model's service means, by its words: the narrower first. Statuses alone come last. */
const kinds: readonly (readonly [kind: string, failureClass: string, pattern: RegExp])[] = [
  ['context', 'context_length', /context_length_exceeded|maximum context length|(?:prompt|input|request|conversation) is too (?:long|large)|(?:exceeds?|beyond|fit in|in) (?:the )?(?:model'?s )?(?:maximum )?context (?:window|length|limit)|Context(?:WindowExceeded|Overflow)|input token count.{0,40}exceeds|output token maximum|too many (?:input )?tokens|request_too_large/i],
  ['usage limit', 'rate_limit', /(?:usage|session|weekly|daily|monthly|5-hour|opus|sonnet) limit|hit your limit|usage_limit_reached|exhausted your (?:daily )?(?:quota|capacity)|free.{0,20}quota/i],
  ['credit', 'auth', /credit balance|out of credits|credits are (?:depleted|exhausted|used up)|billing to be enabled|insufficient (?:credits?|funds|balance)|insufficient_quota|Quota exceeded\. Check your plan and billing|billing_(?:error|hard_limit_reached|not_active)|payment required|requires more credits/i],
  ['quota', 'rate_limit', /exceeded your current quota|quota exceeded/i],
  ['overload', 'rate_limit', /overloaded|\b529\b|at capacity|high demand/i],
  ['rate', 'rate_limit', /rate[ _-]?limit|\b429\b|too many requests|RESOURCE_EXHAUSTED|resource (?:has been )?exhausted|ThrottlingException/i],
  ['model', 'config_error', /model_not_found|ModelNotFound|model:? .{1,100}(?:does not exist|not found|may not exist)|issue with the selected model|not_found_error/i],
  ['auth', 'auth', /\b40[13]\b|authentication|invalid.{0,20}api[ _-]?key|incorrect api key|api[ _-]?key (?:not valid|is (?:missing|invalid))|x-api-key|oauth|not logged in|\/login\b|permission_(?:error|denied)|unauthori[sz]ed|forbidden|credentials|ProviderAuth|auth method|access token/i],
  ['timeout', 'timeout', /timed? ?out|timeout|\b504\b/i],
  ['network', 'network', /connection|fetch failed|\bE[A-Z]{5,}\b|disconnected|network|\b50[0-3]\b|internal server error|service unavailable|api_error|bad gateway|socket/i],
]

export interface ModelError { kind: string; class: string; message: string; status: string | undefined; key: string }

/** Reads the text of an error of a model's service or client: JSON with a type and a message, a Python dictionary, or words. Undefined where it says nothing known. */
export function readModelError(text: string): ModelError | undefined {
  // JSON inside JSON, and lines that a terminal wrapped.
  const flat = text.replaceAll('\\\\"', '"').replaceAll('\\"', '"').replaceAll('\\n', ' ').replace(/\s+/g, ' ').trim()
  const status = /^\D{0,40}?\b([45]\d\d)\b/.exec(flat)?.[1] ?? /"?(?:code|status|statusCode|status_code)"?'?: (\d{3})\b/.exec(flat)?.[1]
  const type = [...flat.matchAll(/['"] ?(?:type|code|status)['"]: ?['"](\w{4,60})['"]/g)].map((match) => match[1]!).find((each) => each !== 'error')
  const message = [...flat.matchAll(/['"] ?message['"]: ?(?:"((?:[^"\\]|\\.){1,600})|'((?:[^'\\]|\\.){1,600}))/g)].map((match) => (match[1] ?? match[2])!).findLast((each) => !each.startsWith('{')) ?? withoutData(flat)
  const found = kinds.find(([, , pattern]) => pattern.test(`${type ?? ''} ${message}`)) ?? kinds.find(([, , pattern]) => pattern.test(`${status ?? ''} ${withoutData(flat)}`))
  if (!found) return undefined
  const [kind, failureClass] = found
  return { kind, class: failureClass, message: message.trim().slice(0, 300), status, key: stable(message) }
}

function withoutData(text: string): string {
  const plain = text.replace(/[{[]['"{].*$/, '').replace(/[\s\-·:,(]+$/, '').trim()
  return plain === '' ? text.slice(0, 300) : plain
}

/** Without what a service varies: counts of tokens, times, ids, keys, and advice for people behind a dot. */
function stable(message: string): string {
  return message
    .replace(/\s[·∙•] .*$|; retrying \d.*$/, '')
    .replace(/,? ?(?:cf-ray|request id): ?[\w-]+/gi, '')
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '{id}')
    .replace(/\b(?:org|proj|req|request|sk|key)[-_][\w*.-]+/g, '{id}')
    .replace(/\b(?:Please )?(?:try|retry) again (?:in|at|on|after) .{1,80}?(?:\.(?=\s|$)|$)/i, '')
    .replace(/ ?\(Status: \w+\)/, '')
    .replace(/(?<![\w-])\d[\d.,:]*(?:\s?(?:ms|s|seconds|minutes|hours|days|[ap]m)\b)?/gi, '{n}')
    .replace(/^\{n\}:? ?/, '')
    .replace(/[\s.]+$/, '')
    .trim()
}
