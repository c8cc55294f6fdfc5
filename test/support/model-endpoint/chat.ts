import { eventStream, namesOf, toolCall, type Family } from './family.ts'
import { defaultTokens } from './script.ts'

/** The API of chat completions, streamed, as many services and gateways have it. */
export const chat: Family = {
  name: 'chat',
  matches: (_method, path) => path.endsWith('/chat/completions'),
  read: (body) => ({ model: String(body['model']), tools: namesOf(body['tools']) }),
  answer(response, request, step, number) {
    const tokens = { ...defaultTokens, ...(step.type === 'answer' ? step.tokens : {}) }
    const send = eventStream(response)
    const chunk = (more: Record<string, unknown>) => send({ id: `chatcmpl-${number}`, object: 'chat.completion.chunk', created: 1, model: request.model, choices: [], ...more }, false)
    const delta = (content: Record<string, unknown>, finish: string | null = null) => chunk({ choices: [{ index: 0, delta: content, finish_reason: finish }] })
    if (step.text !== undefined) delta({ role: 'assistant', content: step.text })
    if (step.type === 'cut') return
    const calls = (step.calls ?? []).map((call) => toolCall(call, request))
    calls.forEach(({ name, input }, index) => delta({ tool_calls: [{ index, id: `call_${number}_${index}`, type: 'function', function: { name, arguments: JSON.stringify(input) } }] }))
    delta({}, calls.length > 0 ? 'tool_calls' : 'stop')
    const input = tokens.input + tokens.cachedInput
    chunk({ usage: { prompt_tokens: input, completion_tokens: tokens.output, total_tokens: input + tokens.output, prompt_tokens_details: { cached_tokens: tokens.cachedInput } } })
    response.end('data: [DONE]\n\n')
  },
  refuse: ({ kind, message, fields }) => ({ error: { type: kind ?? 'server_error', code: kind ?? null, message: message ?? 'Refused', ...fields } }),
}
