import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { aiderReader } from '../../../core/builders/aider-stream.ts'
import { claudeReader } from '../../../core/builders/claude-stream.ts'
import { codexReader } from '../../../core/builders/codex-stream.ts'
import { geminiReader } from '../../../core/builders/gemini-stream.ts'
import { codex } from '../../../core/builders/index.ts'
import { opencodeReader } from '../../../core/builders/opencode-stream.ts'
import { handOver, type AgentReader, type ReaderOutput } from '../../../core/builders/run-agent.ts'
import type { LineStream, StreamLine } from '../../../core/builders/stream.ts'
import { createRedactor } from '../../../core/process/redact.ts'
import { replayProgram } from '../../support/agents/replay.ts'
import { jsonLines } from './replaying.ts'
import { builderBench } from './support.ts'

const test = suite('secrets in what agents tell')

/** Of several words, of what JSON escapes, and of a shape that is known. */
const secrets = ['correct horse battery staple', 'zyx"wvu&tsrq<98765', `sk-ant-${'api03'.repeat(12)}`]
const redactor = createRedactor({ secrets: secrets.slice(0, 2) })
const longestOffset = 320

type Made = (output: ReaderOutput, errors: LineStream) => AgentReader
interface Case { make: Made; lines(text: string): object[]; printed?(text: string): string[]; errors?(text: string): string }

const sessions = { look: async () => undefined, main: () => undefined, others: () => [], tally: () => undefined, before: undefined, close: async () => undefined }
const escaped = (text: string): string => JSON.stringify(text).slice(1, -1)

const agents: Record<string, Case> = {
  claude: {
    make: (output) => claudeReader(output, { root: '/w', resumes: false }),
    lines: (text) => [
      { type: 'assistant', message: { id: 'm', model: 'x', content: [{ type: 'text', text }, { type: 'tool_use', name: 'Bash', input: { command: text } }] } },
      { type: 'result', subtype: 'error_during_execution', is_error: true, result: text, permission_denials: [{ tool_name: 'Bash', tool_input: { command: text } }] },
    ],
  },
  codex: {
    make: (output) => codexReader(output, { sessions, resumes: undefined, model: undefined, root: '/w' }),
    lines: (text) => [
      { type: 'error', message: `Reconnecting... 1/5 (${text})` }, { type: 'item.started', item: { id: 'a', type: 'command_execution', command: `/bin/bash -lc '${text}'` } },
      { type: 'item.completed', item: { id: 'b', type: 'agent_message', text } }, { type: 'turn.failed', error: { message: text } },
    ],
  },
  gemini: {
    make: (output, errors) => geminiReader(output, { errors, sessions, root: '/w' }),
    errors: (text) => `Attempt 3 failed with status 503. Retrying with backoff... ${text}`,
    lines: (text) => [
      { type: 'tool_use', tool_name: 'shell', tool_id: 'a', parameters: { command: text } }, { type: 'tool_result', tool_id: 'a', status: 'error', error: { type: 'policy', message: text } },
      { type: 'message', role: 'assistant', content: text }, { type: 'result', status: 'error', error: { message: `[API Error: {"error":{"code":400,"message":"${escaped(text)}"}}]` } },
    ],
  },
  opencode: {
    make: (output, errors) => opencodeReader(output, { errors, model: undefined, root: '/w' }),
    errors: (text) => `level=ERROR time=1 message="stream error" small=false x=1 error.error="AI_APICallError: ${escaped(text)}"`,
    lines: (text) => [
      { type: 'tool_use', part: { tool: 'bash', state: { status: 'error', input: { command: text }, error: `rejected permission ${text}` } } },
      { type: 'text', part: { text } }, { type: 'error', error: { name: 'APIError', data: { message: text } } },
    ],
  },
  aider: {
    make: (output) => aiderReader(output, { model: undefined }),
    lines: () => [],
    printed: (text) => [`Applied edit to ${text}`, `litellm.RateLimitError: ${text}`, 'Retrying in 0.2 seconds...'],
  },
}

for (const [name, { make, lines, printed, errors }] of Object.entries(agents)) {
  test(`${name}: a secret at whatever place is in no line, no message and no warning, nor is its beginning or its end`, async () => {
    let shown = 0
    for (const secret of secrets) {
      for (let offset = 0; offset <= longestOffset; offset++) {
        const text = `${'. '.repeat(offset).slice(0, offset)} ${secret} and so on`
        const told: string[] = []
        let inLog: string | undefined = errors?.(text)
        const look: LineStream = { async read(onLine) { if (inLog !== undefined) onLine({ type: 'text', text: inLog }); inLog = undefined }, close: async () => undefined }
        const output: ReaderOutput = { show: (line) => void (shown++, told.push(line)), log: (line) => void told.push(line), redact: redactor.redactAll }
        const reader = make(output, look)
        const hand = (line: StreamLine) => {
          handOver(line, reader, output)
          told.push(JSON.stringify(reader.state()))
        }
        await reader.look?.()
        for (const event of lines(text)) hand({ type: 'event', event: event as Record<string, unknown> })
        for (const line of printed?.(text) ?? []) hand({ type: 'text', text: line })
        for (const part of [secret.slice(0, 8), secret.slice(-8), escaped(secret.slice(0, 8))]) {
          const leak = told.find((line) => line.includes(part))
          assert.is(leak, undefined, `${name}, at ${offset}: ${part}`)
        }
      }
    }
    assert.ok(shown >= secrets.length * longestOffset, 'nothing was shown of most of them')
  })
}

test('by way of a process: no file, no line and no result holds any of it', async () => {
  const bench = builderBench({ secrets: secrets.slice(0, 2) })
  try {
    const texts = Array.from({ length: 60 }, (_, index) => `${'. '.repeat(60 + index)}${secrets[index % secrets.length]} and so on`)
    const stream = jsonLines({ type: 'thread.started', thread_id: 'a' }, ...texts.flatMap((text) => agents['codex']!.lines(text)))
    const executable = replayProgram(bench.path, 'codex', { stream, stderr: texts.map((text) => `${text}\n`).join(''), exitCode: 1 })
    bench.write('attempt/prompt.md', 'Do it\n')
    const result = await codex({ executable, cost: 'unknown' }).build(bench.request)
    const files = readdirSync(bench.attemptDir).map((file) => [file, readFileSync(join(bench.attemptDir, file), 'utf8')] as const)
    assert.ok(files.some(([file, text]) => file === 'builder.jsonl' && text.includes('[redacted]')), 'there is nothing to find')
    assert.is(result.type, 'error')
    const places = [...files, ['result', JSON.stringify(result)] as const, ['progress', JSON.stringify(bench.progress)] as const]
    const leaks = places.flatMap(([place, text]) => secrets.flatMap((secret) => [secret.slice(0, 8), escaped(secret.slice(0, 8))].filter((part) => text.includes(part)).map((part) => `${place}: ${part}`)))
    assert.equal(leaks, [])
  } finally {
    bench.remove()
  }
})

test.run()
