import type { Client } from './client.ts'
import { agentRig, type AgentRig, type AgentRigOptions, type Pointing } from './rig.ts'

/** A home in which a key is the way to log in. */
export const geminiHome = { '.gemini/settings.json': '{ "security": { "auth": { "selectedType": "gemini-api-key" } }, "privacy": { "usageStatisticsEnabled": false } }\n' }

const pointing: Pointing = ({ url }) => ({ env: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'fake-key-of-a-test' }, home: geminiHome })

/** A project with the real Gemini CLI as its builder. */
export const geminiRig = (options: AgentRigOptions = {}): Promise<AgentRig> => agentRig('gemini', pointing, options)

/** A limit by the minute, with the time after which to try again; one by the day has none. */
const details = (seconds: number) => [
  { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-PaidTier' }] },
  { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` },
]

export const geminiClient: Client = {
  name: 'gemini', rig: ({ login: _login, ...options } = {}) => geminiRig(options),
  // With another 100 and 10 of the model that chooses which one it is to be.
  usage: { inputTokens: 2_700, outputTokens: 110, cachedInputTokens: 600, costEstimated: true, turns: 2 },
  shows: /^turn 1 · write_file src\/a\.txt$/,
  input: [1_300, 50_300],
  limit(until) {
    const seconds = Math.ceil((until.getTime() - Date.now()) / 1_000)
    return { step: { status: 429, kind: 'RESOURCE_EXHAUSTED', message: `You exceeded your current quota. Please retry in ${seconds}s.`, fields: { details: details(seconds) } }, says: /You exceeded your current quota/ }
  },
  overload: { step: { status: 503, kind: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' }, says: /overloaded/ },
  retry: { step: { status: 429, kind: 'RESOURCE_EXHAUSTED', message: 'You exceeded your current quota, please check your plan and billing details. Please retry in 20s.', fields: { details: details(20) } }, says: /You exceeded your current quota/ },
  key: { step: { status: 400, kind: 'INVALID_ARGUMENT', message: 'API key not valid. Please pass a valid API key.' }, says: /API key not valid.*GEMINI_API_KEY/ },
  credit: { step: { status: 429, kind: 'RESOURCE_EXHAUSTED', message: 'Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.' }, says: /credits are depleted.*add credit to the account/ },
  model: { step: { status: 404, kind: 'NOT_FOUND', message: 'models/gemini-nope is not found for API version v1beta, or is not supported for generateContent.' }, options: "{ model: 'gemini-nope', cost: 'unknown' }", says: /models\/gemini-nope is not found/ },
  context: { step: { status: 400, kind: 'INVALID_ARGUMENT', message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).' }, says: /input token count/ },
  cut: 'pause',
}
