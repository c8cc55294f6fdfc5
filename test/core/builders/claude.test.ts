import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claude, type ClaudeOptions } from '../../../core/builders/index.ts'
import type { BuildResult } from '../../../core/model/builder.ts'
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
  assert.equal(got.args, ['-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'acceptEdits'])
})

test('a conversation that is gone on with counts what came before: only what is new is this attempt\'s', async () => {
  const { result, got } = await build('resumed', { resume: true }, { thread: 'the-thread' })
  assert.equal(result.usage, { ...counts, cost: 0.01212, turns: 2, model: 'claude-opus-5-5' })
  assert.equal(got.args.slice(-2), ['--resume', 'the-thread'])
  const without = await build('edit', {}, { thread: 'the-thread' })
  assert.not.ok(without.got.args.includes('--resume'), 'nobody asked for it')
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

test('what was denied is a warning, with the way to allow it', async () => {
  const { result } = await build('denied')
  assert.is(result.type, 'done')
  assert.equal(result.warnings, ['claude was denied Bash npm publish: what it needs can be allowed with allowedTools or permissionMode of the builder'])
})

test.run()
