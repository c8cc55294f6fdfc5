import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject } from '../support/project.ts'
import { prepare, receiptOf, runHere } from '../support/run-project.ts'

const test = suite('deliverables')

test('are what is there after the phase, and not what a builder says; each fault by its name, misplaced files with both paths', async () => {
  await using project = await makeProject({ files: { 'docs/guide.md': '# Guide\n', '.gitignore': 'dist/\n' } })
  const phases = {
    claimed: { build: 'echo "Created docs/report.txt"; echo x > a.txt', deliverables: { docs: ['docs/report.txt'], code: ['a.txt'] } },
    misplaced: { build: 'echo x > report.txt', deliverables: ['docs/report.txt'] },
    outside: { build: 'echo x > report.txt', deliverables: ['docs/report.txt'], scope: { paths: ['docs/'] } },
    json: { build: `printf '{"a": 1,\n}' > a.json; echo '[]' > b.json`, deliverables: ['a.json', 'b.json'] },
    ignored: { build: 'mkdir dist; echo x > dist/app.js; echo x > b.txt', deliverables: ['dist/app.js'] },
    untouched: { build: 'echo x > c.txt', deliverables: ['./docs/guide.md', 'c.txt'] },
    folder: { build: 'mkdir out; echo x > out/deep.txt', deliverables: ['out/'] },
  }
  await prepare(project, { phases, config: 'drain: { maxAttemptsPerPhase: 1, maxFingerprintRepeats: 20 },' })
  await project.commit('prepare')
  const run = await runHere(project)
  const problems = async (id: string) => (await receiptOf(run.phase(id))).problems.map((problem) => `${problem.code}: ${problem.message}`)

  assert.equal(run.outcomes, {
    claimed: 'deliverables_validation_failed', misplaced: 'deliverables_validation_failed', outside: 'scope_violation', json: 'deliverables_validation_failed',
    ignored: 'deliverables_validation_failed', untouched: 'complete', folder: 'complete',
  })
  assert.equal(await problems('claimed'), ['missing: docs deliverable docs/report.txt is missing'])
  assert.is(run.phase('claimed').reason, 'docs deliverable docs/report.txt is missing (+1 existing files in workspace)')
  assert.equal(await problems('misplaced'), ['misplaced: deliverable docs/report.txt is missing, and the builder wrote report.txt'])
  assert.equal(await problems('outside'), ['outside-scope: report.txt is outside the write scope of this phase (added)', 'misplaced: deliverable docs/report.txt is missing, and the builder wrote report.txt'])
  assert.equal(await problems('json'), ['json_invalid: deliverable a.json is not valid JSON, a.json:2:1: expected a key in double quotes', 'json_empty: deliverable b.json is empty: []'])
  assert.equal(await problems('ignored'), ['ignored: deliverable dist/app.js is there, but git ignores it, so that it cannot be committed'])
  assert.equal(run.phase('untouched').warnings, ['deliverable ./docs/guide.md existed before and was not touched'])
})

test.run()
