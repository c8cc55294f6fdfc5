import type { Client } from './client.ts'
import { opencodeEnvironment, opencodeHome } from './opencode-config.ts'
import { agentRig, type AgentRig, type AgentRigOptions, type Pointing } from './rig.ts'

const pointing: Pointing = ({ url }) => ({ env: opencodeEnvironment, home: opencodeHome(url) })

/** A project with the real opencode as its builder. */
export const opencodeRig = (options: AgentRigOptions = {}): Promise<AgentRig> => agentRig('opencode', pointing, options)

export const opencodeClient: Client = {
  name: 'opencode', rig: ({ login: _login, ...options } = {}) => opencodeRig(options),
  usage: { inputTokens: 2_600, outputTokens: 100, cachedInputTokens: 600, cost: 2 * 0.0017875, turns: 2 },
  shows: /^turn 1 · bash cat > 'src\/a\.txt'/,
  input: [1_300, 50_300],
  // What a header says of it opencode keeps to itself.
  limit: (until) => ({ step: { status: 429, kind: 'usage_limit_reached', message: `Usage limit reached. Try again in ${Math.ceil((until.getTime() - Date.now()) / 1_000)} seconds.`, headers: { 'retry-after': '7200' } }, says: /Usage limit reached/ }),
  overload: { step: { status: 529, kind: 'overloaded', message: 'Overloaded' }, says: /Overloaded/ },
  retry: { step: { status: 429, kind: 'rate_limit_exceeded', message: 'Rate limit reached' }, says: /Rate limit reached/ },
  key: { step: { status: 401, kind: 'invalid_api_key', message: 'Incorrect API key provided' }, says: /Incorrect API key provided/ },
  credit: { step: { status: 429, kind: 'insufficient_quota', message: 'You exceeded your current quota, please check your plan and billing details.' }, says: /You exceeded your current quota.*add credit to the account/ },
  model: { step: { status: 404, kind: 'model_not_found', message: 'The model nope does not exist' }, says: /model nope does not exist/ },
  // It shortens the conversation and tries again, for ever.
  context: { step: { status: 400, kind: 'context_length_exceeded', message: 'Your input exceeds the context window of this model.' }, says: /context window/, most: 9 },
  cut: 'goes on',
}
