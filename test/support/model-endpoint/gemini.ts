import { eventStream, toolCall, type Family } from './family.ts'
import { defaultTokens } from './script.ts'

/** Google's API of generated content, streamed. */
export const gemini: Family = {
  name: 'gemini',
  matches: (_method, path) => /\/models\/[^/]+:(?:streamGenerateContent|generateContent|countTokens)/.test(path),
  read(body, path) {
    // What is not streamed is no step of the work: how hard it is, and which model is to do it.
    if (!path.includes(':streamGenerateContent')) return undefined
    const tools = (body['tools'] as { functionDeclarations?: { name: string }[] }[] | undefined) ?? []
    return { model: /\/models\/([^/:]+)/.exec(path)![1]!, tools: tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(({ name }) => name)) }
  },
  answer(response, request, step) {
    const tokens = { ...defaultTokens, ...(step.type === 'answer' ? step.tokens : {}) }
    const send = eventStream(response)
    const calls = step.type === 'answer' ? (step.calls ?? []).map((call) => toolCall(call, request)) : []
    const parts = [...(step.text === undefined ? [] : [{ text: step.text }]), ...calls.map(({ name, input }) => ({ functionCall: { name, args: input } }))]
    const prompt = tokens.input + tokens.cachedInput
    const usage = { promptTokenCount: prompt, candidatesTokenCount: tokens.output, totalTokenCount: prompt + tokens.output, cachedContentTokenCount: tokens.cachedInput }
    if (step.type === 'cut') return send({ candidates: [{ content: { role: 'model', parts }, index: 0 }], modelVersion: request.model }, false)
    send({ candidates: [{ content: { role: 'model', parts }, index: 0, finishReason: 'STOP' }], usageMetadata: usage, modelVersion: request.model }, false)
    response.end()
  },
  refuse: ({ status, kind, message, fields }) => ({ error: { code: status, message: message ?? 'Refused', status: kind ?? 'INTERNAL', ...fields } }),
  other: (path) => (path.includes(':countTokens') ? { totalTokens: 1_000 } : {
    candidates: [{ content: { role: 'model', parts: [{ text: '{"complexity_reasoning":"easy","complexity_score":10}' }] }, index: 0, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 10, totalTokenCount: 110 },
  }),
}
