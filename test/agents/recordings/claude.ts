import { claude, type ClaudeOptions } from '../../../core/builders/index.ts'
import { answer, run, write, type Call, type Script } from '../../support/model-endpoint/index.ts'
import type { Recording } from '../record.ts'

const key = { ANTHROPIC_API_KEY: 'fake' }
/** Of a subscription, which has limits with reset times. */
const subscription = { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-fake' }

function recording(script: Script, options: ClaudeOptions = {}, rest: Partial<Recording> & { login?: Record<string, string> } = {}): Recording {
  const { login = key, ...others } = rest
  return {
    script,
    builder: (executable) => claude({ executable, ...options }),
    env: ({ url }) => ({ ANTHROPIC_BASE_URL: url, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', ...login }),
    ...others,
  }
}

const edit = [answer('I write it.', write('a.txt', 'one\n')), answer('It is written.')]
const refusal = (status: number, kind: string, message: string, headers: Record<string, string> = {}): Script => () => ({ type: 'refuse', status, kind, message, headers })

/** 2027-01-15T08:00:00Z: a time that is over does not count as a reset. */
export const resetSeconds = 1_800_000_000
const rejected = {
  'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': String(resetSeconds), 'anthropic-ratelimit-unified-representative-claim': 'five_hour',
  'anthropic-ratelimit-unified-5h-status': 'rejected', 'anthropic-ratelimit-unified-5h-reset': String(resetSeconds), 'anthropic-ratelimit-unified-5h-utilization': '1.0',
}

export const claudeRecordings: Record<string, Recording> = {
  'edit': recording(edit),
  'resumed': recording(edit, { resume: true }, { resumes: true }),
  'conversation-gone': recording(edit, { resume: true }, { thread: '11111111-2222-3333-4444-555555555555' }),
  'denied': recording([answer('I run it.', run('npm publish')), answer('I was not allowed to.')]),
  'max-turns': recording(edit, { maxTurns: 1 }),
  'max-budget': recording(edit, { maxBudgetUsd: 0.001 }),
  'usage-limit': recording(refusal(429, 'rate_limit_error', 'This request would exceed the limit of your account', rejected), {}, { login: subscription }),
  'overloaded': recording(refusal(529, 'overloaded_error', 'Overloaded')),
  'prompt-too-long': recording(refusal(400, 'invalid_request_error', 'prompt is too long: 250000 tokens > 200000 maximum')),
  'credit': recording(refusal(400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.')),
  'model-missing': recording(refusal(404, 'not_found_error', 'model: nope'), { model: 'nope' }),
  'not-logged-in': recording([], {}, { login: {} }),
  'wrong-key': recording(refusal(401, 'authentication_error', 'invalid x-api-key')),
  'endless-retry': recording(refusal(429, 'rate_limit_error', 'Rate limited'), { patience: '4s' }),
  'sub-agents': recording(({ text }) => {
    const look = (which: string): Call => ({ type: 'tool', name: 'Agent', input: { description: which, prompt: `please look at the ${which}`, subagent_type: 'general-purpose', run_in_background: false } })
    if (!text.includes('Write one into a.txt')) return answer('I saw it.')
    return text.includes('please look at') ? undefined : answer('I ask two.', look('first'), look('second'))
  }),
  'killed': recording([answer('I write it.', write('a.txt', 'one\n')), { type: 'hang' }], {}, {
    during: async (endpoint, stop) => {
      await endpoint.reached(2)
      stop()
    },
  }),
}
