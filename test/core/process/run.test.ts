import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createProcessRunner } from '../../../core/process/run.ts'
import { createRedactor } from '../../../core/process/redact.ts'
import { processTable } from '../../../core/process/table.ts'
import { findByMarker, killTree } from '../../../core/process/tree.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import type { ProcessRequest } from '../../../core/model/process.ts'
import { childFolder } from './support.ts'

const runtime = systemRuntime()
const table = processTable(process.platform)
const run = createProcessRunner({ runtime })
const env = { PATH: process.env['PATH']! }

interface Context { folder: ReturnType<typeof childFolder> }
const test = suite<Context>('process runner')

test.before.each((context) => {
  context.folder = childFolder()
})
test.after.each((context) => context.folder.remove())

function requestIn(folder: Context['folder'], command: ProcessRequest['command'], more: Partial<ProcessRequest> = {}): ProcessRequest {
  return { command, cwd: folder.path, env, logPath: join(folder.path, 'logs', 'out.log'), ...more }
}

const node = (code: string) => [process.execPath, '-e', code]

test('writes stdout and stderr to the log, reports the exit code, and closes stdin', async ({ folder }) => {
  const result = await run(requestIn(folder, { shell: 'cat; echo out; echo err >&2; exit 3' }))
  assert.is(result.ended, 'exit')
  assert.is(result.exitCode, 3)
  assert.is(result.signal, null)
  assert.is(result.tail, 'out\nerr')
  assert.is(readFileSync(result.logPath, 'utf8'), 'out\nerr\n')
})

test('reports the signal that ended it', async ({ folder }) => {
  const result = await run(requestIn(folder, { shell: 'kill -USR1 $$' }))
  assert.equal([result.ended, result.exitCode, result.signal], ['exit', null, 'SIGUSR1'])
})

test('passes arguments without a shell, and nothing of our own environment', async ({ folder }) => {
  process.env['AUTOPACK_TEST_LEAK'] = 'leaked'
  try {
    const result = await run(requestIn(folder, ['sh', '-c', 'printf "%s|" "$1" "$AUTOPACK_TEST_LEAK" "$AUTOPACK_ATTEMPT_ID"', 'sh', '$HOME *'], { marker: 'a-1' }))
    assert.is(result.tail, '$HOME *||a-1|')
  } finally {
    delete process.env['AUTOPACK_TEST_LEAK']
  }
})

test('appends to a log and returns the tail of its own output only', async ({ folder }) => {
  await run(requestIn(folder, { shell: 'echo first' }))
  const result = await run(requestIn(folder, { shell: 'echo second' }))
  assert.is(readFileSync(result.logPath, 'utf8'), 'first\nsecond\n')
  assert.is(result.tail, 'second')
})

test('keeps stdout apart when asked, and falls back to its tail', async ({ folder }) => {
  const stdoutPath = join(folder.path, 'out.jsonl')
  const both = await run(requestIn(folder, { shell: 'echo data; echo note >&2' }, { stdoutPath }))
  assert.is(readFileSync(stdoutPath, 'utf8'), 'data\n')
  assert.is(both.tail, 'note')
  assert.is((await run(requestIn(folder, { shell: 'echo more' }, { stdoutPath }))).tail, 'more')
})

test('a file is the standard input when asked, and ends; it is closed else', async ({ folder }) => {
  const stdinPath = join(folder.path, 'prompt.md')
  writeFileSync(stdinPath, 'do it\n')
  assert.is((await run(requestIn(folder, ['cat'], { stdinPath }))).tail, 'do it')
  assert.is((await run(requestIn(folder, { shell: 'cat; echo closed' }))).tail.split('\n').at(-1), 'closed')
  const missing = await run(requestIn(folder, ['cat'], { stdinPath: join(folder.path, 'nowhere.md') }))
  assert.is(missing.ended, 'spawn-failed')
  assert.match(missing.message ?? '', /nowhere\.md, which is to be the standard input of cat, cannot be read \(ENOENT\); make it readable$/)
})

test('the tail is the last 50 lines', async ({ folder }) => {
  const result = await run(requestIn(folder, { shell: 'seq 1 200' }))
  assert.equal(result.tail.split('\n'), Array.from({ length: 50 }, (_, index) => String(151 + index)))
})

test('the tail of one line of 10 MiB is at most 64 KiB, and begins with a whole character', async ({ folder }) => {
  const result = await run(requestIn(folder, node(`process.stdout.write('x' + 'é'.repeat(5 * 1024 * 1024))`)))
  assert.is(statSync(result.logPath).size, 10 * 1024 * 1024 + 1)
  assert.ok(Buffer.byteLength(result.tail) <= 64 * 1024)
  assert.match(result.tail, /^é+$/)
})

test('64 MiB of output pass without passing through memory', async ({ folder }) => {
  const small = await run(requestIn(folder, { shell: 'head -c 1048576 /dev/zero' }))
  assert.is(small.exitCode, 0)
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  const result = await run(requestIn(folder, { shell: 'head -c 67108864 /dev/zero' }, { logPath: join(folder.path, 'big.log') }))
  assert.is(result.exitCode, 0)
  assert.is(statSync(result.logPath).size, 64 * 1024 * 1024)
  assert.ok(process.memoryUsage.rss() - before < 32 * 1024 * 1024, 'memory grew with the output')
})

test('ends at the wall-clock limit with what was printed so far', async ({ folder }) => {
  const result = await run(requestIn(folder, { shell: 'echo started; exec sleep 600' }, { timeoutMs: 150 }))
  assert.equal([result.ended, result.exitCode, result.signal, result.tail], ['timeout', null, 'SIGTERM', 'started'])
})

test('ends when the log has not grown for the idle limit, however it ends its output', async ({ folder }) => {
  const closed = await run(requestIn(folder, { shell: 'echo last words; exec >/dev/null 2>&1; exec sleep 600' }, { idleMs: 60 }))
  assert.equal([closed.ended, closed.tail], ['idle', 'last words'])
})

test('the idle limit spares a process that prints, also to a file of its own for stdout', async ({ folder }) => {
  // It prints every 20 ms until a multiple of the limit is over, and counts by itself how long that took.
  const code = `const end = performance.now() + 1200; const t = setInterval(() => { console.log('tick'); if (performance.now() > end) clearInterval(t) }, 20)`
  const result = await run(requestIn(folder, node(code), { idleMs: 600, stdoutPath: join(folder.path, 'o') }))
  assert.equal([result.ended, result.exitCode], ['exit', 0])
})

test('a signal that was aborted before starts nothing', async ({ folder }) => {
  let spawned = false
  const result = await run(requestIn(folder, { shell: 'touch ran' }, { signal: AbortSignal.abort(), onSpawn: () => { spawned = true } }))
  assert.equal([result.ended, spawned, existsSync(join(folder.path, 'ran'))], ['cancelled', false, false])
})

test('an abort in the middle ends the whole tree: by group, by parentage, by marker, and those who ignore SIGTERM', async ({ folder }) => {
  const ready = folder.fifo('ready')
  const script = [
    // In the group, deaf to SIGTERM.
    `sh -c 'trap "" TERM; echo $$ > group.pid; echo x > ready; while :; do sleep 60; done' &`,
    // A session of its own, by double fork: its parent is gone.
    `sh -c "setsid sh -c 'echo \\$\\$ > daemon.pid; echo x > ready; exec sleep 600' & exit 0" &`,
    // A session of its own with an empty environment, but a parent.
    `sh -c "setsid env -i /bin/sh -c 'echo \\$\\$ > bare.pid; echo x > ready; exec sleep 600'" &`,
    'wait',
  ].join('\n')
  const controller = new AbortController()
  const running = run(requestIn(folder, { shell: script }, { signal: controller.signal, graceMs: 50, marker: 'attempt-tree' }))
  await ready.lines(3)
  const pids = ['group', 'daemon', 'bare'].map((name) => Number(readFileSync(join(folder.path, `${name}.pid`), 'utf8')))
  assert.equal(pids.map((pid) => table.entry(pid) !== undefined), [true, true, true])
  controller.abort()
  const result = await running
  assert.is(result.ended, 'cancelled')
  assert.equal(pids.map((pid) => table.entry(pid)), [undefined, undefined, undefined])
  assert.equal(await findByMarker(runtime, 'attempt-tree'), [])
})

test('SIGTERM comes first, and who uses it to clean up is given the grace', async ({ folder }) => {
  const ready = folder.fifo('ready')
  const controller = new AbortController()
  const script = `trap 'echo cleaned; exit 7' TERM; echo x > ready; while :; do sleep 0.05; done`
  const running = run(requestIn(folder, { shell: script }, { signal: controller.signal }))
  await ready.lines(1)
  controller.abort()
  const result = await running
  assert.equal([result.ended, result.exitCode], ['cancelled', 7])
  // The shell may say beforehand that its `sleep` was terminated.
  assert.match(result.tail, /cleaned$/)
})

test('children left in the background after the exit are ended, the exit stays what it was', async ({ folder }) => {
  const script = `sleep 600 & echo $! > a.pid; setsid sh -c 'echo $$ > b.pid; exec sleep 600' & while ! [ -s b.pid ]; do :; done; exit 5`
  const result = await run(requestIn(folder, { shell: script }))
  assert.equal([result.ended, result.exitCode], ['exit', 5])
  const pids = ['a', 'b'].map((name) => Number(readFileSync(join(folder.path, `${name}.pid`), 'utf8')))
  assert.equal(pids.map((pid) => table.entry(pid)), [undefined, undefined])
})

test('ending one command spares another one of the same attempt', async ({ folder }) => {
  const ready = folder.fifo('ready')
  const controller = new AbortController()
  const logPath = join(folder.path, 'other.log')
  const other = run(requestIn(folder, { shell: 'echo x > ready; exec sleep 600' }, { marker: 'shared', signal: controller.signal, logPath }))
  await ready.lines(1)
  const short = await run(requestIn(folder, { shell: 'sleep 600 & exit 0' }, { marker: 'shared' }))
  assert.is(short.exitCode, 0)
  assert.is((await findByMarker(runtime, 'shared')).length, 1)
  controller.abort()
  assert.is((await other).ended, 'cancelled')
})

test('onSpawn is told a pid and a start time that recovery accepts, and another start time is refused', async ({ folder }) => {
  const ready = folder.fifo('ready')
  let child = { pid: 0, startTime: '' }
  const running = run(requestIn(folder, { shell: 'echo x > ready; exec sleep 600' }, { onSpawn: (spawned) => { child = spawned }, marker: 'recovered' }))
  await ready.lines(1)
  assert.is(table.entry(child.pid)?.startTime, child.startTime)
  assert.is(await killTree(runtime, { ...child, startTime: `${child.startTime}0` }), 0)
  assert.equal(await findByMarker(runtime, 'recovered'), [child])
  assert.is(await killTree(runtime, child), 1)
  assert.equal([(await running).ended, (await running).signal], ['exit', 'SIGTERM'])
})

test('an onSpawn that throws ends the child and is passed on', async ({ folder }) => {
  let pid = 0
  const running = run(requestIn(folder, { shell: 'exec sleep 600' }, { onSpawn: (child) => { pid = child.pid; throw new Error('fenced') } }))
  await running.then(() => assert.unreachable(), (error: Error) => assert.is(error.message, 'fenced'))
  assert.is(table.entry(pid), undefined)
})

test('reports the last line while it runs', async ({ folder }) => {
  const ready = folder.fifo('ready')
  const controller = new AbortController()
  const { promise: seen, resolve } = Promise.withResolvers<string>()
  const running = run(requestIn(folder, { shell: 'echo one; printf "10%%\\r20%%"; echo x > ready; exec sleep 600' }, { signal: controller.signal, onLine: resolve, idleMs: 60_000 }))
  await ready.lines(1)
  assert.is(await seen, '20%')
  controller.abort()
  await running
})

const failures: [string, (folder: Context['folder']) => Partial<ProcessRequest> & Pick<ProcessRequest, 'command'>, (folder: string) => string][] = [
  ['a program that is not installed', () => ({ command: ['no-such-program-here'] }), () => 'program not found: "no-such-program-here"; install it, or add its folder to PATH'],
  ['a path that does not exist', () => ({ command: ['./tools/build'] }), (folder) => `program not found: "./tools/build" (looked for ${folder}/tools/build); correct the path`],
  ['a file that is not executable', (folder) => {
    writeFileSync(join(folder.path, 'plain'), 'echo\n', { mode: 0o644 })
    return { command: ['./plain'] }
  }, () => '"./plain" is not executable; run chmod +x on it, or start it with its interpreter'],
  ['a missing interpreter', (folder) => {
    writeFileSync(join(folder.path, 'script'), '#!/no/such/interpreter\n', { mode: 0o755 })
    return { command: ['./script'] }
  }, () => '"./script" cannot be started: the interpreter in its first line was not found; install it, or correct that line'],
  ['a missing working directory', (folder) => ({ command: ['true'], cwd: join(folder.path, 'gone') }), (folder) => `the working directory ${folder}/gone does not exist; create it, or correct the path`],
  ['arguments that are too long', () => ({ command: ['true', 'x'.repeat(4 * 1024 * 1024)] }), () => 'the arguments of "true" are too long for the system; pass them in a file'],
  ['no program', () => ({ command: [''] }), () => 'the argument list names no program; write for example ["npm", "test"]'],
]
for (const [name, prepare, message] of failures) {
  test(`spawn failure: ${name}`, async ({ folder }) => {
    const { command, ...more } = prepare(folder)
    const result = await run(requestIn(folder, command, more))
    assert.equal([result.ended, result.exitCode, result.signal, result.tail], ['spawn-failed', null, null, ''])
    assert.is(result.message, message(folder.path))
  })
}

test('a NUL byte in an argument is a spawn failure of one line, not an exception', async ({ folder }) => {
  const result = await run(requestIn(folder, ['true', 'a\0b']))
  assert.is(result.ended, 'spawn-failed')
  assert.not.match(result.message!, /\n/)
})

test('secrets are redacted in the log, in the tail and in the line, and what stood in the log before stays', async ({ folder }) => {
  const secret = 'correct-horse-battery'
  const redacting = createProcessRunner({ runtime, redactor: createRedactor({ secrets: [secret] }) })
  const logPath = join(folder.path, 'out.log')
  mkdirSync(join(folder.path, 'logs'))
  writeFileSync(logPath, `before ${secret}\n`)
  const lines: string[] = []
  const script = `printf 'key %s and \\377 bytes\\n' ${secret}; sleep 0.05`
  const result = await redacting(requestIn(folder, { shell: script }, { logPath, onLine: (line) => lines.push(line), idleMs: 4_000 }))
  assert.is(result.exitCode, 0)
  assert.is(readFileSync(logPath, 'latin1'), `before ${secret}\nkey [redacted] and \xff bytes\n`)
  assert.match(result.tail, /^key \[redacted\] and . bytes$/u)
  assert.not.ok(lines.some((line) => line.includes(secret)))
})

test('what another command of the same log prints after one has ended stands in it, without secrets', async ({ folder }) => {
  const secret = 'correct horse battery staple'
  const redacting = createProcessRunner({ runtime: systemRuntime(), redactor: createRedactor({ secrets: [secret] }) })
  const [ready, go] = [folder.fifo('ready'), join(folder.path, 'go')]
  execFileSync('mkfifo', [go])
  const logPath = join(folder.path, 'shared.log')
  const later = redacting(requestIn(folder, { shell: `echo "later ${secret}"; echo x > ready; read line < go; echo "latest ${secret}"` }, { logPath }))
  await ready.lines(1)
  const first = await redacting(requestIn(folder, { shell: `echo "first ${secret}"` }, { logPath }))
  assert.match(first.tail, /first \[redacted\]$/)
  assert.not.match(first.tail, secret)
  writeFileSync(go, 'now\n')
  const second = await later
  assert.is(readFileSync(logPath, 'utf8'), 'later [redacted]\nfirst [redacted]\nlatest [redacted]\n')
  assert.match(second.tail, /latest \[redacted\]$/)
})

test.run()
