// Logs that nobody wrote: sizes and bytes that must not cost time or memory. Peaks are those of the whole process, as the system counts them.
import { spawn } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../support/cli.ts'
import { cliPath, makeProject, type TestProject } from '../support/project.ts'

const test = suite('autopack classify and hostile input')

/** Node itself and what is imported take about 100 MB; a log in memory several times over would take far more than this. */
const mostMegabytes = 400
const tellPeak = 'data:text/javascript,process.on("exit",()=>process.stderr.write("PEAK "+process.resourceUsage().maxRSS))'

async function classify(project: TestProject, args: readonly string[], pieces: Iterable<string | Uint8Array>): Promise<{ exitCode: number | null; stdout: string; stderr: string; megabytes: number }> {
  const child = spawn(process.execPath, ['--import', tellPeak, cliPath, 'classify', ...args], { cwd: project.dir, env: project.env as NodeJS.ProcessEnv, stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text))
  child.stdin.on('error', () => {})
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  for (const piece of pieces) if (!child.stdin.write(piece)) await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), closed])
  child.stdin.end()
  const exitCode = await closed
  return { exitCode, stdout, stderr: stderr.replace(/PEAK \d+$/, ''), megabytes: Number(/PEAK (\d+)$/.exec(stderr)?.[1]) / 1024 }
}

const times = function* <Piece>(count: number, piece: Piece): Generator<Piece> {
  for (let index = 0; index < count; index++) yield piece
}

const megabyte = 1024 * 1024
const fault = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nModuleNotFoundError: No module named 'praw'\n"

test('one line of 300 MB, and the fault behind it', async () => {
  await using project = await makeProject({ git: false })
  const { exitCode, stdout, stderr, megabytes } = await classify(project, [], (function* () {
    yield* times(300, Buffer.alloc(megabyte, 'x'))
    yield `\n${fault}`
  })())
  assert.equal([exitCode, stderr], [0, ''])
  assert.match(stdout, /^Python module praw is missing\n.* · 4 lines read\n/)
  assert.match(stdout, /\n {2}4 \| ModuleNotFoundError/)
  assert.ok(megabytes < mostMegabytes, `${megabytes} MB`)
})

test('zeros, bytes that are no text, text in another encoding: nothing is made up, and no byte reaches the terminal that could move its cursor', async () => {
  await using project = await makeProject({ git: false })
  const zeros = await classify(project, ['--json'], times(20, Buffer.alloc(megabyte)))
  assert.equal([zeros.exitCode, JSON.parse(zeros.stdout).class, JSON.parse(zeros.stdout).fingerprint], [0, 'unknown', 'unknown'])

  // A small generator instead of chance: the same bytes each time.
  let state = 7
  const bytes = Buffer.from(Array.from({ length: 300_000 }, () => (state = (state * 48_271) % 2_147_483_647) & 255))
  const binary = await classify(project, [], [bytes])
  assert.is(binary.exitCode, 0)
  assert.match(binary.stdout, /\nunknown · \S+ · low confidence/)
  // oxlint-disable-next-line no-control-regex
  assert.not.match(binary.stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)

  const behind = await classify(project, [], [bytes, '\n', fault])
  assert.match(behind.stdout, /^Python module praw is missing\n/)

  const latin = await classify(project, [], [Buffer.from("fatal: d\u00e9p\u00f4t introuvable: cl\u00e9 refus\u00e9e\n", 'latin1')])
  assert.match(latin.stdout, /^git: d\ufffdp\ufffdt introuvable/)
  const utf16 = await classify(project, [], [Buffer.from(`\ufeff${fault}`, 'utf16le')])
  assert.match(utf16.stdout, /^Python module praw is missing\n/)
})

test('--jsonl: many lines, one that is too long, and invalid UTF-8', async () => {
  await using project = await makeProject({ git: false })
  const hundred = Buffer.from(Array.from({ length: 100 }, (_, index) => `${JSON.stringify({ id: index, text: `make: *** [Makefile:${index}: all] Error 1` })}\n`).join(''))
  const { exitCode, stdout, stderr, megabytes } = await classify(project, ['--jsonl'], (function* () {
    yield* times(50, hundred)
    yield '{"id":"long","text":"'
    yield* times(100, Buffer.alloc(megabyte, 'y'))
    yield '"}\n'
    yield Buffer.from([0x7b, 0xff, 0xfe, 0x0a])
    yield '[]\n'
    yield JSON.stringify({ id: 'last', text: fault })
  })())
  assert.is(exitCode, 2)
  const lines = stdout.trim().split('\n')
  assert.is(lines.length, 5_001)
  assert.is(JSON.parse(lines.at(-1)!).class, 'missing_dependency')
  assert.equal([...stderr.matchAll(/^error\[json-line\]: line (\d+) is left out: (?:it has \d+ bytes|it is no (?:JSON|object))/gm)].map(([, line]) => line), ['5001', '5002', '5003'])
  assert.ok(megabytes < mostMegabytes, `${megabytes} MB`)
})

test('flags that do not go together are refused', async () => {
  await using project = await makeProject({ git: false })
  const refusal = async (...args: string[]): Promise<string> => {
    const { exitCode, stderr } = await runInside(project, ['classify', ...args])
    assert.is(exitCode, 2)
    return stderr.split('\n')[0]!
  }
  assert.match(await refusal('--exit-code', ''), /--exit-code {2}is no exit code/)
  assert.match(await refusal('--jsonl', '--exit-code', '3'), /--exit-code says something of one log, and --jsonl reads many/)
  assert.match(await refusal('--replay', '--command', 'make'), /--command says something of one log, and --replay reads many/)
  assert.match(await refusal('--replay', '--watch'), /--replay and --watch exclude each other/)
})

test.run()
