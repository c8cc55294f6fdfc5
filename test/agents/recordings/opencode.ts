import { opencode, type OpencodeOptions } from '../../../core/builders/index.ts'
import { opencodeEnvironment, opencodeHome } from '../../support/agents/opencode-config.ts'
import { answer, write, type Script } from '../../support/model-endpoint/index.ts'
import type { Recording } from '../record.ts'

function recording(script: Script, options: OpencodeOptions = {}, rest: Partial<Recording> = {}): Recording {
  return {
    script,
    builder: (executable) => opencode({ executable, ...options }),
    env: () => opencodeEnvironment,
    home: ({ url }) => opencodeHome(url),
    ...rest,
  }
}

const edit = [answer('I write it.', write('a.txt', 'one\n')), answer('It is written.')]
const refusal = (status: number, kind: string, message: string): Script => () => ({ type: 'refuse', status, kind, message })

export const opencodeRecordings: Record<string, Recording> = {
  'edit': recording(edit),
  'resumed': recording(edit, { resume: true }, { resumes: true }),
  'denied': recording([answer('I write it.', { type: 'run', command: 'touch /var/tmp/autopack-denied' }), answer('I was not allowed to.')]),
  'prompt-too-long': recording(refusal(400, 'context_length_exceeded', 'Your input exceeds the context window of this model.')),
  'model-missing': recording(refusal(404, 'model_not_found', 'The model nope does not exist')),
  'wrong-key': recording(refusal(401, 'invalid_api_key', 'Incorrect API key provided')),
  'usage-limit-until': recording(refusal(429, 'usage_limit_reached', 'Usage limit reached. Try again in 7200 seconds.'), { patience: '4s' }, { keepsErrors: true }),
  'credit': recording(refusal(429, 'insufficient_quota', 'You exceeded your current quota, please check your plan and billing details.'), {}, { keepsErrors: true }),
  'overloaded': recording(refusal(529, 'overloaded', 'Overloaded'), { patience: '4s' }, { keepsErrors: true }),
  'cut': recording((_request, index) => (index === 0 ? { type: 'cut', text: 'I begin' } : undefined)),
  'killed': recording([answer('I write it.', write('a.txt', 'one\n')), { type: 'hang' }], {}, {
    during: async (endpoint, stop) => {
      await endpoint.reached(2)
      stop()
    },
  }),
}
