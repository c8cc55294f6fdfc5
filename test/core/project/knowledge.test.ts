import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { knowledgeOutputSchema, knowledgeSchema, type Knowledge } from '../../../core/model/knowledge.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import { prepare, runHere } from '../../support/run-project.ts'

const test = suite('knowledge')

const rule = { id: '0123456789ab', class: 'test_failed', fingerprint: 'v1-aaaaaaaaaaaa', title: 'one is not two', evidence: [], touched: ['src/a.ts'], scope: [], runs: [{ run: 'x', phase: 'p', at: '2026-01-01T00:00:00.000Z' }], promotedAt: '2026-01-01T00:00:00.000Z', enabled: true }
const flake = { check: 'tests', test: 'now and then', seen: 3, lastAt: '2026-01-02T00:00:00.000Z' }
const bucket = {
  fingerprint: 'v1-bbbbbbbbbbbb', class: 'import_crash', title: 'leftpad is gone', blame: 'project', phases: [{ run: 'x', phase: 'p', at: '2026-01-01T00:00:00.000Z' }], firstSeen: '2026-01-01T00:00:00.000Z', lastSeen: '2026-01-01T00:00:00.000Z',
  closed: { at: '2026-01-03T00:00:00.000Z', by: 'ann', reason: 'pinned it' },
}
const others: Knowledge = { version: 1, project: 'p', rules: [rule], flakes: [flake], buckets: [bucket as Knowledge['buckets'][number]] }

test('what one checkout has learned, another knows; a fault that is over is told by explain, and closes and opens nothing', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { add: 'test "$AUTOPACK_ATTEMPT" = 1 || echo good > src/good.txt; echo x > src/b.txt' }, config: "checks: [{ name: 'good', against: 'none', run: { shell: 'test -e src/good.txt || { echo \"src/b.ts(1,1): error TS2304: Cannot find name left.\"; exit 1; }' } }]," })
  await project.commit('prepare')
  const run = await runHere(project)
  assert.equal(run.outcomes, { add: 'complete' })
  const own = JSON.parse((await runInside(project, ['knowledge', 'export'])).stdout) as Knowledge
  assert.equal([own.rules, own.flakes, own.buckets.map(({ class: name, phases, closed }) => [name, phases.map(({ phase }) => phase), closed.by])], [[], [], [['type_error', ['add'], null]]])

  await project.write({ 'knowledge.json': JSON.stringify(others), 'other.json': JSON.stringify({ ...others, project: 'q' }), 'broken.json': '{', 'undated.json': JSON.stringify({ ...others, flakes: [{ ...flake, lastAt: 'yesterday' }] }) })
  const first = await runInside(project, ['knowledge', 'import', 'knowledge.json', '--json'])
  assert.equal(knowledgeOutputSchema.parse(JSON.parse(first.stdout)), { action: 'import', files: [project.path('knowledge.json')], rules: { total: 1, new: 1 }, flakes: { total: 1, new: 1 }, buckets: { total: 2, new: 1 } })
  const rules = await readFile(project.path('.autonomous_runs/p/docs/LEARNED_RULES.json'), 'utf8')
  assert.is((await runInside(project, ['knowledge', 'import', 'knowledge.json'])).stdout, 'the project knows 1 rule, 1 flaky test, 2 faults that are over\n')
  assert.is(await readFile(project.path('.autonomous_runs/p/docs/LEARNED_RULES.json'), 'utf8'), rules, 'twice is as once')

  // An export joins what is there, and is the same each time: it can be committed.
  const exported = await runInside(project, ['knowledge', 'export', 'knowledge.json'])
  assert.is(exported.stdout, 'knowledge.json: 1 rule, 1 flaky test, 2 faults that are over (1 new)\n')
  const text = await project.read('knowledge.json')
  await runInside(project, ['knowledge', 'export', 'knowledge.json'])
  assert.is(await project.read('knowledge.json'), text)
  assert.equal(knowledgeSchema.parse(JSON.parse(text)).flakes, [flake])

  const told = await runInside(project, ['explain', 'v1-bbbb'])
  assert.is(told.stdout, 'leftpad is gone\nimport_crash · v1-bbbbbbbbbbbb · blame project\nothers had it in 1 phase; it was over at 2026-01-03T00:00:00.000Z, said ann: pinned it\nhere it has not been seen\n')
  assert.not.match((await runInside(project, ['buckets'])).stdout, 'leftpad')
  for (const [file, code] of [['other.json', 'knowledge-project'], ['broken.json', 'knowledge-broken'], ['undated.json', 'knowledge-broken'], ['none.json', 'knowledge-missing']] as const) {
    const refused = await runInside(project, ['knowledge', 'import', file])
    assert.equal([refused.exitCode, refused.stderr.includes(code)], [2, true], refused.stderr)
  }
})

test.run()
