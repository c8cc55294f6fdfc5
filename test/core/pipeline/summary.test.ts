import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject } from '../../support/project.ts'
import { runHere, prepare } from '../../support/run-project.ts'

const test = suite('run summary')

test('names the first twenty problems of a phase, and counts the rest', async () => {
  await using project = await makeProject({ files: { 'README.md': 'x\n' } })
  const report = '<testsuite><testcase classname="t" name="adds"><failure message="1 is not 2&#10; +  where 1 = f()"/></testcase><testcase classname="t" name="sums"><failure message="no&#10; sum"/></testcase></testsuite>'
  const checks = [{ name: 'own', format: 'junit', run: { shell: `echo '${report}' > {report}; exit 1` } }]
  await prepare(project, { phases: { lines: { build: 'echo x > x.txt', checks }, many: { build: 'mkdir out; for n in $(seq 1 25); do echo x > out/$n.txt; done', scope: { paths: ['in/'] } } } })
  const run = await runHere(project, ['--max-attempts-per-phase', '1'])
  assert.is(run.phase('many').outcome, 'failed')
  const summary = await readFile(run.report!.runs[0]!.summary, 'utf8')
  assert.is(summary.match(/^- out\/\d+\.txt is outside/gm)?.length, 20, summary)
  assert.match(summary, /\n- and \d+ more, all in the receipt\n/)
  assert.match(summary, /^- t > adds: 1 is not 2 \+ where 1 = f\(\)\n- t > sums: no sum\n\n## /m)
})

test('tells what did not block, by phase', async () => {
  await using project = await makeProject()
  await prepare(project, { config: "checks: [{ name: 'check', run: { shell: 'echo litter > litter.txt' } }],", phases: { one: 'echo 1 > one.txt' } })
  const run = await runHere(project)
  assert.is(run.exitCode, 0, run.stdout)
  const summary = await readFile(run.report!.runs[0]!.summary, 'utf8')
  assert.match(summary, /\n## Warnings\n\n- one: check check changed files, which were discarded: litter\.txt\n$/)
})

test('a sum of what is known says of what it is not', async () => {
  await using project = await makeProject()
  await prepare(project, { phases: { told: `echo '{"usage":{"input_tokens":90,"output_tokens":10}}' > "$AUTOPACK_USAGE_FILE"; echo 1 > one.txt`, silent: 'echo 2 > two.txt' } })
  const run = await runHere(project)
  assert.match(await readFile(run.report!.runs[0]!.summary, 'utf8'), /\n- tokens: at least 100; unknown of 1 of 2 attempts\n/)
  assert.equal(run.report!.spend.map(({ outcome, attempts, tokens, cost, unknown, unpriced }) => ({ outcome, attempts, tokens, cost, unknown, unpriced })), [{ outcome: 'complete', attempts: 2, tokens: 100, cost: null, unknown: 1, unpriced: 1 }])
  assert.equal(run.report!.counted, { tokens: 50_100, cost: 0.5 })
})

test.run()
