import { gemini, type GeminiOptions } from '../../../core/builders/index.ts'
import { geminiHome } from '../../support/agents/gemini-rig.ts'
import { answer, write, type Script } from '../../support/model-endpoint/index.ts'
import type { Recording } from '../record.ts'

function recording(script: Script, options: GeminiOptions = {}, rest: Partial<Recording> = {}): Recording {
  return {
    script,
    builder: (executable) => gemini({ executable, ...options }),
    env: ({ url }) => ({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'fake' }),
    home: () => geminiHome,
    ...rest,
  }
}

const edit = [answer('I write it.', write('a.txt', 'one\n')), answer('It is written.')]
const refusal = (status: number, kind: string, message: string, fields: Record<string, unknown> = {}): Script => () => ({ type: 'refuse', status, kind, message, fields })
const retryAfter = (seconds: number) => [
  { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-PaidTier' }] },
  { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` },
]
const perDay = [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests', quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] }]

export const geminiRecordings: Record<string, Recording> = {
  'edit': recording(edit),
  'resumed': recording(edit, { resume: true }, { resumes: true }),
  'conversation-gone': recording(edit, { resume: true }, { thread: '11111111-2222-3333-4444-555555555555', keepsErrors: true }),
  'denied': recording([answer('I write it.', { type: 'write', file: '/var/tmp/autopack-denied.txt', content: 'one\n' }), answer('I was not allowed to.')]),
  'usage-limit': recording(refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.', { details: perDay })),
  'usage-limit-until': recording(refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota. Please retry in 7200s.', { details: retryAfter(7_200) })),
  'endless-retry': recording(refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details. Please retry in 20s.', { details: retryAfter(20) }), { patience: '4s' }, { keepsErrors: true }),
  'credit': recording(refusal(429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.'), {}, { keepsErrors: true }),
  'overloaded': recording(refusal(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'), { patience: '4s' }, { keepsErrors: true }),
  'prompt-too-long': recording(refusal(400, 'INVALID_ARGUMENT', 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).')),
  'model-missing': recording(refusal(404, 'NOT_FOUND', 'models/nope is not found for API version v1beta, or is not supported for generateContent.')),
  'wrong-key': recording(refusal(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.')),
  'cut': recording((_request, index) => (index === 0 ? { type: 'cut', text: 'I begin' } : undefined)),
  'killed': recording([edit[0]!, { type: 'hang' }], {}, {
    keeps: /\/chats\/session-.*\.jsonl$/,
    during: async (endpoint, stop) => {
      await endpoint.reached(2)
      stop()
    },
  }),
}
