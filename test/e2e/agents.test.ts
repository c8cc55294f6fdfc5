import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recorded, replayProgram, type Replay } from '../support/agents/replay.ts'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'
import { outside, prepare, runHere } from '../support/run-project.ts'

const test = suite('agents')

test('what an agent tells reaches budgets, circuits, classes and reports: each end as what it is', async () => {
  await using project = await makeProject()
  await mkdir(outside(project, 'agents'), { recursive: true })
  const resetsAt = Math.floor(Date.now() / 1_000) + 3_600
  const changed = (name: string, change: (stream: string) => string): Replay => ({ ...recorded('claude', name), stream: change(recorded('claude', name).stream) })
  const agents: Record<string, Replay> = {
    limited: changed('usage-limit', (stream) => stream.replaceAll('1800000000', String(resetsAt))),
    spending: { ...changed('killed', (stream) => stream.replaceAll('"input_tokens":1000', '"input_tokens":9000')), afterwards: 'stays' },
    long: recorded('claude', 'prompt-too-long'),
    refused: recorded('claude', 'denied'),
    keyless: recorded('claude', 'wrong-key'),
  }
  const programs = Object.entries(agents).map(([name, replay]) => `${name}: claude({ executable: ${JSON.stringify(replayProgram(outside(project, 'agents'), name, replay))}, account: '${name}' })`)
  await prepare(project, {
    imports: "import { claude } from 'autopack/builders'",
    config: `builders: { ${programs.join(', ')} }, drain: { maxAttemptsPerPhase: 1, maxTokens: { attempt: 5000 }, maxPauseMinutes: 0.01 },`,
    phases: Object.fromEntries(Object.keys(agents).map((name) => [name, { build: '', builder: name }])),
  })
  await project.commit('begin')
  const run = await runHere(project)
  assert.equal(run.outcomes, { limited: 'usage-limit', spending: 'budget_exhausted', long: 'context_length', refused: 'builder_no_change', keyless: 'auth' }, run.stdout.slice(-2_000))
  assert.ok(run.notices.some((notice) => notice.startsWith(`builder claude (limited) is paused until ${new Date(resetsAt * 1_000).toISOString()}: You've hit your 5-hour limit`)), run.notices.join('\n'))
  assert.match(run.phase('spending').reason ?? '', /^\d+ tokens in one attempt, more than maxTokens\.attempt 5000/)
  assert.match(run.phase('refused').warnings.join(), /claude was denied Bash npm publish/)
  // Its builder gets its key unasked, so that nothing is to be named in the config.
  assert.match(run.report?.stop.detail ?? '', /; run `claude` and type \/login, or set ANTHROPIC_API_KEY$/)
  // Beside the stream as it came lies what a person reads.
  const folder = project.path('.autonomous_runs/p/runs/r/r/phases/04_refused/attempt-1')
  assert.match(readFileSync(`${folder}/builder.log`, 'utf8'), /\n\[turn 1\] Bash npm publish\n/)
  assert.match(readFileSync(`${folder}/builder.jsonl`, 'utf8'), /"type":"result"/)
  // Nothing was charged for the limit: the phase waits.
  const status = JSON.parse((await runInside(project, ['status', '--json'])).stdout) as { runs: { phases: { id: string; state: string }[] }[] }
  assert.is(status.runs[0]!.phases.find((phase) => phase.id === 'limited')?.state, 'QUEUED')
})

test.run()
