import { opencode, type OpencodeOptions } from '../../../core/builders/index.ts'
import { opencodeConfig, opencodeEnvironment } from '../../support/agents/opencode-config.ts'
import { answer, write, type Script } from '../../support/model-endpoint/index.ts'
import type { Recording } from '../record.ts'

function recording(script: Script, options: OpencodeOptions = {}, rest: Partial<Recording> = {}): Recording {
  return {
    script,
    builder: (executable) => opencode({ executable, ...options }),
    env: () => opencodeEnvironment,
    home: ({ url }) => ({ '.config/opencode/opencode.json': opencodeConfig(url) }),
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
  'killed': recording([answer('I write it.', write('a.txt', 'one\n')), { type: 'hang' }], {}, {
    during: async (endpoint, stop) => {
      await endpoint.reached(2)
      stop()
    },
  }),
}
