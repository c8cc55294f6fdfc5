import type { AgentEnd, AgentReader, AgentState, ReaderOutput } from './run-agent.ts'
import { endOfError, refusalOf } from './service-error.ts'
import { shortLine } from './short-line.ts'
import { addCounts, type ModelCounts } from './tally.ts'

const number = String.raw`(\d[\d,]*(?:\.\d+)?[kM]?)`
/** `Tokens: 4.2k sent, 1.1k cache write, 900 cache hit, 253 received. Cost: $0.01 message, $0.02 session.` */
const tokensLine = new RegExp(String.raw`^Tokens: ${number} sent(?:, ${number} cache write)?(?:, ${number} cache hit)?, ${number} received\.(?: Cost: \$${number} message, \$${number} session\.)?`)

/** Reads what aider prints: text, of which nothing is machine-readable but the counts, and those are rounded. `model`: the one that it was told to use. */
export function aiderReader({ show }: ReaderOutput, { model }: { model: string | undefined }): AgentReader {
  const state: AgentState = { tally: undefined }
  let [turns, times] = [0, 0]
  let name = model ?? ''
  let counts: ModelCounts | undefined
  let trouble: string | undefined
  /** Whether the last thing that was told is an error. */
  let hasFailed = false

  const count = ([, sent, written, hit, received, message]: readonly (string | undefined)[]) => {
    counts = addCounts(counts, {
      inputTokens: amountOf(sent), outputTokens: amountOf(received), cachedInputTokens: amountOf(hit), cacheWriteTokens: amountOf(written),
      ...(message !== undefined && { cost: amountOf(message) }),
    })
    state.tally = new Map([[name, counts]])
    state.turns = ++turns
    times = 0
    hasFailed = false
    delete state.refusal
    state.atExit = { type: 'done' }
  }

  const failed = (end: AgentEnd) => {
    hasFailed = true
    state.atExit = end
  }

  return {
    event() {
      // It prints none.
    },
    text(line) {
      const told = tokensLine.exec(line)
      if (told) return count(told)
      const main = /^(?:Main model|Model): (\S+)/.exec(line)?.[1]
      if (main !== undefined && model === undefined) name = main
      const applied = /^Applied edit to (.+)$/.exec(line)?.[1]
      if (applied !== undefined) return show(`turn ${turns} · edits ${applied}`)
      const error = errorIn(line)
      // Advice stands below what it is about.
      if (error !== undefined && !(hasFailed && error.startsWith('The API provider'))) {
        trouble = error
        return failed(endOfError({ message: error, words: wordsOf(error) }))
      }
      if (hasFailed && /^Retrying in [\d.]+ seconds/.test(line)) {
        state.refusal = refusalOf({ message: trouble!, words: wordsOf(trouble!), times: ++times })
        show(`refused (${shortLine(trouble!, 120)}), tries again`)
      }
    },
    state: () => state,
  }
}

/** It exits with 0 whatever happens: what it says counts. */
function errorIn(line: string): string | undefined {
  const said = /^(?:litellm\.\w*(?:Error|Timeout|Exception)\b.*|Model \S+ has hit a token limit!|The API provider(?:'s servers are down or overloaded| has rate limited you).*|.{0,80}(?:expects these environment variables|is not a valid model|Unknown model)\b.*|(?:Your estimated chat context of .*exceeds))/i.exec(line)
  return said?.[0].trim().slice(0, 1_000)
}

/** The classes of its client say more than the text behind them. */
function wordsOf(error: string): string {
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/ContextWindowExceededError|token limit|estimated chat context/, 'context window'], [/insufficient_quota|billing|credit/i, 'insufficient_quota'], [/AuthenticationError|PermissionDenied|environment variables/, 'unauthorized'],
    [/RateLimitError|rate limited/, 'rate limit'], [/ServiceUnavailableError|overloaded/i, 'overloaded'], [/NotFoundError|not a valid model|Unknown model/i, 'model not found'],
    [/APIConnectionError|Timeout|InternalServerError|BadGateway/, 'connection error'],
  ]
  return kinds.find(([pattern]) => pattern.test(error))?.[1] ?? error
}

/** `4.2k` */
function amountOf(text: string | undefined): number {
  if (text === undefined) return 0
  const value = Number.parseFloat(text.replaceAll(',', ''))
  return text.endsWith('k') ? Math.round(value * 1_000) : text.endsWith('M') ? Math.round(value * 1_000_000) : value
}
