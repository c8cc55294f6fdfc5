import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claudeReader } from '../../../core/builders/claude-stream.ts'

const test = suite('what Claude Code tells')

const output = { show: () => undefined, log: () => undefined, redact: <Value>(value: Value) => value }
const answer = (model: string, extra: object = {}) => ({
  type: 'assistant', message: { id: 'm1', model, content: [{ type: 'text', text: 'It is so.' }], usage: { input_tokens: 1_000, output_tokens: 5 } }, ...extra,
})

test('a limit that a sub-agent met and the model got past is not what the attempt ended with', () => {
  const ended = (...events: object[]) => {
    const reader = claudeReader(output, { root: '/w', resumes: false })
    for (const event of events) reader.event({ ...event })
    return reader.state().end?.type
  }
  const refused = answer('<synthetic>', { error: 'rate_limit', parent_tool_use_id: 'task' })
  const failed = { type: 'result', subtype: 'error_during_execution', is_error: true, errors: ['a tool crashed'], total_cost_usd: 0.2 }
  assert.is(ended(refused, answer('claude-opus-5'), failed), 'error')
  assert.is(ended(answer('claude-opus-5'), refused, failed), 'usage-limit')
})

test('a result that tells of no model and no cost does not take back what was counted', () => {
  const tallied = (resumes: boolean, ...events: object[]) => {
    const reader = claudeReader(output, { root: '/w', resumes })
    for (const event of events) reader.event({ ...event })
    return [...(reader.state().tally ?? [['unknown', { inputTokens: -1 }] as const])].map(([model, { inputTokens }]) => `${model} ${inputTokens}`)
  }
  const free = { type: 'result', subtype: 'success', total_cost_usd: 0, modelUsage: {} }
  assert.equal(tallied(true, answer('claude-opus-5'), free), ['claude-opus-5 1000'])
  assert.equal(tallied(false, answer('claude-opus-5'), free), ['claude-opus-5 1000'])
  // An error before the first answer: nothing was asked, and that is known.
  assert.equal(tallied(false, free), [])
})

test('of what a tool is called on no word is cut in two: half a secret would pass for none', () => {
  const lines: string[] = []
  const reader = claudeReader({ ...output, log: (line) => void lines.push(line) }, { root: '/w', resumes: false })
  const secret = 's3cr3t'.repeat(10)
  const call = (command: string) => reader.event({ type: 'assistant', message: { id: command, model: 'm', content: [{ type: 'tool_use', name: 'Bash', input: { command } }] } })
  call(`curl -H "Authorization: Bearer ${'x'.repeat(40)} ${secret}" https://example.test/${'y'.repeat(40)}`)
  call(`${secret.repeat(3)} and more`)
  call(`ls /w/src\nrm ${secret}`)
  assert.equal(lines, [`[turn 1] Bash curl -H "Authorization: Bearer ${'x'.repeat(40)} …`, '[turn 2] Bash …', '[turn 3] Bash ls src'])
})

test.run()
