import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claude, type ClaudeOptions } from '../../../core/builders/index.ts'
import type { BuildResult } from '../../../core/model/builder.ts'
import { claudeReader } from '../../../core/builders/claude-stream.ts'
import { usageOf } from '../../../core/builders/tally.ts'
import { usageFile } from '../../../core/builders/usage-file.ts'
import { usageSchema } from '../../../core/model/usage-schema.ts'
import { recorded, replayProgram, type Replay } from '../../support/agents/replay.ts'
import { builderBench } from './support.ts'

const test = suite('claude')

interface Built {
  result: BuildResult
  progress: ReturnType<typeof builderBench>['progress']
  got: { args: string[]; env: Record<string, string>; cwd: string; stdin: string }
  log: string
  bench: ReturnType<typeof builderBench>
}

/** Lets the builder run a program that replays what Claude Code printed. */
async function build(replay: Replay | string, options: ClaudeOptions = {}, request: { thread?: string; env?: Record<string, string> } = {}): Promise<Built> {
  const bench = builderBench()
  try {
    const executable = replayProgram(bench.path, 'claude', typeof replay === 'string' ? recorded('claude', replay) : replay)
    bench.write('attempt/prompt.md', 'Write one into a.txt\n')
    const result = await claude({ executable, ...options }).build({ ...bench.request, ...request, env: { ...bench.request.env, ...request.env } })
    return {
      result, progress: bench.progress, bench,
      got: JSON.parse(readFileSync(join(bench.path, 'got.json'), 'utf8')) as Built['got'],
      log: readFileSync(bench.request.logPath, 'utf8'),
    }
  } finally {
    bench.remove()
  }
}

const counts = { inputTokens: 3_000, outputTokens: 100, cachedInputTokens: 600 }

test('an edit: what it did, what it cost, and what names its conversation', async () => {
  const { result, progress, got, log, bench } = await build('edit')
  assert.is(result.type, 'done')
  assert.is(result.type === 'done' && result.summary, 'It is written.')
  assert.equal(result.usage, { ...counts, cost: 0.01212, turns: 2, model: 'claude-opus-5-5' })
  assert.is(result.warnings, undefined)
  const thread = progress.find((event) => event.thread !== undefined)?.thread
  assert.match(thread ?? '', /^[0-9a-f-]{36}$/)
  assert.ok(progress.some((event) => event.line?.startsWith('turn 1 · Write ') === true))
  assert.match(log, /I write it\.\n\[turn 1\] Write .*a\.txt\nIt is written\./)
  assert.is(got.stdin, 'Write one into a.txt\n')
  assert.is(got.cwd, bench.projectDir)
  assert.equal(got.args, ['-p', '--output-format', 'stream-json', '--verbose', '--forward-subagent-text', '--permission-mode', 'acceptEdits'])
})

test('a plan that it is to draft: it is held to the schema', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'schema-'))
  try {
    writeFileSync(join(folder, 'schema.json'), '{\n  "type": "object"\n}\n')
    const { got } = await build('edit', { model: 'opus' }, { env: { AUTOPACK_PLAN_SCHEMA_FILE: join(folder, 'schema.json') } })
    assert.equal(got.args.slice(-4), ['--model', 'opus', '--json-schema', '{"type":"object"}'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a conversation that is gone on with counts what came before: only what is new is this attempt\'s', async () => {
  const { result, got } = await build('resumed', { resume: true }, { thread: 'the-thread' })
  assert.equal(result.usage, { ...counts, cost: 0.01212, turns: 2, model: 'claude-opus-5-5' })
  assert.equal(got.args.slice(-2), ['--resume', 'the-thread'])
  assert.match(got.stdin, /^This conversation goes on in a new attempt\. .* taken back: .*\n\nWrite one into a\.txt\n$/s)
  const without = await build('edit', {}, { thread: 'the-thread' })
  assert.not.ok(without.got.args.includes('--resume'), 'nobody asked for it')
})

test('where the conversation is gone, it begins anew', async () => {
  const gone = recorded('claude', 'conversation-gone')
  // The first call is refused; the second one is another program's.
  const bench = builderBench()
  try {
    bench.write('attempt/prompt.md', 'Write one\n')
    const first = replayProgram(bench.path, 'gone', gone)
    const second = replayProgram(bench.path, 'edit', recorded('claude', 'edit'))
    bench.write('claude', `#!/bin/sh\ncase "$*" in *--resume*) exec '${first}' "$@" ;; *) exec '${second}' "$@" ;; esac\n`, 0o755)
    const result = await claude({ executable: join(bench.path, 'claude'), resume: true }).build({ ...bench.request, thread: 'the-thread' })
    assert.is(result.type, 'done')
    assert.equal(result.usage, { ...counts, cost: 0.01212, turns: 2, model: 'claude-opus-5-5' })
  } finally {
    bench.remove()
  }
})

const errors: Record<string, { class?: string; message: RegExp; type?: 'usage-limit'; resetsAt?: number }> = {
  'max-turns': { class: 'budget_exhausted', message: /maximum number of turns \(1\)/ },
  'max-budget': { class: 'budget_exhausted', message: /maximum budget/ },
  'usage-limit': { type: 'usage-limit', message: /hit your 5-hour limit/, resetsAt: 1_800_000_000_000 },
  'overloaded': { class: 'rate_limit', message: /Overloaded/ },
  'prompt-too-long': { class: 'context_length', message: /^Prompt is too long/ },
  'credit': { class: 'auth', message: /[Cc]redit balance is too low/ },
  'model-missing': { class: 'config_error', message: /selected model/ },
  'not-logged-in': { class: 'auth', message: /^Not logged in/ },
}

for (const [name, expected] of Object.entries(errors)) {
  test(`${name}: ${expected.class ?? expected.type}`, async () => {
    const { result } = await build(name)
    assert.is(result.type, expected.type ?? 'error')
    assert.match('message' in result ? result.message : '', expected.message)
    assert.is('class' in result ? result.class : undefined, expected.class)
    assert.is('resetsAt' in result ? result.resetsAt : undefined, expected.resetsAt)
  })
}

test('what sub-agents were asked is counted, as they tell it and in the end', async () => {
  const { result, progress, log } = await build('sub-agents')
  assert.equal(result.usage === 'unknown' ? {} : { tokens: result.usage.inputTokens, turns: result.usage.turns }, { tokens: 4 * 1_500, turns: 2 })
  // All of it is on the stream before its last message.
  const told = progress.flatMap((event) => (event.usage && event.usage !== 'unknown' ? [event.usage.inputTokens] : []))
  assert.is(Math.max(...told), 4 * 1_500)
  assert.match(log, /\[turn 1\] Agent first\n/)
  const killed = await build({ ...recorded('claude', 'sub-agents'), stream: recorded('claude', 'sub-agents').stream.split('\n').filter((line) => !line.includes('"type":"result"')).join('\n'), exitCode: 1 })
  assert.equal(killed.result.usage === 'unknown' ? 0 : killed.result.usage.inputTokens, 4 * 1_500)
})

test('what was denied is a warning, with the way to allow it', async () => {
  const { result } = await build('denied')
  assert.is(result.type, 'done')
  assert.equal(result.warnings, ['claude was denied Bash npm publish: what it needs can be allowed with allowedTools or permissionMode of the builder'])
})

/** Lines that no recording has: half of what an agent may print. */
const lines = (...events: (object | string)[]) => events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event))).join('\n') + '\n'
const init = { type: 'system', subtype: 'init', session_id: 'the-thread', model: 'claude-sonnet-4-5' }
const message = (id: string, blocks: object[], more: object = {}, usage: object = { input_tokens: 100, cache_read_input_tokens: 1_000, cache_creation_input_tokens: 200, output_tokens: 1 }) => ({
  type: 'assistant', parent_tool_use_id: null, message: { id, model: 'claude-sonnet-4-5', usage, content: blocks }, ...more,
})
const says = (text: string) => ({ type: 'text', text })
const success = { type: 'result', subtype: 'success', is_error: false, result: 'Done.' }

test('a message that is told in parts counts once, a sub-agent\'s too; turns are those of the main loop', async () => {
  const sub = { parent_tool_use_id: 'toolu_1' }
  const { result, progress } = await build({ stream: lines(init, message('m1', [says('a')]), message('m1', [says('b')]), message('s1', [says('c')], sub), message('s2', [says('d')], sub), message('s1', [says('e')], sub), message('m2', [says('f')])), exitCode: 0 })
  const usage = { inputTokens: 4 * 1_300, outputTokens: 4 + 0, cachedInputTokens: 4_000, turns: 2, model: 'claude-sonnet-4-5' }
  assert.is(result.type, 'error', 'it ended without its last message')
  assert.is(result.usage === 'unknown' ? 0 : result.usage.inputTokens, usage.inputTokens)
  assert.is(result.usage === 'unknown' ? 0 : result.usage.turns, 2)
  // Nothing told a cost: it is an estimate, of 400 tokens, 4,000 from the cache, 800 to it, and what was written.
  assert.ok(result.usage !== 'unknown' && result.usage.costEstimated && Math.abs(result.usage.cost! - (400 * 3 + 4_000 * 0.3 + 800 * 3.75 + result.usage.outputTokens * 15) / 1e6) < 1e-9)
  assert.ok(progress.some((event) => event.usage !== undefined), 'nothing was told while it worked')
})

test('its last message counts by model, sub-agents included, and not by its main loop; what has no price takes nothing from what has one', async () => {
  const modelUsage = { 'claude-haiku-4-5': { inputTokens: 5, outputTokens: 7, cacheReadInputTokens: 11, cacheCreationInputTokens: 13, costUSD: 0.5, costBasis: 'list' }, 'ours': { inputTokens: 100, outputTokens: 200, costUSD: 9, costBasis: 'unknown' } }
  const stream = lines(init, message('m1', [says('a')]), { ...success, num_turns: 1, total_cost_usd: 9.5, usage: { input_tokens: 1, output_tokens: 1 }, modelUsage })
  const { result } = await build({ stream })
  assert.equal(result.usage, { inputTokens: 129, outputTokens: 207, cachedInputTokens: 11, cost: 0.5, unpricedTokens: 300, unpricedModels: ['ours'], turns: 1, model: 'ours' })
  const bench = builderBench()
  bench.write('attempt/prompt.md', '')
  const priced = await claude({ executable: replayProgram(bench.path, 'claude', { stream }) }).build({ ...bench.request, prices: { ours: { input: 1, output: 10 } } })
  bench.remove()
  assert.equal(priced.usage, { inputTokens: 129, outputTokens: 207, cachedInputTokens: 11, cost: 0.5 + (100 + 2_000) / 1e6, costEstimated: true, turns: 1, model: 'ours' })
})

test('warnings, half lines and huge ones in between change nothing', async () => {
  const huge = JSON.stringify({ type: 'user', message: { content: 'x'.repeat(9 * 1024 * 1024) } })
  const stream = `(node:1) Warning: something\n${lines(init)}WARN half a line ${JSON.stringify(message('m1', [says('a')]))}\n\n\r\n${huge}\n{"type":"assistant","mess\n[1,2]\nnull\n{"type":42}\n{"type":"assistant","message":{"content":[null,7,{"type":"tool_use","name":{}}]}}\n${JSON.stringify(success)}`
  const { result, log } = await build({ stream })
  assert.is(result.type, 'done')
  assert.is(result.usage === 'unknown' ? 0 : result.usage.inputTokens, 1_300)
  assert.match(log, /Warning: something/)
  assert.ok(log.length < 10_000, 'the huge line is in the log')
})

test('no line can break it', () => {
  const events = ['edit', 'denied', 'usage-limit', 'wrong-key', 'max-budget'].flatMap((name) => recorded('claude', name).stream.trim().split('\n').map((line) => JSON.parse(line) as object))
  for (let seed = 1; seed <= 300; seed++) {
    const random = generator(seed)
    const reader = claudeReader({ show: () => undefined, log: (text) => assert.type(text, 'string'), redact: (value) => value }, { root: '/', resumes: seed % 2 === 0 })
    for (const event of events) reader.event(Object.fromEntries(Object.entries(event).map(([key, value]) => [key, mutated(value, random)])))
    const usage = usageOf(reader.state().tally, { turns: reader.state().turns })
    assert.ok(usageSchema.safeParse(usage).success, `seed ${seed}: ${JSON.stringify(usage)}`)
  }
})

test('success beside is_error, and success beside another exit code, are errors', async () => {
  const { result } = await build({ stream: lines(init, { ...success, is_error: true, result: 'Something broke' }) })
  assert.equal([result.type, 'message' in result && result.message, 'class' in result], ['error', 'Something broke', false])
  const exited = await build({ stream: lines(init, success), exitCode: 3 })
  assert.equal([exited.result.type, 'message' in exited.result && exited.result.message], ['error', 'claude reported success and exited with code 3'])
})

test('one that ends without its last message is an error with its last words, whatever its exit code', async () => {
  const silent = await build({ stream: lines(init, message('m1', [says('I think')])), exitCode: 0 })
  assert.equal([silent.result.type, 'message' in silent.result && silent.result.message], ['error', 'claude exited with code 0 before its last message: I think'])
  const long = await build({ stream: lines(init, message('m1', [says(`${'I think '.repeat(36)}of s3cr3ts3cr3ts3cr3t`)])), exitCode: 0 })
  assert.match('message' in long.result ? long.result.message : '', /I think of …$/, 'no word is cut in two, which may be a secret')
  const wrong = await build({ stream: '', stderr: "error: unknown option '--nope'\n", exitCode: 1 })
  assert.is('message' in wrong.result && wrong.result.message, "claude exited with code 1 before its last message: error: unknown option '--nope'")
  assert.is(wrong.result.usage, 'unknown')
})

test('one that stays alive after its last message is ended, and what it said counts', async () => {
  for (const afterwards of ['stays', 'deaf'] as const) {
    const { result } = await hurried({ stream: lines(init, message('m1', [says('a')]), success), afterwards })
    assert.is(result.type, 'done', afterwards)
  }
})

test('one that waits for what it has started is given longer, and goes on', async () => {
  const waiting = { type: 'system', subtype: 'background_tasks_changed', tasks: [{ task_id: 'b1' }] }
  const { result, slept } = await hurried({ stream: lines(init, waiting, success), afterwards: 'stays' })
  assert.is(result.type, 'done')
  assert.ok(slept > 300_000 && slept < 320_000, `ended after ${slept} ms`)
})

test('an endless silent retry ends as what it is refused for', async () => {
  const retry = (status: number | null, error: string, times = 5) => lines(init, ...Array.from({ length: times }, () => ({ type: 'system', subtype: 'api_retry', error_status: status, error })))
  const limit = { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: 1_800_000_000 } }
  const limited = await hurried({ stream: lines(limit) + retry(429, 'rate_limit'), afterwards: 'stays' })
  assert.equal([limited.result.type, 'resetsAt' in limited.result && limited.result.resetsAt], ['usage-limit', 1_800_000_000_000])
  assert.match('message' in limited.result ? limited.result.message : '', /^API Error: 429 rate limit \(claude tried 5 times\)$/)
  assert.ok(limited.slept > 90_000 && limited.slept < 100_000, `ended after ${limited.slept} ms`)
  const classes: [number | null, string, string][] = [[529, 'overloaded', 'rate_limit'], [null, 'unknown', 'network'], [500, 'server_error', 'network']]
  for (const [status, error, expected] of classes) {
    const { result } = await hurried({ stream: retry(status, error), afterwards: 'stays' })
    assert.equal([result.type, 'class' in result && result.class], ['error', expected], error)
  }
  // What is refused for its key is not refused by chance.
  const key = await hurried({ stream: retry(401, 'authentication_failed', 2), afterwards: 'stays' })
  assert.equal([key.result.type, 'class' in key.result && key.result.class], ['error', 'auth'])
  assert.ok(key.slept < 5_000, `ended after ${key.slept} ms`)
})

test('a refusal that passes is none', async () => {
  const retry = { type: 'system', subtype: 'api_retry', error_status: 429, error: 'rate_limit' }
  const { result } = await build({ stream: lines(init, retry, retry, message('m1', [says('a')])), exitCode: 1 })
  assert.equal([result.type, 'class' in result], ['error', false])
  const idle = await hurried({ stream: lines(init, retry), afterwards: 'stays' }, { idleMs: 300 })
  assert.is(idle.result.type, 'usage-limit', 'what was silent had been refused')
  const silent = await hurried({ stream: lines(init, message('m1', [says('a')])), afterwards: 'stays' }, { idleMs: 300 })
  assert.equal([silent.result.type, 'limit' in silent.result && silent.result.limit], ['timeout', 'idle'])
})

test('a stop ends it, with what it had spent', async () => {
  const bench = builderBench()
  try {
    bench.write('attempt/prompt.md', '')
    const executable = replayProgram(bench.path, 'claude', { stream: recorded('claude', 'killed').stream, afterwards: 'stays' })
    const working = claude({ executable }).build({ ...bench.request, progress: (event) => { if (event.usage) bench.controller.abort() } })
    const result = await working
    assert.is(result.type, 'cancelled')
    assert.is(result.usage === 'unknown' ? 0 : result.usage.inputTokens, 1_500)
    // After a crash nobody has a result: what was spent lies where it is looked for.
    const { usage } = await usageFile(join(bench.attemptDir, 'usage.jsonl')).read(true)
    assert.equal(usage, { inputTokens: 1_500, outputTokens: result.usage === 'unknown' ? 0 : result.usage.outputTokens, cachedInputTokens: 300, cost: result.usage === 'unknown' ? 0 : result.usage.cost, costEstimated: true })
  } finally {
    bench.remove()
  }
})

/** The value with some of its parts replaced by something else. */
function mutated(value: unknown, random: () => number): unknown {
  if (random() < 0.03) return [null, 0, -1, 1.5, 'text', '', true, [], {}, [null], { type: 7 }, 1e300][Math.floor(random() * 12)]
  if (Array.isArray(value)) return value.map((item) => mutated(item, random))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mutated(item, random)]))
}

function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** On a clock that does not wait: each look at the stream is as long as it says. */
async function hurried(replay: Replay, exec: { idleMs?: number } = {}): Promise<{ result: BuildResult; slept: number }> {
  const bench = builderBench()
  let slept = 0
  try {
    bench.write('attempt/prompt.md', '')
    const executable = replayProgram(bench.path, 'claude', replay)
    const lineCount = replay.stream.split('\n').length - 1
    const result = await claude({ executable }).build({
      ...bench.request,
      // Time passes once everything is printed.
      async sleep(milliseconds, signal) {
        const printed = readFileSync(join(bench.attemptDir, 'builder.jsonl'), 'utf8').split('\n').length - 1
        if (printed >= lineCount && exec.idleMs === undefined) slept += milliseconds
        await bench.request.sleep(printed >= lineCount ? 1 : 20, signal)
      },
      exec: (given) => bench.request.exec({ ...given, graceMs: 100, ...exec }),
    })
    return { result, slept }
  } finally {
    bench.remove()
  }
}

test('it gets its own variables, and none of those by which another one knows its children', async () => {
  const { got } = await build('edit', { env: { MAX_THINKING_TOKENS: '8000' } }, { env: { CLAUDE_CODE_ENTRYPOINT: 'cli', CLAUDE_CODE_SSE_PORT: '1', ANTHROPIC_MODEL: 'opus' } })
  assert.equal([got.env['CLAUDE_CODE_ENTRYPOINT'], got.env['CLAUDE_CODE_SSE_PORT'], got.env['ANTHROPIC_MODEL'], got.env['MAX_THINKING_TOKENS'], got.env['DISABLE_AUTOUPDATER']], [undefined, undefined, 'opus', '8000', '1'])
})

test.run()
