import { eventStream, namesOf, toolCall, type Family } from './family.ts'
import { defaultTokens } from './script.ts'

/** Anthropic's Messages API, streamed. */
export const anthropic: Family = {
  name: 'anthropic',
  matches: (_method, path) => path.startsWith('/v1/messages'),
  read: (body, path) => (path.startsWith('/v1/messages/count_tokens') ? undefined : { model: String(body['model']), tools: namesOf(body['tools']) }),
  answer(response, request, step, number) {
    const tokens = { ...defaultTokens, ...(step.type === 'answer' ? step.tokens : {}) }
    const send = eventStream(response)
    const usage = { input_tokens: tokens.input, cache_creation_input_tokens: tokens.cacheWrite, cache_read_input_tokens: tokens.cachedInput }
    // As the service does it: the count of the output is next to nothing until the message ends.
    send({ type: 'message_start', message: { id: `msg_${number}`, type: 'message', role: 'assistant', model: request.model, content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } } })
    let index = 0
    const block = (content: Record<string, unknown>, delta: Record<string, unknown>) => {
      send({ type: 'content_block_start', index, content_block: content })
      send({ type: 'content_block_delta', index, delta })
      if (step.type === 'cut') return
      send({ type: 'content_block_stop', index })
      index++
    }
    if (step.text !== undefined) block({ type: 'text', text: '' }, { type: 'text_delta', text: step.text })
    if (step.type === 'cut') return
    const calls = (step.calls ?? []).map((call) => toolCall(call, request))
    calls.forEach(({ name, input }, at) => block({ type: 'tool_use', id: `toolu_${number}_${at}`, name, input: {} }, { type: 'input_json_delta', partial_json: JSON.stringify(input) }))
    send({ type: 'message_delta', delta: { stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn', stop_sequence: null }, usage: { output_tokens: tokens.output } })
    send({ type: 'message_stop' })
    response.end()
  },
  refuse: ({ kind, message }) => ({ type: 'error', error: { type: kind ?? 'api_error', message: message ?? 'Refused' } }),
  other: () => ({ input_tokens: 1_000 }),
}
