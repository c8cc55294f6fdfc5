import type { AgentEnd, Refusal } from './run-agent.ts'

type Trouble = 'context_length' | 'auth' | 'usage-limit' | 'rate_limit' | 'config_error' | 'network'

/** By what a service answered, and by the words in which agents tell of it: the first that fits. */
const troubles: readonly (readonly [trouble: Trouble, statuses: (status: number) => boolean, words: RegExp])[] = [
  ['context_length', () => false, /context[ _](?:window|length|size)|prompt (?:is )?too long|ContextOverflow|ContextWindowExceeded|input token count .{0,60}exceeds/i],
  // Waiting fills no account.
  ['auth', (status) => status === 402, /insufficient[ _](?:quota|funds|balance|credit)|check your plan and billing|credit balance|payment required|add (?:more )?credits to your|credits are (?:depleted|exhausted|used up)|billing to be enabled/i],
  ['usage-limit', (status) => status === 429, /usage[ _]limit|rate[ _-]?limit|too many requests|quota (?:exceeded|exhausted)|exceeded your .{0,20}quota|exhausted your .{0,30}(?:quota|capacity)/i],
  ['rate_limit', (status) => status === 529 || status === 503, /overloaded|at capacity|service unavailable/i],
  ['auth', (status) => status === 401 || status === 403, /unauthorized|(?:invalid|incorrect|missing|no) .{0,20}(?:api[ _-]?key|credentials)|api[ _-]?key .{0,40}(?:not valid|invalid|missing|not set)|not logged in|authentication(?: ?error| failed)|access token could not|Missing environment variable: .{0,40}(?:KEY|TOKEN)/i],
  ['config_error', (status) => status === 404, /\bmodel\b.{0,100}(?:does not exist|not found|not supported|is not available|not_found)|model_not_found|ModelNotFound/i],
  ['network', (status) => status >= 500, /stream disconnected|connection (?:failed|error|refused|reset|closed)|(?:unable to|cannot) connect|error sending request|network error|fetch failed|ECONN|ENOTFOUND|EAI_AGAIN|socket hang up|timed out|internal server error|bad gateway/i],
]

/** What is wrong, where an error of a model's service says it. `status`: of its answer; else the one that the message names. */
export function troubleIn(message: string, status = statusIn(message)): Trouble | undefined {
  // What it says goes before its status: 400 and 429 stand for many things.
  const [said] = troubles.find(([, , words]) => words.test(message)) ?? []
  const [answered] = status === undefined ? [] : (troubles.find(([, statuses]) => statuses(status)) ?? [])
  const isTold = said === 'context_length' || said === 'usage-limit' || (said === 'auth' && answered !== 'rate_limit' && answered !== 'network')
  return isTold ? said : (answered ?? said)
}

function statusIn(message: string): number | undefined {
  const [, text] = /\b(?:status|HTTP|code)(?: ?code)?"?:? ?(\d{3})\b/i.exec(message) ?? []
  return text === undefined ? undefined : Number(text)
}

/** `words`: by which it is judged, where that is more than the message. */
interface Told { message: string; words?: string; status?: number | undefined; resetsAt?: number | undefined }

/** The end of an attempt that failed with this. */
export function endOfError({ message, words = message, status, resetsAt }: Told): AgentEnd {
  const trouble = troubleIn(words, status)
  if (trouble === 'usage-limit') return { type: 'usage-limit', message, ...(resetsAt !== undefined && { resetsAt }) }
  return { type: 'error', message, ...(trouble !== undefined && { class: trouble }) }
}

/** A refusal after which the agent tries again. */
export function refusalOf({ message, words = message, status, resetsAt, times }: Told & { times: number }): Refusal {
  const trouble = troubleIn(words, status)
  const kind = trouble === 'auth' || trouble === 'usage-limit' ? trouble : trouble === 'rate_limit' ? 'overload' : 'network'
  return { kind, message, times, ...(resetsAt !== undefined && { resetsAt }) }
}
