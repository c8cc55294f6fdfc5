/** What `autopack` says of the repository, the runs directory, the store and the builder when they cannot serve. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { getuid } from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { good, goodConfig, goodPlan, readable, refused, snapshot } from '../../support/bad-input.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import type { TestProject } from '../../support/project.ts'

const test = suite('bad input: the place')
const asRoot = getuid?.() === 0
const writing = [['run'], ['run', '--dry-run']]

test('a folder that is not a git repository', () =>
  refused({ files: good, git: false, commands: writing }, `
error[not-a-repository]: /project is not in a git repository
  --> /project
  fix: run \`git init\` and commit the project, or let \`autopack init\` do both`))

test('a repository of another user', async () => {
  // What git says there, without a second user.
  const words = "fatal: detected dubious ownership in repository at '/srv/their project'\\nTo add an exception for this directory, call:\\n"
  await using project = await makeProject({ files: { ...good, 'bin/git': `#!/bin/sh\nprintf "${words}" >&2\nexit 128\n` }, git: false })
  await chmod(project.path('bin/git'), 0o755)
  const env = { PATH: `${project.path('bin')}:${project.env['PATH']}` }
  for (const command of ['run', 'init']) {
    assert.is((await runInside(project, [command], { env })).stderr.trim(), readable(project, `
error[repository-unsafe]: git refuses /srv/their project: it belongs to another user
  --> /srv/their project
  fix: run \`git config --global --add safe.directory '/srv/their project'\`, or run as its owner`).trim(), command)
  }
  assert.match((await runInside(project, ['doctor'], { env })).stdout, /\nfail +repository +git refuses \/srv\/their project: it belongs to another user\n +fix: run/)
})

test('a repository without a commit', () =>
  refused({ files: good, git: false, before: (project) => project.git('init', '--quiet') }, `
error[no-commit]: the repository /project has no commit yet
  --> /project
  fix: commit the project first: \`git add -A && git commit -m "Start"\``))

test('uncommitted changes in scope', () =>
  refused({ files: { ...good, 'made.txt': 'one\n' }, before: (project) => project.write({ 'made.txt': 'two\n' }), commands: writing }, `
error[dirty-scope]: uncommitted changes in the scope of a selected phase: made.txt
  fix: commit or stash them, or go on from HEAD without them with --allow-dirty`))

test('a builder that is not installed', () =>
  refused({ files: { ...good, 'autopack.config.ts': goodConfig.replace("'touch', 'made.txt'", "'no-such-agent', '{prompt}'") }, commands: writing }, `
error[builder-unavailable]: the builder command cannot run here: the program "no-such-agent" of the command builder was not found on PATH
  fix: install it, or add its folder to PATH`))

test('a builder that throws when it is asked whether it is there', () =>
  refused({ files: { ...good, 'autopack.config.ts': `export default { project: 'demo', builder: { name: 'mine', available() { throw new Error('boom') }, async build() {} } }\n` } }, `
error[builder-unavailable]: the builder mine cannot run here: its \`available\` threw: boom
  fix: mend the builder mine, or take it out of the config`))

test('a runs dir that is a file, also for commands that only read', () =>
  refused({ files: { ...good, taken: '' }, env: { AUTONOMOUS_RUNS_DIR: 'taken' }, commands: [...writing, ['status']] }, `
error[runs-dir-is-file]: the runs directory /project/taken is a file
  --> /project/taken
  fix: move the file away, or name another folder in AUTONOMOUS_RUNS_DIR or in \`runsDir\` of the config`))

test('a runs dir below a file', () =>
  refused({ files: { ...good, taken: '' }, env: { AUTONOMOUS_RUNS_DIR: 'taken/runs' } }, `
error[runs-dir-is-file]: the runs directory /project/taken/runs cannot be made: /project/taken is a file
  --> /project/taken
  fix: move the file away, or name another folder in AUTONOMOUS_RUNS_DIR or in \`runsDir\` of the config`))

test('a runs dir that cannot be written', async () => {
  // Nothing stops root in a folder; nobody makes one in /proc.
  if (asRoot && process.platform !== 'linux') return console.log('skip because root may write everywhere here')
  if (asRoot)
    return await refused({ files: good, env: { AUTONOMOUS_RUNS_DIR: '/proc/autopack' } }, `
error[runs-dir-not-writable]: the runs directory /proc/autopack cannot be written (ENOENT)
  --> /proc/autopack
  fix: make it writable for this user, or name another folder in AUTONOMOUS_RUNS_DIR or in \`runsDir\` of the config`)
  await refused({ files: good, before: async (project) => chmod(await made(project.path('locked')), 0o500), env: { AUTONOMOUS_RUNS_DIR: 'locked' }, commands: writing }, `
error[runs-dir-not-writable]: the runs directory /project/locked cannot be written (EACCES)
  --> /project/locked
  fix: make it writable for this user, or name another folder in AUTONOMOUS_RUNS_DIR or in \`runsDir\` of the config`)
})

async function made(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  return folder
}

/** A project whose store has a run in it. */
async function withStore(project: TestProject): Promise<string> {
  const { exitCode, stderr } = await runInside(project, ['run'])
  assert.is(exitCode, 0, stderr)
  return project.path('.autonomous_runs/autopack.db')
}

test('a store that is no database', () =>
  refused({
    files: good, commands: [...writing, ['status']],
    async before(project) {
      await made(project.path('.autonomous_runs'))
      await writeFile(project.path('.autonomous_runs/autopack.db'), 'not a database, and long enough for a header')
    },
  }, `
error[store-not-a-database]: the store /project/.autonomous_runs/autopack.db is not a SQLite database
  --> /project/.autonomous_runs/autopack.db
  fix: move the file away, or correct DATABASE_URL if it names the wrong file`))

test('a store that is damaged, and one that is empty where runs are', async () => {
  await using project = await makeProject({ files: good })
  const file = await withStore(project)
  const told = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await runInside(project, args)
    assert.equal([exitCode, stdout], [2, ''], `${args.join(' ')}: ${stderr}`)
    return readable(project, stderr)
  }
  await writeFile(file, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8_000, 0xa5)]))
  for (const args of [...writing, ['status']])
    assert.fixture(await told(...args), `error[store-not-a-database]: the store /project/.autonomous_runs/autopack.db is not a SQLite database
  --> /project/.autonomous_runs/autopack.db
  fix: move the file away, or correct DATABASE_URL if it names the wrong file
`)
  await rm(`${file}-wal`, { force: true })
  await writeFile(file, '')
  for (const args of [...writing, ['status']])
    assert.fixture(await told(...args), `error[store-empty]: the store /project/.autonomous_runs/autopack.db is empty, but /project/.autonomous_runs/demo/runs holds runs that it should know
  --> /project/.autonomous_runs/autopack.db
  fix: restore the store from a backup, or delete the empty file and start a new store with --new-store (the runs start anew)
`)
})

const holder = (file: string, pragma: string) => `
  import { DatabaseSync } from 'node:sqlite'
  const database = new DatabaseSync(${JSON.stringify(file)})
  database.exec("${pragma}")
  console.log('holding')
  process.stdin.resume()
  setInterval(() => {}, 1e6)
`

test('a store that another process holds', async () => {
  await using project = await makeProject({ files: good })
  const file = await withStore(project)
  await project.write({ 'runs/second.yaml': goodPlan.replace('id: demo', 'id: second') })
  const held = project.start([process.execPath, '--input-type=module', '-e', holder(file, 'pragma locking_mode = exclusive; begin exclusive; update store set id = id')])
  await held.waitFor(/holding/)
  try {
    for (const args of [...writing, ['status']]) {
      const { exitCode, stderr } = await runInside(project, args, { env: { AUTOPACK_STORE_TIMEOUT: '50ms' } })
      assert.fixture(readable(project, stderr), `error[store-locked]: the store /project/.autonomous_runs/autopack.db has been locked by another process for more than 50 ms
  --> /project/.autonomous_runs/autopack.db
  fix: end the process that holds it (a database browser, a backup?), then try again
`, args.join(' '))
      assert.is(exitCode, 2)
    }
  } finally {
    held.signal('SIGKILL')
    await held.result
  }
  assert.is((await runInside(project, ['run'])).exitCode, 0, 'afterwards it goes on')
})

test('a store that cannot be made: the runs directory is not made either', () =>
  refused({ files: good, before: (project) => mkdir(project.path('shut'), { mode: 0o500 }), env: { DATABASE_URL: asRoot ? 'sqlite:////proc/autopack/x.db' : 'sqlite:///shut/deep/x.db' } }, asRoot ? `
error[store-unusable]: the store /proc/autopack/x.db cannot be used (ENOENT: no such file or directory, mkdir '/proc/autopack')
  --> /proc/autopack/x.db
  fix: make the file and its folder readable and writable for this user, and see that the disk is not full` : `
error[store-unusable]: the store /project/shut/deep/x.db cannot be used (EACCES: permission denied, mkdir '/project/shut/deep')
  --> /project/shut/deep/x.db
  fix: make the file and its folder readable and writable for this user, and see that the disk is not full`))

test('worktrees that would lie in the main checkout', async () => {
  await using project = await makeProject({ files: { ...good, 'autopack.config.ts': goodConfig.replace("project: 'demo'", "project: 'demo', workspace: { dir: 'trees' }") } })
  const before = await snapshot(project)
  for (const args of writing) {
    const { exitCode, stdout, stderr } = await runInside(project, args)
    // The folder's name holds a hash of the checkout's.
    assert.fixture(readable(project, stderr).replaceAll(/@\w+/g, '@hash'), `error[worktree-nested]: worktrees in /project/trees/demo@hash would lie inside the main checkout /project
  --> /project/trees/demo@hash
  fix: set \`workspace.dir\` in the config to a folder outside the repository
`)
    assert.equal([exitCode, stdout], [2, ''])
  }
  assert.equal(await snapshot(project), before)
})

test('a time to wait for the store that is none', () =>
  refused({ files: good, env: { AUTOPACK_STORE_TIMEOUT: 'soon' } }, `
error[store-timeout-invalid]: AUTOPACK_STORE_TIMEOUT "soon" is not a duration
  fix: write one such as 30s or 250ms, or unset it`))

test.run()
