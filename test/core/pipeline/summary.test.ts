import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject } from '../../support/project.ts'
import { autopackRun, prepare } from '../../support/run-project.ts'

const test = suite('run summary')

test('names the first twenty problems of a phase, and counts the rest', async () => {
  await using project = await makeProject({ files: { 'README.md': 'x\n' } })
  await prepare(project, { phases: { many: { build: 'mkdir out; for n in $(seq 1 25); do echo x > out/$n.txt; done', scope: { paths: ['in/'] } } } })
  const run = await autopackRun(project, ['--max-attempts-per-phase', '1'])
  assert.is(run.phase('many').outcome, 'failed')
  const summary = await readFile(run.report!.runs[0]!.summary, 'utf8')
  assert.is(summary.match(/^- out\/\d+\.txt is outside/gm)?.length, 20, summary)
  assert.match(summary, /\n- and \d+ more, all in the receipt\n/)
})

test.run()
