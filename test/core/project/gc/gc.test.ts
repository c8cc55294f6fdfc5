import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gcOutputSchema, type GcItem, type GcOutput } from '../../../../core/model/gc.ts'
import type { VerifyOutput } from '../../../../core/model/outputs.ts'
import { userCacheDir } from '../../../../core/layout/worktrees.ts'
import { runInside } from '../../../support/cli.ts'
import { openInProcess } from '../../../support/in-process.ts'
import { makeProject, type TestProject } from '../../../support/project.ts'
import { prepare, runHere } from '../../../support/run-project.ts'

const test = suite('gc')

async function gc(project: TestProject, ...args: string[]): Promise<GcOutput & { exitCode: number }> {
  const { exitCode, stdout, stderr } = await runInside(project, ['gc', '--json', ...args])
  assert.is(stderr, '')
  return { ...gcOutputSchema.parse(JSON.parse(stdout)), exitCode }
}

const told = ({ items }: GcOutput): string[] => items.map((item) => `${item.kind} ${item.subject} ${item.outcome}`)
const find = ({ items }: GcOutput, kind: GcItem['kind']): GcItem => items.find((item) => item.kind === kind)!
const everything = ['--older-than', '0s']

test('a complete run: its worktree at once, its artifacts and branch when they are old and landed; the receipt stays and holds', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { add: 'echo new > src/new.txt; echo built' }, config: `workspace: { setup: [{ shell: 'mkdir -p modules && echo x > modules/x' }], cache: ['modules'], key: [] },` })
  await project.commit('prepare', { '.gitignore': 'modules\n' })
  const run = await runHere(project)
  const { attemptDir } = run.phase('add')

  const planned = await gc(project, '--dry-run')
  assert.equal([planned.exitCode, told(planned)], [0, ['worktree r planned']], 'young artifacts stay')
  const { place } = find(planned, 'worktree')
  assert.ok(existsSync(join(place, 'src/new.txt')))
  const all = await gc(project, '--dry-run', ...everything)
  assert.equal(told(all), ['worktree r planned', 'artifacts r/add 1 kept', `session ${run.report!.session}.events.jsonl planned`], 'what is landed nowhere stays')
  assert.ok(find(all, 'artifacts').force && find(all, 'artifacts').bytes > 0)

  await runInside(project, ['land', 'r', '--update-checkout'])
  const collected = await gc(project, ...everything)
  assert.equal(told(collected), ['worktree r removed', 'artifacts r/add 1 removed', `session ${run.report!.session}.events.jsonl removed`, 'branch r removed'])
  assert.ok(collected.freedBytes > 0)
  assert.is(existsSync(place), false)
  assert.equal((await readdir(attemptDir)).sort(), ['collected.json', 'receipt.json'])
  const verified = JSON.parse((await runInside(project, ['verify', attemptDir, '--json'])).stdout) as VerifyOutput
  assert.equal([verified.ok, verified.problems, verified.unknown.some((line) => line.includes('removed by `autopack gc`'))], [true, [], true])
  assert.match(await project.git('worktree', 'list'), /^[^\n]*$/, 'git has no record of it left')
  // Only now no warm worktree has the setup's result.
  assert.equal(told(await gc(project, ...everything)).map((line) => line.replace(/ [0-9a-f]{20}/, '')), ['setup-cache removed'])
  assert.equal(told(await gc(project, ...everything)), [])
  assert.is((await runHere(project)).exitCode, 0, 'the run is as complete as it was')
})

test('what is nowhere else stays, and goes by force into a bundle', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { add: 'echo new > src/new.txt', fail: 'exit 1' }, config: 'drain: { maxAttemptsPerPhase: 1 },' })
  await project.commit('prepare')
  const run = await runHere(project)
  const opened = await openInProcess(project)
  const worktrees = opened.layout.worktrees({ repositoryRoot: opened.repository.root, cacheDir: userCacheDir(opened.runtime), configured: undefined })
  const worktree = worktrees.worktree({ key: 'r' })
  await writeFile(join(worktree, 'src/precious.txt'), 'precious\n')
  const tip = await project.git('rev-parse', 'autopack/p/r')
  const lost = await project.git('commit-tree', '-p', tip, '-m', 'replaced', `${tip}^{tree}`)
  await project.git('update-ref', `refs/autopack/kept/p/r/${lost}`, lost)
  // A folder that is not ours, and one that an attempt elsewhere may still be at work in.
  await mkdir(join(worktrees.dir, 'mine'))
  await writeFile(join(worktrees.dir, 'mine/file'), '')
  const [attempt] = await opened.store.attempts({ phase: 'fail' })
  const aside = worktrees.quarantine(`r-${attempt!.id}`)
  await mkdir(join(aside, 'src'), { recursive: true })
  await writeFile(join(aside, 'src/half.txt'), 'half\n')
  // Where checks ran: of a process that is gone, and of this one.
  for (const pid of [2 ** 22 + 7, process.pid]) await mkdir(join(worktrees.dir, `@verify-${pid}`))

  assert.equal(told(await gc(project)), ['leftover @verify-4194311 removed'], 'a run that is not complete keeps what is young')
  assert.ok(existsSync(join(worktrees.dir, `@verify-${process.pid}`)))
  const kept = await gc(project, ...everything)
  assert.equal(told(kept).filter((line) => !line.startsWith('session')), ['worktree r kept', `quarantine r-${attempt!.id} kept`, 'artifacts r/add 1 kept', 'artifacts r/fail 1 kept', `kept-ref kept/p/r/${lost} kept`])
  assert.ok(existsSync(join(worktree, 'src/precious.txt')))

  // Nothing of a run that somebody works on.
  const held = await opened.store.holdRun({ run: 'r', by: 'somebody', owner: { host: 'elsewhere', pid: 1, startTime: '' }, leaseSeconds: 60 })
  assert.equal(told(await gc(project, '--force', '--dry-run', ...everything)).filter((line) => !/^session|^kept-ref|^quarantine/.test(line)), [])
  await opened.store.letGo(held!)

  const forced = await gc(project, '--force', ...everything)
  assert.equal(told(forced), ['worktree r removed', `quarantine r-${attempt!.id} removed`, 'artifacts r/add 1 removed', 'artifacts r/fail 1 removed', `kept-ref kept/p/r/${lost} removed`])
  assert.ok(existsSync(join(worktrees.dir, 'mine/file')))
  const { bundle } = find(forced, 'worktree')
  const clone = join(project.base, 'clone')
  await project.git('clone', '--quiet', project.dir, clone)
  await project.git('-C', clone, 'fetch', '--quiet', bundle!, 'refs/*:refs/back/*')
  const [back] = (await project.git('-C', clone, 'for-each-ref', '--format=%(objectname)', 'refs/back')).split('\n')
  assert.is(await project.git('-C', clone, 'show', `${back}:src/precious.txt`), 'precious')
  await project.git('-C', clone, 'fetch', '--quiet', find(forced, 'quarantine').bundle!, 'refs/*:refs/aside/*')
  assert.is(await project.git('-C', clone, 'show', `${await project.git('-C', clone, 'for-each-ref', '--format=%(objectname)', 'refs/aside')}:src/half.txt`), 'half')
  assert.ok(existsSync(find(forced, 'kept-ref').bundle!))
  assert.equal(await project.git('for-each-ref', 'refs/autopack'), '', 'no ref of the bundle is left')
  assert.equal((await readdir(run.phase('fail').attemptDir)).sort(), ['collected.json', 'receipt.json'])
  assert.is(await project.git('rev-parse', 'autopack/p/r'), tip, 'the branch of work that is nowhere else is never removed')
  await opened.close()
})

test('beyond --max-size the oldest artifacts go first', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { one: 'head -c 300000 /dev/zero | tr "\\0" x; echo 1 > src/1.txt', two: 'head -c 300000 /dev/zero | tr "\\0" y; echo 2 > src/2.txt' }, config: "checks: [{ name: 'ok', run: ['true'] }]," })
  await project.commit('prepare')
  await runHere(project)
  await project.git('merge', '--quiet', 'autopack/p/r')
  const found = await gc(project, '--dry-run', '--max-size', '500kB')
  assert.equal(told(found), ['worktree r planned', 'artifacts r/one 1 planned'])
  assert.ok(told(await gc(project, '--dry-run', ...everything)).includes('baselines 3 results of checks planned'))
  assert.equal((await gc(project, ...everything)).items.some(({ kind }) => kind === 'baselines'), true)
  assert.equal((await gc(project, ...everything)).items.some(({ kind }) => kind === 'baselines'), false)
  assert.is((await runInside(project, ['gc', '--max-size', 'much'])).exitCode, 2)
})

test('with too little free on the disk no phase is begun, and no attempt charged', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { add: 'echo new > src/new.txt' }, config: "workspace: { minFreeDisk: '9000TB' }," })
  await project.commit('prepare')
  const run = await runHere(project)
  assert.equal([run.exitCode, run.outcomes, run.report?.stop.reason], [4, {}, 'infrastructure'])
  assert.match(run.report!.stop.detail, /no phase is begun with less than 9000000000 MB \(workspace.minFreeDisk\).*autopack gc --dry-run/)
})

test('where there is no store, there is nothing to do, and none is made', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { add: 'echo new > src/new.txt' } })
  await project.commit('prepare')
  await runHere(project, ['--dry-run'])
  assert.is((await runInside(project, ['gc'])).stdout, 'nothing to remove\n', 'no store, nothing made')
  assert.is(existsSync(project.path('.autonomous_runs/autopack.db')), false)
})

test.run()
