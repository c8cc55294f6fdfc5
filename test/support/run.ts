/**
 * Runs the tests: every `test/**\/*.test.ts` outside fixtures, benchmarks and real agents, each file in a process of its own.
 *
 *   npm test                      all
 *   npm test -- core/store        the files whose path contains that text
 *   npm test -- --verbose         with the output of files that pass
 *   options: --jobs N (default one more than there are processors), --hang SECONDS without progress (default 300), --root DIR, --folder DIR below it, --counts FILE,
 *            --without TEXT (not the files whose path contains it; as often as needed)
 *
 * A file fails that makes no suite, forgets `.run()`, hangs, leaves a handle or a process behind, or ends before its
 * tests did. The last line is `N passed, N failed`, with `, N skipped` where some were.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { killGroup, processesOfGroup, thatStay } from './processes.ts'
import type { FileMessage } from './run-file.ts'

interface FileResult {
  file: string
  passed: number
  failed: number
  skipped: number
  /** What went wrong beside failing tests. */
  problems: string[]
  output: string
  seconds: number
  tests: { suite: string; test: string; passed: boolean }[]
}

const { values: options, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    // Many tests wait for git, npm or a process that is to end: while one waits, another works.
    jobs: { type: 'string', default: String(availableParallelism() + 1) },
    hang: { type: 'string', default: '300' },
    root: { type: 'string', default: fileURLToPath(new URL('../..', import.meta.url)) },
    folder: { type: 'string' },
    counts: { type: 'string' },
    without: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
  },
})
const root = realpathSync(resolve(options.root))
const hangMilliseconds = Number(options.hang) * 1000
const outputLimit = 256 * 1024

/** They take longest and go first, in this order: begun last, one of them would be waited for alone. */
const slowest = ['package', 'git-install', 'signals', 'hostile-builders', 'recovery', 'runs-dir', 'demo'].map((name) => `test/e2e/${name}.test.ts`)
slowest.push('test/plugins/research-review/run.test.ts', 'test/core/project/land/land.test.ts', 'test/docs/getting-started.test.ts')
const rankOf = (file: string): number => (file.startsWith('test/agents/opencode') ? 0 : slowest.includes(file) ? slowest.indexOf(file) : slowest.length)
const files = findTests(root, filters).toSorted((left, right) => rankOf(left) - rankOf(right))
if (files.length === 0) console.log(filters.length > 0 ? `no test file matches ${filters.join(', ')}` : `no test file under ${join(root, 'test')}`)

// Every file and every command line that it starts loads the same sources: their types are stripped and compiled once, which takes a third
// of the whole suite's time. With coverage they are compiled each time, for cached functions are counted less exactly.
const compileCache = process.env['NODE_V8_COVERAGE'] === undefined ? mkdtempSync(join(tmpdir(), 'autopack-compile-')) : undefined
process.once('exit', () => { if (compileCache !== undefined) rmSync(compileCache, { recursive: true, force: true }) })

// The files run in groups of their own, where Ctrl-C does not reach them.
const groups = new Set<number>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const group of groups) killGroup(group)
    process.exit(130)
  })
}

const queue = [...files]
const results: FileResult[] = []
await Promise.all(Array.from({ length: Math.max(1, Number(options.jobs)) }, work))
finish(results)

async function work(): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const result = await runFile(file)
    results.push(result)
    report(result)
  }
}

function findTests(folder: string, texts: string[]): string[] {
  const excluded = options.folder === undefined ? /^test\/(.*\/)?(fixtures|bench|agents)\// : /^test\/(.*\/)?fixtures\//
  return globSync(`${options.folder ?? 'test'}/**/*.test.ts`, { cwd: folder })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => !excluded.test(file) && !options.without.some((text) => file.includes(text)) && (texts.length === 0 || texts.some((text) => file.includes(normalise(text)))))
    .sort()
}

/** `./test/x.test.ts` and an absolute path work as filters too. */
function normalise(text: string): string {
  const path = relative(root, resolve(text)).split(sep).join('/')
  return path.startsWith('test/') ? path : text.replace(/^\.\//, '')
}

function runFile(file: string): Promise<FileResult> {
  const result: FileResult = { file, passed: 0, failed: 0, skipped: 0, problems: [], output: '', seconds: 0, tests: [] }
  const begun = performance.now()
  const running = new Set<string>()
  const failures: string[] = []
  let done = false
  let hung = false

  const child = spawn(process.execPath, [fileURLToPath(new URL('./run-file.ts', import.meta.url)), join(root, file)], {
    cwd: root,
    // Its own group, so that what it leaves behind can be found and killed.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...(compileCache !== undefined && { NODE_COMPILE_CACHE: compileCache }), ...(process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined }) },
  })
  if (child.pid !== undefined) groups.add(child.pid)
  const hang = setTimeout(() => {
    hung = true
    const where = running.size > 0 ? `in "${[...running].join('", "')}"` : done ? 'after its last test' : 'outside any test'
    result.problems.push(`hung ${where}: no progress for ${options.hang} s`, ...failures)
    killGroup(child.pid)
  }, hangMilliseconds)
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      if (result.output.length < outputLimit) result.output += text
    })
  }
  child.on('message', (message: FileMessage) => {
    hang.refresh()
    const name = 'test' in message ? [message.suite, message.test].filter(Boolean).join(' › ') : ''
    if (message.type === 'started') running.add(name)
    else if (message.type === 'skipped') result.skipped++
    else if (message.type === 'problem') result.problems.push(message.message)
    else if (message.type === 'done') done = true
    else {
      running.delete(name)
      result.tests.push({ suite: message.suite, test: message.test, passed: message.error === undefined })
      if (message.error === undefined) result.passed++
      else {
        result.failed++
        failures.push(`${name}: ${message.error}`)
      }
    }
  })
  const { promise, resolve: settle } = Promise.withResolvers<FileResult>()
  child.on('error', (error) => result.problems.push(error.message))
  let looked = Promise.resolve()
  const lookForRest = async (): Promise<void> => {
    const left = await thatStay(() => processesOfGroup(child.pid))
    if (left.length > 0 && !hung) result.problems.push(`left processes behind: ${left.map((one) => `${one.pid} ${one.command}`).join('; ')}`)
    if (left.length > 0) killGroup(child.pid)
  }
  // What outlives the file may hold its output open, so it is looked for at exit and not at close.
  child.on('exit', () => { looked = lookForRest() })
  child.on('close', async (code, signal) => {
    clearTimeout(hang)
    await looked
    groups.delete(child.pid ?? 0)
    if (!done && !hung) result.problems.push(`ended before its tests did (${signal ?? `exit code ${code}`})`, ...(running.size > 0 ? [`while in "${[...running].join('", "')}"`] : []))
    else if (code !== 0 && !hung && result.problems.length === 0) result.problems.push(`exit code ${code ?? signal}`)
    if (result.passed + result.failed + result.skipped === 0 && result.problems.length === 0) result.problems.push('no test ran')
    if (result.skipped > 0 && !result.output.includes('skip because ')) result.problems.push('a test is skipped, and no line `skip because …` says why')
    if (result.problems.length > 0) result.failed++
    result.seconds = (performance.now() - begun) / 1000
    settle(result)
  })
  return promise
}

function report(result: FileResult): void {
  const { failed, skipped } = result
  const counts = [`${result.passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`].filter(Boolean).join(', ')
  const lines = [`${failed > 0 ? 'FAIL' : 'ok  '} ${result.file}  ${counts}  ${result.seconds.toFixed(1)} s`]
  for (const reason of new Set(result.output.match(/skip because [^\n]*/g))) lines.push(`     ${reason}`)
  if (failed > 0 || options.verbose) lines.push(indent(result.output.trim()))
  for (const problem of result.problems) lines.push(indent(`problem: ${problem}`))
  console.log(lines.filter((line) => line.trim() !== '').join('\n'))
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '     ')
}

function finish(all: FileResult[]): void {
  const total = (key: 'passed' | 'failed' | 'skipped'): number => all.reduce((sum, result) => sum + result[key], 0)
  const [passed, failed, skipped] = [total('passed'), total('failed'), total('skipped')]
  const bad = all.filter((result) => result.failed > 0).map((result) => result.file)
  if (bad.length > 0) console.log(`\nfailed files:\n${bad.sort().map((file) => `  ${file}`).join('\n')}`)
  if (files.length > 0 && passed + failed === 0) console.log('no test ran')
  if (options.counts !== undefined) writeFileSync(options.counts, `${JSON.stringify({ passed, failed, skipped, tests: all.flatMap(({ tests }) => tests) })}\n`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
}
