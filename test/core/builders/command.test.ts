import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { command } from '../../../core/builders/index.ts'
import { usageFile } from '../../../core/builders/usage-file.ts'
import type { UserError } from '../../../core/errors.ts'
import type { Prices } from '../../../core/model/prices.ts'
import type { Usage } from '../../../core/model/usage.ts'
import { builderBench } from './support.ts'

const test = suite<{ bench: ReturnType<typeof builderBench> }>('command builder')

test.before.each((context) => {
  context.bench = builderBench()
})
test.after.each((context) => context.bench.remove())

test('expands placeholders, runs in the project root, and reports what it ran', async ({ bench }) => {
  const builder = command({ run: ['sh', '-c', 'echo "$1 $2 $3"; pwd', 'sh', '{run}', '{phase}', '{attempt}'] })
  const result = await builder.build(bench.request)
  assert.equal(result, {
    type: 'done',
    argv: ['sh', '-c', 'echo "$1 $2 $3"; pwd', 'sh', 'the-run', 'the-phase', '1'],
    usage: 'unknown',
    exitCode: 0,
    tail: `the-run the-phase 1\n${bench.projectDir}`,
  })
})

test('a shell line is taken as it is and reads the environment', async ({ bench }) => {
  const result = await command({ run: { shell: 'echo "$AUTOPACK_PHASE {phase} $EXTRA"' }, env: { EXTRA: 'more' } }).build(bench.request)
  assert.equal(result.argv, ['sh', '-c', 'echo "$AUTOPACK_PHASE {phase} $EXTRA"'])
  assert.is(result.type === 'done' && result.tail, 'the-phase {phase} more')
})

test('a non-zero exit, a signal and a missing program are errors', async ({ bench }) => {
  const failed = await command({ run: { shell: 'echo broken; exit 4' } }).build(bench.request)
  assert.equal(failed, { type: 'error', argv: ['sh', '-c', 'echo broken; exit 4'], usage: 'unknown', tail: 'broken', exitCode: 4, signal: null, message: 'sh exited with code 4' })
  const killed = await command({ run: { shell: 'kill -KILL $$' } }).build(bench.request)
  assert.is(killed.type === 'error' && killed.message, 'sh was ended by SIGKILL')
  const missing = await command({ run: ['no-such-agent'] }).build(bench.request)
  assert.is(missing.type === 'error' && missing.message, 'program not found: "no-such-agent"; install it, or add its folder to PATH')
})

test('limits and stop signals are told apart', async ({ bench }) => {
  const idle = await command({ run: { shell: 'echo still; exec sleep 600' }, idle: 0.05 }).build(bench.request)
  assert.equal(idle, { type: 'timeout', limit: 'idle', argv: ['sh', '-c', 'echo still; exec sleep 600'], usage: 'unknown', tail: 'still' })
  bench.controller.abort()
  assert.is((await command({ run: ['true'] }).build(bench.request)).type, 'cancelled')
})

test('usage lines are summed in both spellings; malformed ones are named and never taken for 0', async ({ bench }) => {
  const lines = [
    '{"usage":{"input_tokens":100,"output_tokens":10,"cached_input_tokens":50,"cost":0.5}}',
    '{"type":"note","text":"no usage"}',
    '{"usage":{"inputTokens":1,"outputTokens":2,"cachedInputTokens":3,"cost":0.25}}',
    'not json', '{"usage":{"input_tokens":-1,"output_tokens":5}}', '{"usage":{"input_tokens":1000}}', '{"usage":{"input_tokens":"7","output_tokens":5}}', '[]', '',
  ]
  bench.write('lines.jsonl', lines.join('\n'))
  const result = await command({ run: { shell: `cat ../lines.jsonl > "$AUTOPACK_USAGE_FILE"` } }).build(bench.request)
  assert.equal(result.usage, { inputTokens: 101, outputTokens: 12, cachedInputTokens: 53, cost: 0.75 })
  assert.equal(result.warnings, [`ignored 5 malformed lines of usage (${join(bench.attemptDir, 'usage.jsonl')}: 4, 5, 6, 7, 8)`])
  assert.equal(bench.progress.at(-1), { usage: result.usage })
})

test('a line without a cost that names its model is priced, and said to be an estimate', async ({ bench }) => {
  const lines = ['{"usage":{"model":"ours","input_tokens":1000,"output_tokens":100,"cached_input_tokens":500}}', '{"usage":{"model":"anthropic/claude-haiku-4-5","input_tokens":1000,"output_tokens":0}}']
  const usageOf = async (prices?: Prices) => (await command({ run: { shell: `printf '%s\\n' '${lines.join("' '")}' > "$AUTOPACK_USAGE_FILE"` } }).build({ ...bench.request, ...(prices && { prices }) })).usage
  assert.equal(await usageOf({ ours: { input: 10, output: 20, cachedInput: 1 } }), { inputTokens: 2_000, outputTokens: 100, cachedInputTokens: 500, cost: (500 * 10 + 500 + 100 * 20 + 1_000) / 1e6, costEstimated: true })
})

test('usage counts for an attempt that failed, and from a file of its own name', async ({ bench }) => {
  const script = `echo '{"usage":{"input_tokens":5,"output_tokens":6}}' > ${bench.attemptDir}/mine.jsonl; exit 1`
  const result = await command({ run: { shell: script }, usageFile: 'mine.jsonl' }).build(bench.request)
  assert.equal([result.type, result.usage], ['error', { inputTokens: 5, outputTokens: 6 }])
})

test('a usage file that is a folder, or holds nothing of use, is unknown usage', async ({ bench }) => {
  assert.is((await command({ run: { shell: 'mkdir "$AUTOPACK_USAGE_FILE"' } }).build(bench.request)).usage, 'unknown')
  assert.is((await command({ run: { shell: `echo nonsense > ${bench.attemptDir}/b` }, usageFile: 'b' }).build(bench.request)).usage, 'unknown')
})

test('the log is the builder log of the attempt', async ({ bench }) => {
  await command({ run: ['echo', 'hello'] }).build(bench.request)
  assert.is(readFileSync(join(bench.attemptDir, 'builder.log'), 'utf8'), 'hello\n')
})

test('available looks on the given PATH, and in the config folder for a relative path', async ({ bench }) => {
  bench.write('bin/agent', '#!/bin/sh\n', 0o755)
  bench.write('config/tools/agent', '#!/bin/sh\n', 0o755)
  bench.write('config/tools/plain', 'text', 0o644)
  const context = { env: { PATH: `/nowhere:${bench.path}/bin` }, configDir: bench.configDir }
  assert.equal(await command({ run: ['agent'] }).available!(context), { ok: true })
  assert.equal(await command({ run: ['./tools/agent'] }).available!(context), { ok: true })
  assert.equal(await command({ run: ['other'] }).available!(context), {
    ok: false, reason: 'the program "other" of the command builder was not found on PATH', fix: 'install it, or add its folder to PATH',
  })
  assert.equal(await command({ run: ['tools/plain'] }).available!(context), {
    ok: false, reason: `the program "tools/plain" of the command builder was not found in ${bench.configDir}`,
    fix: 'correct the path (relative to the config file) and make the file executable',
  })
})

test('an option of no use is refused when the config is read', () => {
  const messageOf = (make: () => unknown) => {
    try {
      make()
    } catch (error) {
      return (error as UserError).message
    }
    return undefined
  }
  assert.is(messageOf(() => command({ run: ['x'], idle: 'soon' })), 'the option idle of the command builder cannot be "soon"')
  assert.is(messageOf(() => command({ run: [] })), 'the option run of the command builder cannot be []')
  assert.is(messageOf(() => command({ run: 'npm test' as never })), 'the option run of the command builder cannot be "npm test"')
})

test('a command that asks no model says so: that is known, and not unknown', async ({ bench }) => {
  const result = await command({ run: ['true'], usage: 'none' }).build(bench.request)
  assert.equal(result.usage, { inputTokens: 0, outputTokens: 0, cost: 0 })
  assert.throws(() => command({ run: ['true'], usage: 'free' as 'none' }), (error: UserError) => error.message.includes('usage') && /'none'/.test(error.fix ?? ''))
})

test('usage is told while the command works, and a half-written line waits for its end', async ({ bench }) => {
  const file = join(bench.attemptDir, 'usage.jsonl')
  const line = '{"usage":{"input_tokens":100,"output_tokens":10}}'
  // The command waits to be told that the first line was seen.
  const script = `printf '${line}\\n{"usage"' > ${file}; while [ ! -e ${bench.attemptDir}/seen ]; do sleep 0.05; done; printf ':{"input_tokens":1,"output_tokens":1}}' >> ${file}`
  const request = { ...bench.request, progress: (event: { usage?: Usage }) => { bench.progress.push(event); if (event.usage) bench.write('attempt/seen', '') } }
  const result = await command({ run: { shell: script } }).build(request)
  assert.equal(bench.progress.map(({ usage }) => usage), [{ inputTokens: 100, outputTokens: 10 }, { inputTokens: 101, outputTokens: 11, unpricedTokens: 112 }])
  assert.equal(result.usage, { inputTokens: 101, outputTokens: 11, unpricedTokens: 112 })
})

test('a usage file that is written anew counts as it is then', async ({ bench }) => {
  const file = join(bench.attemptDir, 'usage.jsonl')
  const usage = usageFile(file)
  bench.write('attempt/usage.jsonl', '{"usage":{"input_tokens":1000,"output_tokens":1000}}\n')
  assert.equal((await usage.read(false)).usage, { inputTokens: 1000, outputTokens: 1000 })
  bench.write('attempt/usage.jsonl', '{"usage":{"input_tokens":1,"output_tokens":2}}\n')
  assert.equal((await usage.read(true)).usage, { inputTokens: 1, outputTokens: 2 })
})

test('the account of a command is a name', () => {
  assert.is(command({ run: ['true'], account: 'work' }).account, 'work')
  assert.is('account' in command({ run: ['true'] }), false)
  assert.throws(() => command({ run: ['true'], account: '' }), (error: UserError) => error.message.includes('account'))
})

test.run()
