import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claude } from '../../../core/builders/index.ts'
import { replayProgram, type Replay } from '../../support/agents/replay.ts'
import { builderBench } from './support.ts'

const test = suite('claude, before it begins')

test('options that are wrong or contradict each other are refused, each with what to write', () => {
  const refuses = (options: object, ...texts: string[]) => {
    try {
      claude(options)
    } catch (error) {
      for (const text of texts) assert.ok(`${(error as Error).message} ${(error as { fix?: string }).fix}`.includes(text), `${(error as Error).message} ${(error as { fix?: string }).fix} · ${text}`)
      return
    }
    assert.unreachable(JSON.stringify(options))
  }
  refuses({ maxturns: 3 }, 'did you mean maxTurns?')
  refuses({ maxTurns: 0 }, 'the option maxTurns of the claude builder cannot be 0', 'above zero')
  refuses({ permissionMode: 'plan' }, 'acceptEdits, auto, bypassPermissions')
  refuses({ allowedTools: ['Bash'], disallowedTools: ['Bash'] }, 'stands in disallowedTools too')
  refuses({ allowedTools: 'Bash' }, 'list of texts')
  refuses({ args: ['--model=opus'] }, 'without those that Autopack sets')
  refuses({ args: ['--dangerously-skip-permissions'] }, 'without those that Autopack sets')
  refuses({ patience: 'soon' }, 'duration')
  refuses({ maxBudgetUsd: -1 }, 'above zero')
  refuses({ env: { 'A B': 'c' } }, 'object of texts')
  claude({ model: 'opus', maxTurns: 3, args: ['--add-dir', '/x'], allowedTools: ['Bash(npm test:*)'], env: { A: 'b' }, executable: 'claude-code', account: 'work', resume: true, patience: 30 })
})

test('it is there, new enough and logged in, or one line says what is wrong', async () => {
  const bench = builderBench()
  try {
    const available = (replay: Partial<Replay>) => claude({ executable: replayProgram(bench.path, 'claude', { stream: '', ...replay }) }).available!({ env: bench.request.env, configDir: bench.configDir })
    const status = (loggedIn: boolean) => ({ auth: { output: JSON.stringify({ loggedIn }, null, 2), exitCode: loggedIn ? 0 : 1 } })
    assert.equal(await available({ version: '2.1.330 (Claude Code)', calls: status(true) }), { ok: true, version: '2.1.330' })
    assert.equal(await available({ version: '2.1.330 (Claude Code)', calls: status(false) }), { ok: false, reason: 'it is not logged in', fix: 'run `claude` and type /login, or set ANTHROPIC_API_KEY' })
    const old = await available({ version: '2.0.9 (Claude Code)' })
    assert.match(old.ok ? '' : `${old.reason}: ${old.fix}`, /is version 2\.0\.9, and 2\.1\.252 is the least that works: update it: `npm install -g @anthropic-ai\/claude-code@latest`$/)
    const strange = await available({ version: 'hello' })
    assert.match(strange.ok ? '' : strange.reason, /names no version: hello$/)
    if (process.getuid?.() === 0) {
      const anything = claude({ executable: replayProgram(bench.path, 'claude', { stream: '' }), permissionMode: 'bypassPermissions' })
      const root = await anything.available!({ env: bench.request.env, configDir: bench.configDir })
      assert.match(root.ok ? '' : root.reason, /bypassPermissions from root$/)
      assert.ok((await anything.available!({ env: { ...bench.request.env, IS_SANDBOX: '1' }, configDir: bench.configDir })).ok)
    }
    const gone = await claude({ executable: './nowhere/claude' }).available!({ env: bench.request.env, configDir: bench.configDir })
    assert.match(gone.ok ? '' : `${gone.reason}: ${gone.fix}`, /"\.\/nowhere\/claude" was not found in .*: correct `executable`/)
    const missing = await claude().available!({ env: { PATH: bench.path + '/empty' }, configDir: bench.configDir })
    assert.match(missing.ok ? '' : `${missing.reason}: ${missing.fix}`, /"claude" was not found on PATH: install it with `npm install -g/)
  } finally {
    bench.remove()
  }
})

test('where the project lies inside a repository, all of the worktree is open to it', async () => {
  const bench = builderBench({ project: 'app' })
  try {
    bench.write('attempt/prompt.md', '')
    const { argv } = await claude({ executable: replayProgram(bench.path, 'claude', { stream: '' }) }).build(bench.request)
    assert.is(argv.at(-1), `--add-dir=${bench.workspace}`)
  } finally {
    bench.remove()
  }
})

test.run()
