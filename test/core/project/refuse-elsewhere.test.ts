import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRunLayout } from '../../../core/layout/layout.ts'
import { refuseElsewhere, traceOf } from '../../../core/project/refuse-elsewhere.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject, type TestProject } from '../../support/project.ts'
import { prepare, runHere } from '../../support/run-project.ts'

const test = suite('another store')

async function made(): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/a.txt': '' } })
  await prepare(project, { phases: { one: 'echo 1 > src/one.txt' } })
  await project.commit('prepare')
  assert.is((await runHere(project)).exitCode, 0)
  return project
}
const errorOf = (stderr: string) => (JSON.parse(stderr) as { error: { code: string; message: string; fix: string } }).error

test('another database is refused while it is empty, with both places and the fix', async () => {
  await using project = await made()
  const first = project.path('.autonomous_runs/autopack.db')
  const [session] = (await readdir(project.path('.autonomous_runs/drain_sessions'))).filter((name) => /\d\.json$/.test(name)).map((name) => name.slice(0, -5))
  assert.equal((JSON.parse(await project.read(`.autonomous_runs/drain_sessions/${session}.json`)) as { store: { location: string } }).store.location, first)
  const other = project.path('other.db')
  const env = { DATABASE_URL: 'sqlite:///other.db' }
  for (const args of [['run', '--json'], ['drain', '--json'], ['run', '--json', '--dry-run']]) {
    const { exitCode, stderr } = await runInside(project, args, { env })
    const { code, message, fix } = errorOf(stderr)
    assert.equal([exitCode, code, message], [2, 'store-elsewhere', `the store ${other} is empty, and the latest session of this project, ${session}, worked on ${first}`])
    assert.is(fix, `set DATABASE_URL as it was then: sqlite:///${first}; or begin anew, every run from its first phase, with --new-store`)
    assert.not.ok(existsSync(other), 'nothing is made')
  }
  // Its branch is there: that the run finds by itself.
  const tip = await project.git('rev-parse', 'autopack/p/r')
  await project.git('branch', '--quiet', '-D', 'autopack/p/r')
  const anew = await runHere(project, ['--new-store'], { env })
  assert.equal(anew.outcomes, { one: 'complete' }, anew.stdout + anew.stderr)
  // Both have runs now: nobody can tell which is meant.
  await project.git('update-ref', 'refs/heads/autopack/p/r', tip)
  const back = await runHere(project)
  assert.is(back.exitCode, 0)
  assert.match(back.notices.join('\n'), new RegExp(`the session before this one, batch-drain-\\S+, worked on another store: ${other}; this one is ${first}`))
  assert.is((await runHere(project)).notices.filter((notice) => notice.includes('another store')).length, 0)
})

test('a database that was deleted is missed, by its sessions or by the folders of its runs', async () => {
  await using project = await made()
  for (const name of ['autopack.db', 'autopack.db-wal', 'autopack.db-shm']) await rm(project.path('.autonomous_runs', name), { force: true })
  const bySession = errorOf((await runInside(project, ['run', '--json'])).stderr)
  assert.match(bySession.message, /autopack\.db is empty, and the one that the latest session of this project, batch-drain-[\d-]+ worked on is gone$/)
  assert.match(bySession.fix, /^restore the store from a backup, or correct DATABASE_URL or AUTONOMOUS_RUNS_DIR; or begin anew/)
  await rm(project.path('.autonomous_runs/drain_sessions'), { recursive: true })
  assert.match(errorOf((await runInside(project, ['run', '--json'])).stderr).message, /and the one that the runs in \S+\/\.autonomous_runs\/p\/runs worked on is gone$/)
})

test('a store that another drain makes in the same moment is not missed', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': '' } })
  await prepare(project, { phases: { one: 'echo 1 > src/one.txt' } })
  await project.commit('prepare')
  const layout = createRunLayout({ runsDir: project.path('.autonomous_runs'), project: 'p' })
  const trace = await traceOf(layout)
  // Its store was looked for here, and there was none.
  const store = { runs: async () => [], identity: { id: 'of a copy that nobody keeps', kind: 'sqlite' as const, location: 'elsewhere', schemaVersion: 7, createdAt: 0 } }
  assert.is((await runHere(project)).exitCode, 0)
  const asked = { store, layout, databaseUrl: undefined, configDir: project.dir, newStore: false, emit: () => undefined }
  await refuseElsewhere({ ...asked, trace })
  const error = await refuseElsewhere({ ...asked, trace: await traceOf(layout) }).then(() => undefined, (thrown: { code: string }) => thrown.code)
  assert.is(error, 'store-elsewhere')
})

test('a store that was moved is the same, and every drain says which it is', async () => {
  await using project = await made()
  const file = project.path('.autonomous_runs/autopack.db')
  for (const name of ['', '-wal', '-shm']) await rename(`${file}${name}`, project.path(`.autonomous_runs/moved.db${name}`)).catch(() => undefined)
  const env = { DATABASE_URL: 'sqlite:///.autonomous_runs/moved.db' }
  const started = (await runHere(project, [], { env })).events.find((event) => event.type === 'drain-started')
  assert.equal([started?.store?.kind, started?.store?.location, /^[0-9a-f]{32}$/.test(started?.store?.id ?? '')], ['sqlite', project.path('.autonomous_runs/moved.db'), true])
  const moved = await runInside(project, ['drain'], { env })
  assert.equal([moved.exitCode, /\nstore +sqlite \.autonomous_runs\/moved\.db · [0-9a-f]{12}\n/.test(moved.stdout)], [0, true], moved.stdout + moved.stderr)
})

test('status and doctor say which store it is', async () => {
  await using project = await made()
  const line = new RegExp(`sqlite ${project.path('.autonomous_runs/autopack.db')}, id [0-9a-f]{32}`)
  assert.match((await runInside(project, ['status'])).stdout, line)
  assert.match((await runInside(project, ['doctor'])).stdout, line)
})

test.run()
