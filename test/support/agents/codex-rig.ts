import type { Client } from './client.ts'
import { codexConfig } from './codex-config.ts'
import { agentRig, type AgentRig, type AgentRigOptions, type Pointing } from './rig.ts'

const keys: Record<'key' | 'none', Record<string, string>> = { key: { OPENAI_API_KEY: 'fake-key-of-a-test' }, none: {} }

const pointing = (login: 'key' | 'none', model?: string): Pointing => ({ url }) => ({ env: keys[login], ...(login === 'key' && { home: { '.codex/config.toml': codexConfig(url, model) } }) })

/** A project with the real Codex as its builder. `login: 'none'`: as after its installation. */
export const codexRig = ({ login = 'key', model, ...options }: AgentRigOptions & { login?: 'key' | 'none'; model?: string } = {}): Promise<AgentRig> => agentRig('codex', pointing(login, model), options)

export const codexClient: Client = {
  name: 'codex', rig: ({ login: _login, ...options } = {}) => codexRig(options),
  // Of each answer 1,000 that were read anew, 300 from a cache and 50 written.
  usage: { inputTokens: 2_600, outputTokens: 100, cachedInputTokens: 600, cost: (2_000 * 1.25 + 600 * 0.125 + 100 * 10) / 1e6, costEstimated: true, turns: 2, model: 'gpt-5.1' },
  shows: /^turn 1 · runs cat > 'src\/a\.txt'/,
  input: [1_300, 50_300],
  limit: (until) => ({ step: { status: 429, kind: 'usage_limit_reached', message: 'The usage limit has been reached', fields: { plan_type: 'pro', resets_at: until.getTime() / 1_000 } }, says: /hit your usage limit/, most: 1 }),
  overload: { step: { status: 503, kind: 'server_is_overloaded', message: 'Overloaded' }, says: /capacity|Overloaded/i },
  retry: { step: { status: 529, kind: 'overloaded', message: 'Overloaded' }, says: /status 529/ },
  key: { step: { status: 401, kind: 'invalid_api_key', message: 'Incorrect API key provided' }, says: /^Codex: .*401 Unauthorized: Incorrect API key provided.*; run `codex login`, or set OPENAI_API_KEY$/ },
  credit: { step: { status: 429, kind: 'insufficient_quota', message: 'You exceeded your current quota' }, says: /add credit to the account/ },
  model: { step: { status: 404, kind: 'model_not_found', message: 'The model nope does not exist' }, says: /model nope does not exist/ },
  context: { step: { status: 400, kind: 'context_length_exceeded', message: 'Your input exceeds the context window of this model.' }, says: /context window/ },
  cut: 'goes on',
}
