import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject } from './project.ts'

const test = suite('a project for tests')

async function messageOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

test('is a repository with the files committed, and is removed', async () => {
  let base = ''
  {
    await using project = await makeProject({ files: { 'deep/a.txt': 'one\n' } })
    base = project.base
    assert.is(await project.git('status', '--porcelain'), '')
    assert.is(await project.git('show', 'HEAD:deep/a.txt'), 'one')
    assert.is(await project.git('log', '-1', '--format=%an %s'), 'Test start')
    await project.commit('second', { 'b.txt': '2' })
    assert.is(await project.git('rev-list', '--count', 'main'), '2')
  }
  assert.not.ok(existsSync(base))
})

test('runs commands in an environment of its own', async () => {
  await using project = await makeProject({ git: false, env: { EXTRA: 'yes' } })
  const script = 'console.log(JSON.stringify([process.env.HOME, process.env.EXTRA, process.env.npm_config_cache])); process.stdin.pipe(process.stderr); process.exitCode = 7'
  const { exitCode, stdout, stderr } = await project.run([process.execPath, '-e', script], { input: 'in' })
  assert.equal(JSON.parse(stdout), [project.home, 'yes', null])
  assert.is(stderr, 'in')
  assert.is(exitCode, 7)
})

test('waits for output and sends a signal', async () => {
  await using project = await makeProject({ git: false })
  const running = project.start([process.execPath, '-e', 'console.log("ready"); setInterval(() => {}, 1e3)'])
  await running.waitFor(/ready/)
  running.signal('SIGTERM')
  assert.is((await running.result).signal, 'SIGTERM')
  assert.match(await messageOf(() => running.waitFor(/never/)), 'ended without /never/')
})

test('fails on a process left behind, and ends it', async () => {
  const project = await makeProject({ git: false })
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3)', project.dir], { cwd: project.dir, stdio: 'ignore' })
  const ended = once(child, 'exit')
  assert.match(await messageOf(async () => project[Symbol.asyncDispose]()), `left behind:\n  process ${child.pid}:`)
  await ended
  assert.not.ok(existsSync(project.base))
})

test('fails on a temporary file and on a worktree elsewhere', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'autopack-elsewhere-'))
  try {
    const project = await makeProject({ files: { 'a.txt': '' } })
    await project.git('worktree', 'add', '--quiet', '--detach', join(elsewhere, 'tree'))
    await writeFile(join(project.base, 'tmp', 'left.txt'), '')
    const message = await messageOf(async () => project[Symbol.asyncDispose]())
    assert.match(message, /temporary file .*left\.txt/)
    assert.match(message, /worktree .*tree/)
  } finally {
    await rm(elsewhere, { recursive: true, force: true })
  }
})

test('kills a command that passes its limit', async () => {
  await using project = await makeProject({ git: false })
  assert.match(await messageOf(() => project.run([process.execPath, '-e', 'setInterval(() => {}, 1e3)'], { limit: 300 })), 'no end after 300 ms')
})

test.run()
