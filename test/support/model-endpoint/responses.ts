import { eventStream, namesOf, toolCall, type Family } from './family.ts'
import { defaultTokens } from './script.ts'

/** OpenAI's Responses API, streamed. */
export const responses: Family = {
  name: 'responses',
  matches: (_method, path) => path.endsWith('/responses'),
  read: (body) => ({ model: String(body['model']), tools: [...namesOf(body['tools']), ...additionalTools(body['input'])] }),
  answer(response, request, step, number) {
    const tokens = { ...defaultTokens, ...(step.type === 'answer' ? step.tokens : {}) }
    const send = eventStream(response)
    const id = `resp_${number}`
    send({ type: 'response.created', response: { id } })
    const output: Record<string, unknown>[] = []
    if (step.text !== undefined) output.push({ type: 'message', id: `msg_${number}`, role: 'assistant', content: [{ type: 'output_text', text: step.text }] })
    if (step.type === 'answer') {
      (step.calls ?? []).forEach((call, at) => {
        const { name, input } = toolCall(call, request)
        // Tools come in namespaces, too: `multi_agent_v1.spawn_agent`.
        const [tool, namespace] = name.split('.').toReversed()
        // What it takes is the source of a program, and no JSON.
        if (typeof input['source'] === 'string') output.push({ type: 'custom_tool_call', id: `fc_${number}_${at}`, call_id: `call_${number}_${at}`, name: tool, ...(namespace !== undefined && { namespace }), input: input['source'] })
        else output.push({ type: 'function_call', id: `fc_${number}_${at}`, call_id: `call_${number}_${at}`, name: tool, ...(namespace !== undefined && { namespace }), arguments: JSON.stringify(input) })
      })
    }
    for (const item of output) send({ type: 'response.output_item.done', item })
    if (step.type === 'cut') return
    const input = tokens.input + tokens.cachedInput
    send({
      type: 'response.completed',
      response: { id, usage: { input_tokens: input, input_tokens_details: { cached_tokens: tokens.cachedInput }, output_tokens: tokens.output, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: input + tokens.output } },
    })
    response.end()
  },
  refuse: ({ kind, message, fields }) => ({ error: { type: kind ?? 'server_error', code: kind ?? null, message: message ?? 'Refused', ...fields } }),
}

/** Newer models are offered their tools in the conversation, in namespaces: `functions.exec`, which runs a program that calls all others. */
function additionalTools(input: unknown): string[] {
  const items = Array.isArray(input) ? (input as { type?: string; tools?: { type?: string; name?: string; tools?: unknown }[] }[]) : []
  return items.filter((item) => item.type === 'additional_tools').flatMap(({ tools = [] }) => tools.flatMap((tool) => (tool.type === 'namespace' ? namesOf(tool.tools).map((name) => `${tool.name}.${name}`) : namesOf([tool]))))
}
