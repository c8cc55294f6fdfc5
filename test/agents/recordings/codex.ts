import { codex, type CodexOptions } from '../../../core/builders/index.ts'
import { codexConfig } from '../../support/agents/codex-config.ts'
import { answer, write, type Call, type Script } from '../../support/model-endpoint/index.ts'
import type { Recording } from '../record.ts'
import { resetSeconds } from './claude.ts'

function recording(script: Script, options: CodexOptions = {}, rest: Partial<Recording> & { url?: string; key?: Record<string, string>; model?: string } = {}): Recording {
  const { url: other, key = { OPENAI_API_KEY: 'fake' }, model, ...others } = rest
  return {
    script,
    builder: (executable) => codex({ executable, ...options }),
    env: () => key,
    home: ({ url }) => ({ '.codex/config.toml': codexConfig(other ?? url, model) }),
    ...others,
  }
}

const edit = [answer('I write it.', write('a.txt', 'one\n')), answer('It is written.')]
const refusal = (status: number, kind: string, message: string, fields: Record<string, unknown> = {}): Script => () => ({ type: 'refuse', status, kind, message, fields })

/** What newer models are offered in the place of single tools: a program that calls several. */
export const codeProgram = (file: string): Call => ({
  type: 'tool', name: 'functions.exec',
  input: { source: `await tools.exec_command({ cmd: 'cat ${file}' })\nawait tools.apply_patch('*** Begin Patch\\n*** Update File: ${file}\\n@@\\n-zero\\n+one\\n*** End Patch')\ntext(await tools.exec_command({ cmd: 'exit 3' }))` },
})

export const codexRecordings: Record<string, Recording> = {
  'edit': recording(edit),
  'resumed': recording(edit, { resume: true }, { resumes: true }),
  'usage-limit': recording(refusal(429, 'usage_limit_reached', 'The usage limit has been reached', { plan_type: 'pro', resets_at: resetSeconds })),
  'rate-limit': recording(refusal(429, 'rate_limit_exceeded', 'Rate limit reached')),
  'at-capacity': recording(refusal(503, 'server_is_overloaded', 'Overloaded')),
  'overloaded': recording(refusal(529, 'overloaded', 'Overloaded'), { patience: '4s' }),
  'prompt-too-long': recording(refusal(400, 'context_length_exceeded', 'Your input exceeds the context window of this model.')),
  'credit': recording(refusal(429, 'insufficient_quota', 'You exceeded your current quota')),
  'model-missing': recording(refusal(404, 'model_not_found', 'The model nope does not exist')),
  'no-key': recording([], {}, { key: {} }),
  'wrong-key': recording(refusal(401, 'invalid_api_key', 'Incorrect API key provided')),
  'no-network': recording([], { patience: '4s' }, { url: 'http://127.0.0.1:9' }),
  'cut': recording((_request, index) => (index === 0 ? { type: 'cut', text: 'I begin' } : undefined)),
  'killed': recording([answer('I write it.', write('a.txt', 'one\n')), { type: 'hang' }], {}, {
    during: async (endpoint, stop) => {
      await endpoint.reached(2)
      stop()
    },
  }),
  'program': recording([answer('I write it.', codeProgram('a.txt')), answer('It is written.')], {}, { model: 'gpt-6-sol' }),
}
