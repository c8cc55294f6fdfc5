import { limitAtEnd, readResetTime } from '../failure/index.ts'
import type { UsageLimit } from '../model/circuit.ts'
import type { Cause } from '../model/failure.ts'
import type { Classified } from './ending.ts'

/** What a failed attempt says about the account of its builder, and nothing about the phase. */
export type AccountTrouble =
  /** The usage limit is reached, or the model's service is overloaded or away: a pause. */
  | { type: 'limit'; limit: UsageLimit }
  /** The key, the login or the credit is refused: nobody gets further before somebody mends it. One sentence, with the fix. */
  | { type: 'refused'; detail: string }

/** What a person does about a refusal, by the tool that told of it. */
const keys: Readonly<Record<string, { login?: string; variables: readonly string[] }>> = {
  claude: { login: 'run `claude` and type /login', variables: ['ANTHROPIC_API_KEY'] },
  codex: { login: 'run `codex login`', variables: ['OPENAI_API_KEY'] },
  gemini: { login: 'run `gemini` and log in', variables: ['GEMINI_API_KEY'] },
  opencode: { login: 'run `opencode auth login`', variables: [] },
  aider: { variables: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'] },
  anthropic: { variables: ['ANTHROPIC_API_KEY'] },
  openai: { variables: ['OPENAI_API_KEY'] },
  'model-client': { variables: [] },
}

/** Failures of the builder itself: of anything else its output tells what the project's programs said. */
const ofBuilder: ReadonlySet<string | undefined> = new Set(['builder_error', 'builder_no_change', 'rate_limit', 'network', 'auth'])

const longWaitMs = 60_000

/** How near to its end an output has to tell of a limit where no agent's own words are known: a program of the project may have printed it. */
const lastLines = 10

interface Surroundings {
  now: number
  /** Names of variables that are set and that the builder did not get. */
  withheld: readonly string[]
  /** Whether the builder gets a variable of this name where it is set. */
  passes(name: string): boolean
}

/**
 * Reads a classified failure. Evidence counts where it is the root cause, confident, and told by a model's client or service, or is the last word of an unknown
 * program; a builder that names the class itself is believed. Undefined where the failure is about something else, or a classifier of the project says what to do.
 */
export function accountTrouble({ failure, classification }: Classified, { now, withheld, passes }: Surroundings): AccountTrouble | undefined {
  if (failure.class === 'timeout' && failure.stage === 'build') return classification.classifier === 'built-in' ? waitedOut(failure, now) : undefined
  if (!ofBuilder.has(failure.class) || (failure.stage !== 'build' && failure.class !== 'builder_no_change')) return undefined
  const [root] = failure.causes
  const cause = root && isBelieved(root, failure.output) ? root : undefined
  const isBuiltIn = classification.classifier === 'built-in'
  const kind = !isBuiltIn ? classification.class : failure.class === 'builder_error' || failure.class === 'builder_no_change' ? cause?.class : failure.class
  // A classifier that defers or holds has said what it means by it.
  if (!isBuiltIn && classification.action.type !== 'retry' && kind !== 'auth') return undefined
  // What the network of a whole machine does is not the model's.
  if (kind === 'rate_limit' || (kind === 'network' && (failure.class === 'network' || isModels(cause)))) {
    const words = [failure.message, ...(cause?.evidence ?? []), ...classification.evidence]
    const until = words.map((line) => readResetTime(line, now)).find((time) => time !== undefined)
    return { type: 'limit', limit: { reason: classification.title, ...(until !== undefined && { until }) } }
  }
  if (kind !== 'auth') return undefined
  return { type: 'refused', detail: `${classification.title}; ${fixOf(cause, [classification.title, failure.message], { withheld, passes })}` }
}

/** An agent that waits for a limit in silence is ended by a limit of time: what it waited for is no fault of the phase. */
function waitedOut({ output, message }: Classified['failure'], now: number): AccountTrouble | undefined {
  const found = limitAtEnd(output, (tool) => Object.hasOwn(keys, tool))
  if (!found) return undefined
  // For how long it was about to wait says when; the short waits between two tries do not.
  const waiting = readResetTime(found.words.replace(/\b(?:retrying|waiting|sleeping)(?: for| in)? /gi, 'retry in '), now)
  const until = readResetTime(found.words, now) ?? (waiting !== undefined && waiting - now > longWaitMs ? waiting : undefined)
  return { type: 'limit', limit: { reason: `${found.title} (${message})`, ...(until !== undefined && { until }) } }
}

const isModels = (cause: Cause | undefined): boolean => cause !== undefined && Object.hasOwn(keys, cause.tool)

function isBelieved(cause: Cause, output: string): boolean {
  if (cause.confidence === 'low') return false
  if (isModels(cause)) return true
  const last = output.split('\n').filter((line) => line.trim() !== '').slice(-lastLines).join('\n')
  return cause.tool === 'generic' && cause.evidence.some((line) => last.includes(line.trim()))
}

function fixOf(cause: Cause | undefined, said: readonly string[], { withheld, passes }: Omit<Surroundings, 'now'>): string {
  const text = [...said, ...(cause === undefined ? [] : [cause.title, ...cause.evidence])].join(' ')
  if (/credit|billing|payment|insufficient (?:funds|balance)/i.test(text)) return 'add credit to the account, or let the builder use another one'
  const { login, variables = [] } = keys[cause?.tool ?? ''] ?? {}
  const named = [...new Set([...text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:API_KEY|TOKEN|KEY)\b/g)].map(([name]) => name))]
  const wanted = named.length > 0 ? named : variables
  const kept = wanted.filter((name) => withheld.includes(name))
  if (kept.length > 0) return `${kept.join(' and ')} ${kept.length > 1 ? 'are' : 'is'} set but withheld from builders: name it in the config, env: { pass: [${kept.map((name) => `'${name}'`).join(', ')}] }`
  // An agent's builder gets its own keys unasked.
  const setting = `set ${wanted.join(' or ')}${wanted.every(passes) ? '' : ' and name it in env.pass'}`
  const ways = [login, wanted.length > 0 ? setting : undefined].filter((way) => way !== undefined)
  return ways.length > 0 ? ways.join(', or ') : "renew the builder's key or login"
}
