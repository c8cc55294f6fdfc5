import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import { prepare } from '../../support/run-project.ts'

const test = suite('prepare')

test('a deliverable that is read as another path than the scope is refused before anything is written', async () => {
  await using project = await makeProject({ files: { 'app/package.json': '{}\n', 'app/lib/a.js': '1\n', 'tools/lib/a.js': '1\n' } })
  const made = (paths: string[], deliverable: string) => ({ build: 'true', scope: { paths }, deliverables: [deliverable] })
  const rest = { inside: made(['lib/'], 'lib/b.js'), spelled: made(['app/lib/'], 'app/lib/c.js'), folder: made(['lib/'], 'lib/') }
  await prepare(project, { folder: 'app', phases: { ...rest, sibling: made(['tools/lib/'], 'tools/lib/b.js') } })
  const refused = await runInside(project, ['run', '--dry-run', '-C', 'app'])
  assert.is(refused.exitCode, 2, refused.stdout)
  assert.match(refused.stderr, /^error\[deliverable-resolves-outside\]: phase sibling: the deliverable "tools\/lib\/b\.js" is app\/tools\/lib\/b\.js in the repository, which lies outside the write scope/)
  assert.match(refused.stderr, /--> .*runs\/r\.json:\d+:\d+/)

  await prepare(project, { folder: 'app', phases: rest })
  const fine = await runInside(project, ['run', '--dry-run', '-C', 'app'])
  assert.equal([fine.exitCode, fine.stderr], [0, ''])
})

test.run()
