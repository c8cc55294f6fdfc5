import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeProject, writeFiles } from '../support/project.ts'
import { outside, prepare, receiptOf, runHere } from '../support/run-project.ts'

const test = suite('budgets')

/** Writes its work and its usage, and would go on for ten minutes. */
const spends = (tokens: number) =>
  `mkdir -p src; echo work > src/$AUTOPACK_PHASE.txt; echo '{"usage":{"input_tokens":${tokens},"output_tokens":0}}' >> "$AUTOPACK_USAGE_FILE"; exec sleep 600`

test('a builder is ended while it works, once it has passed the budget of an attempt: its patch is kept and nothing is on the branch', async () => {
  await using project = await makeProject({})
  await prepare(project, { config: 'drain: { maxTokens: { attempt: 1000 }, maxAttemptsPerPhase: 1 },', phases: { one: spends(1_500) } })
  const run = await runHere(project)
  assert.equal(run.outcomes, { one: 'budget_exhausted' })
  assert.match(run.phase('one').reason ?? '', '1500 tokens in one attempt, more than maxTokens.attempt 1000')
  assert.equal(run.phase('one').usage, { inputTokens: 1500, outputTokens: 0 })
  assert.match(await readFile(join(run.phase('one').attemptDir, 'changes.patch'), 'utf8'), 'src/one.txt')
  const receipt = await receiptOf(run.phase('one'))
  assert.equal([receipt.charged, receipt.usage], [true, { inputTokens: 1500, outputTokens: 0 }])
  assert.is((await project.git('branch', '--list', 'autopack/p/r', '--format=%(objectname)')).trim(), '', 'no work, no branch')
})

/** Spends most of the budget, waits until another one has too, and then a little now and again. */
const spendsOn = (other: string) => `say() { echo "{\\"usage\\":{\\"input_tokens\\":10,\\"output_tokens\\":0,\\"cost\\":$1}}" >> "$AUTOPACK_USAGE_FILE"; }
say 1.2; echo 1 > "$OUTSIDE/$AUTOPACK_PHASE.spent"; while [ ! -e "$OUTSIDE/${other}.spent" ]; do sleep 0.05; done; while :; do sleep 0.2; say 0.01; done`

test('what all at work spend together stays within the budget of the drain', async () => {
  await using project = await makeProject({})
  await prepare(project, { config: 'drain: { parallel: 2, maxCost: { drain: 2 }, assumedCostPerAttempt: 0.1, maxAttemptsPerPhase: 1 },', phases: { one: spendsOn('two') } })
  await project.write({ 'runs/s.json': JSON.stringify({ id: 's', phases: [{ id: 'two', goal: 'Do two' }] }) })
  await writeFiles(outside(project), { two: spendsOn('one') })
  const run = await runHere(project)
  assert.equal(run.outcomes, { one: 'budget_exhausted', two: 'budget_exhausted' })
  for (const phase of ['one', 'two']) {
    const { usage, reason } = run.phase(phase)
    assert.ok(usage !== 'unknown' && usage.cost! < 1.9, `${phase} spent $${usage === 'unknown' ? '?' : usage.cost}: each alone is within $2`)
    assert.match(reason ?? '', 'that maxCost.drain leaves')
  }
  assert.is(run.report?.stop.reason, 'budget_cost')
})

test.run()
