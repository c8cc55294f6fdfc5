import { rename, rm } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import { prepare, runHere } from '../../support/run-project.ts'

const test = suite('another store')

test('an empty store is refused where the latest session worked on another one; moved or deleted ones are not missed', async () => {
  await using project = await makeProject({ files: { 'README.md': 'x\n' } })
  await prepare(project, { phases: { one: 'echo 1 > one.txt' } })
  const first = await runHere(project)
  assert.equal([first.exitCode, first.outcomes], [0, { one: 'complete' }], first.stderr)
  const started = first.events.find((event) => event.type === 'drain-started')!
  const file = project.path('.autonomous_runs/autopack.db')
  assert.equal([started.store?.kind, started.store?.location, /^[0-9a-f]{32}$/.test(started.store?.id ?? '')], ['sqlite', file, true])

  const elsewhere = await runInside(project, ['drain'], { env: { DATABASE_URL: 'sqlite:///other.db' } })
  assert.is(elsewhere.exitCode, 2)
  assert.match(elsewhere.stderr, /error\[store-elsewhere\]: the store .*other\.db is empty, and the latest session of this project, batch-drain-\d+-\d+, worked on .*autopack\.db/)
  assert.ok(elsewhere.stderr.includes(`fix: set DATABASE_URL as it was then: sqlite:///${file}; or move`), elsewhere.stderr)
  assert.is((await runInside(project, ['drain'])).exitCode, 0)

  for (const name of ['', '-wal', '-shm']) await rename(`${file}${name}`, project.path(`.autonomous_runs/moved.db${name}`)).catch(() => undefined)
  const moved = await runInside(project, ['drain'], { env: { DATABASE_URL: 'sqlite:///.autonomous_runs/moved.db' } })
  assert.equal([moved.exitCode, /\nstore +sqlite \.autonomous_runs\/moved\.db · [0-9a-f]{12}\n/.test(moved.stdout)], [0, true], moved.stdout + moved.stderr)
  await rm(project.path('.autonomous_runs/moved.db'))
  const anew = await runInside(project, ['drain', '--dry-run'])
  assert.not.match(anew.stderr, /store-elsewhere/)
})

test.run()
