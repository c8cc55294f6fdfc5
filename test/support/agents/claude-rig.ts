import type { Client } from './client.ts'
import { agentRig, type AgentRig, type AgentRigOptions, type Pointing } from './rig.ts'

/** By a key, as a program has one; or by a login, as a person with a subscription has. */
const credentials = { key: { ANTHROPIC_API_KEY: 'fake-key-of-a-test' }, subscription: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-fake-token-of-a-test' }, none: {} }

const pointing = (login: keyof typeof credentials): Pointing => ({ url }) => ({ env: { ANTHROPIC_BASE_URL: url, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', ...credentials[login] } })

/** A project with the real Claude Code as its builder. */
export const claudeRig = ({ login = 'key', ...options }: AgentRigOptions & { login?: keyof typeof credentials } = {}): Promise<AgentRig> => agentRig('claude', pointing(login), options)

export const claudeClient: Client = {
  name: 'claude', rig: ({ login, ...options } = {}) => claudeRig({ ...options, ...(login === 'subscription' && { login }) }),
  usage: { inputTokens: 3_000, outputTokens: 100, cachedInputTokens: 600, cost: 0.01212, turns: 2, model: 'claude-opus-5-5' },
  shows: /^turn 1 · Write src\/a\.txt$/,
  input: [1_500, 50_500],
  limit: (until) => ({
    // A subscription has limits with reset times.
    login: 'subscription', says: /You've hit your/,
    step: {
      status: 429, kind: 'rate_limit_error', message: 'This request would exceed the limit of your account',
      headers: { 'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': String(until.getTime() / 1_000), 'anthropic-ratelimit-unified-representative-claim': 'five_hour' },
    },
  }),
  overload: { step: { status: 529, kind: 'overloaded_error', message: 'Overloaded' }, says: /529/ },
  retry: { step: { status: 429, kind: 'rate_limit_error', message: 'Rate limited' }, says: /API Error: 429 rate limit/ },
  // By itself it tries ten times, for minutes.
  key: { step: { status: 401, kind: 'authentication_error', message: 'invalid x-api-key' }, says: /^Claude Code: .*authentication failed.*; run `claude` and type \/login, or set ANTHROPIC_API_KEY$/ },
  credit: { step: { status: 400, kind: 'invalid_request_error', message: 'Your credit balance is too low to access the Anthropic API.' }, says: /add credit to the account/ },
  model: { step: { status: 404, kind: 'not_found_error', message: 'model: nope' }, options: "{ model: 'nope' }", says: /nope/ },
  context: { step: { status: 400, kind: 'invalid_request_error', message: 'prompt is too long: 250000 tokens > 200000 maximum' }, says: /too long/ },
  cut: 'goes on',
}
