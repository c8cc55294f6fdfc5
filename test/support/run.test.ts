import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('the test runner')
const runner = fileURLToPath(new URL('./run.ts', import.meta.url))

async function runTests(files: Record<string, string>, args: string[] = []): Promise<{ exitCode: number; output: string; last: string }> {
  const root = await mkdtemp(join(tmpdir(), 'autopack-run-'))
  try {
    for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
      await mkdir(dirname(join(root, name)), { recursive: true })
      await writeFile(join(root, name), text)
    }
    const { promise, resolve } = Promise.withResolvers<{ exitCode: number; output: string }>()
    execFile(process.execPath, [runner, '--root', root, ...args], { env: { ...process.env, CI: '1' } }, (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code ?? 1) : 0, output: stdout + stderr })
    })
    const { exitCode, output } = await promise
    return { exitCode, output, last: output.trimEnd().split('\n').at(-1)! }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const uvu = `import { suite } from 'uvu'\nconst test = suite('s')\n`
const good = `${uvu}test('fine', () => {})\ntest.run()\n`

test('sums up passing files and closes with the counts', async () => {
  const { exitCode, last } = await runTests({ 'test/a.test.ts': good, 'test/deep/b.test.ts': good, 'test/fixtures/c.test.ts': 'throw 1', 'test/bench/d.test.ts': 'throw 1' })
  assert.is(last, '2 passed, 0 failed')
  assert.is(exitCode, 0)
})

test('takes filters', async () => {
  const { last } = await runTests({ 'test/a.test.ts': good, 'test/deep/b.test.ts': good }, ['deep/b'])
  assert.is(last, '1 passed, 0 failed')
})

test('leaves out what is not to run', async () => {
  const { exitCode, output, last } = await runTests({ 'test/a.test.ts': good, 'test/deep/b.test.ts': good, 'test/deep/c.test.ts': good }, ['--without', 'deep/b', '--without', 'deep/c'])
  assert.equal([exitCode, last], [0, '1 passed, 0 failed'], output)
})

test('fails when no file matches', async () => {
  const { exitCode, output, last } = await runTests({ 'test/a.test.ts': good }, ['nowhere'])
  assert.is(exitCode, 1)
  assert.match(output, 'no test file matches nowhere')
  assert.is(last, '0 passed, 0 failed')
})

test('shows a failing test', async () => {
  const { exitCode, output, last } = await runTests({ 'test/a.test.ts': `${uvu}test('broken', () => { throw new Error('the reason') })\ntest('fine', () => {})\ntest.run()\n` })
  assert.is(exitCode, 1)
  assert.is(last, '1 passed, 1 failed')
  assert.match(output, 'the reason')
  assert.match(output, /failed files:\n {2}test\/a\.test\.ts/)
})

test('fails a file that forgets .run(), also beside one that does not', async () => {
  const { exitCode, output, last } = await runTests({
    'test/a.test.ts': `${uvu}test('fine', () => {})\n`,
    'test/b.test.ts': `${good}const other = suite('other')\nother('never', () => {})\n`,
    'test/c.test.ts': '',
  })
  assert.is(exitCode, 1)
  assert.match(output, 'suite "s" is never run')
  assert.match(output, 'suite "other" is never run')
  assert.match(output, 'no suite: a test file ends with .run()')
  assert.is(last, '1 passed, 3 failed')
})

test('names the test that hangs, and the failure before it', async () => {
  const hanging = `${uvu}test('before', () => { throw new Error('told all the same') })\ntest('for ever', () => new Promise(() => setInterval(() => {}, 1e3)))\ntest.run()\n`
  const { exitCode, output, last } = await runTests({ 'test/a.test.ts': hanging }, ['--hang', '1.5'])
  assert.is(exitCode, 1)
  assert.match(output, 'hung in "s › for ever"')
  assert.match(output, 'told all the same')
  assert.is(last, '0 passed, 2 failed')
})

test('fails a test that never settles and leaves nothing to wait for', async () => {
  const { output, last } = await runTests({ 'test/a.test.ts': `${uvu}test('lost', () => new Promise(() => {}))\ntest.run()\n` })
  assert.match(output, 'ended before its tests did')
  assert.match(output, 'while in "s › lost"')
  assert.is(last, '0 passed, 1 failed')
})

test('fails a file that leaves a process behind, and ends the process', async () => {
  const leaking = `import { spawn } from 'node:child_process'\n${uvu}test('fine', () => {\n  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3)'], { stdio: 'ignore' }).unref()\n})\ntest.run()\n`
  const { output, last } = await runTests({ 'test/a.test.ts': leaking })
  assert.match(output, /left processes behind: \d+ /)
  assert.is(last, '1 passed, 1 failed')
})

test('fails a hook that throws, and .only under CI', async () => {
  const { output, last } = await runTests({
    'test/a.test.ts': `${uvu}test.before(() => { throw new Error('no ground') })\ntest('fine', () => {})\ntest.run()\n`,
    'test/b.test.ts': `${uvu}test.only('one', () => {})\ntest('other', () => {})\ntest.run()\n`,
  })
  assert.match(output, 'no ground')
  assert.match(output, '.only on "s › one" hides the other tests')
  assert.is(last, '1 passed, 2 failed')
})

test('counts what is skipped and says why, and fails what does not', async () => {
  const { exitCode, output, last } = await runTests({ 'test/a.test.ts': `${uvu}console.log('skip because pytest is missing')\ntest.skip('later', () => {})\ntest('fine', () => {})\ntest.run()\n` })
  const silent = await runTests({ 'test/a.test.ts': `${uvu}test.skip('later', () => {})\ntest('fine', () => {})\ntest.run()\n` })
  assert.equal([silent.exitCode, silent.last], [1, '1 passed, 1 failed, 1 skipped'])
  assert.match(silent.output, 'no line `skip because …` says why')
  assert.is(exitCode, 0)
  assert.match(output, 'skip because pytest is missing')
  assert.is(last, '1 passed, 0 failed, 1 skipped')
})

test.run()
