import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { aider, type AiderOptions } from '../../../core/builders/index.ts'
import { replaying } from './replaying.ts'

/*
 * aider is a Python program that npm does not have. What it prints here is made by hand, after its documents and the messages of its client: no recording, as those
 * of the other agents are.
 */
const test = suite('aider')
const { build, hurried, refuses, available } = replaying('aider', (options: AiderOptions) => aider(options))

const printed = (name: string) => ({ stream: readFileSync(new URL(`../../fixtures/builders/aider/${name}.txt`, import.meta.url), 'utf8') })

test('an edit: what it did, and what it counts, rounded', async () => {
  const { result, progress, got, log, bench } = await build(printed('edit'), { model: 'gpt-5', files: ['src/a.txt'], read: ['docs/style.md'] })
  assert.is(result.type, 'done')
  assert.equal(result.usage, { inputTokens: 4_200, outputTokens: 253, cachedInputTokens: 1_100, cost: 0.01, turns: 1, model: 'gpt-5' })
  assert.ok(progress.some((event) => event.line === 'turn 1 · edits src/a.txt'))
  assert.match(log, /Applied edit to src\/a\.txt/)
  assert.is(got.stdin, '', 'something was left to be asked')
  assert.is(got.cwd, bench.projectDir)
  assert.equal(got.args.slice(0, 4), ['--message-file', bench.request.promptPath, '--yes-always', '--no-auto-commits'])
  for (const argument of ['--no-dirty-commits', '--no-stream', '--no-check-update', '--no-gitignore']) assert.ok(got.args.includes(argument), argument)
  assert.ok(got.args.join(' ').includes(`--chat-history-file ${bench.attemptDir}/`), 'its history would lie in the worktree')
  assert.equal(got.args.slice(-8), ['--map-tokens', '0', '--model', 'gpt-5', '--read', 'docs/style.md', '--file', 'src/a.txt'])
})

test('each message is counted once, and not by the sum of the session; a cost that is not told is none', async () => {
  const { result } = await build(printed('reflected'))
  assert.equal(result.usage, { inputTokens: 16_200, outputTokens: 1_277, cachedInputTokens: 0, cost: 0.04, turns: 2, model: 'gpt-5' })
  const estimated = await build(printed('unpriced'))
  assert.equal([estimated.result.usage === 'unknown' ? 0 : estimated.result.usage.costEstimated], [true])
  const own = await build(printed('unpriced'), { model: 'local/own' })
  assert.is(own.result.usage === 'unknown' ? 0 : own.result.usage.cost, undefined)
})

const errors: Record<string, [type: string, failureClass: string | undefined, message: RegExp]> = {
  'rate-limit': ['usage-limit', undefined, /Rate limit reached/],
  'wrong-key': ['error', 'auth', /Incorrect API key/],
  'prompt-too-long': ['error', 'context_length', /context window/],
  'overloaded': ['error', 'rate_limit', /Overloaded/],
  'model-missing': ['error', 'config_error', /does not exist/],
  'credit': ['error', 'auth', /insufficient_quota/],
}
for (const [name, [type, failureClass, message]] of Object.entries(errors)) {
  test(`${name}, with exit code 0: ${failureClass ?? type}`, async () => {
    const { result } = await build({ ...printed(name), exitCode: 0 })
    assert.equal([result.type, 'class' in result ? result.class : undefined], [type, failureClass])
    assert.match('message' in result ? result.message : '', message)
  })
}

test('an endless retry ends within its patience; one that passes is none', async () => {
  const { result, slept } = await hurried({ ...printed('overloaded'), afterwards: 'stays' })
  assert.equal([result.type, 'class' in result && result.class], ['error', 'rate_limit'])
  assert.ok(slept >= 90_000 && slept < 100_000, `ended after ${slept} ms`)
  const passed = await build({ stream: printed('overloaded').stream + printed('edit').stream })
  assert.is(passed.result.type, 'done')
})

test('an end without an answer, or with another exit code, is an error', async () => {
  const silent = await build({ stream: 'Aider v0.86.1\n', exitCode: 0 })
  assert.match('message' in silent.result ? silent.result.message : '', /^aider exited with code 0 before its last message: Aider v0\.86\.1$/)
  assert.is(silent.result.usage, 'unknown')
  const wrong = await build({ stream: '', stderr: 'aider: error: unrecognized arguments: --nope\n', exitCode: 2 })
  assert.match('message' in wrong.result ? wrong.result.message : '', /unrecognized arguments/)
})

test('options that are wrong are refused; one that is too old or not there is told', async () => {
  refuses({ editFormat: 'lines' }, 'diff, diff-fenced')
  refuses({ args: ['--auto-commits'] }, 'without those that Autopack sets')
  refuses({ mapTokens: 0 }, 'above zero')
  refuses({ file: ['x'] }, 'did you mean files?')
  refuses({ files: ['src/a.py', 'src/b.py'], read: ['src/b.py'] }, 'the option files of the aider builder cannot be "src/b.py"', 'stands in read too')
  assert.equal(await available({ version: 'aider 0.86.1' }), { ok: true, version: '0.86.1' })
  const old = await available({ version: 'aider 0.50.1' })
  assert.match(old.ok ? '' : `${old.reason}: ${old.fix}`, /is version 0\.50\.1, and 0\.80\.0 is the least that works: update it: `python -m pip install -U aider-chat`/)
})

test.run()
