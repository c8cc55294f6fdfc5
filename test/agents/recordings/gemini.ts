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

const refusal = (status: number, kind: string, message: string, fields: Record<string, unknown> = {}): Script => () => ({ type: 'refuse', status, kind, message, fields })
const perDay = [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests', quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] }]

export const geminiRecordings: Record<string, Recording> = {
  'edit': recording([answer('I write it.', write('a.txt', 'one\n')), answer('It is written.')]),
  'denied': recording([answer('I write it.', { type: 'write', file: '/var/tmp/autopack-denied.txt', content: 'one\n' }), answer('I was not allowed to.')]),
  'usage-limit': recording(refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.', { details: perDay })),
  'overloaded': recording(refusal(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'), { patience: '4s' }),
  'prompt-too-long': recording(refusal(400, 'INVALID_ARGUMENT', 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).')),
  'model-missing': recording(refusal(404, 'NOT_FOUND', 'models/nope is not found for API version v1beta, or is not supported for generateContent.')),
  'wrong-key': recording(refusal(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.')),
  'cut': recording((_request, index) => (index === 0 ? { type: 'cut', text: 'I begin' } : undefined)),
  'killed': recording([answer('I write it.', write('a.txt', 'one\n')), { type: 'hang' }], {}, {
    during: async (endpoint, stop) => {
      await endpoint.reached(2)
      stop()
    },
  }),
}
