/**
 * `npm run demo`: a real run of Autopack on the example in invoices/, in a scratch repository.
 * Needs Node and git. Exit code 0 when the run ended as this file expects.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const runId = 'invoices-20261102'
const branch = `autopack/invoices/${runId}`
/** What each phase is there to show, and the state it ends in. */
const expected: Record<string, { state: string; attempts: number; shows: string }> = {
  vat: { state: 'COMPLETE', attempts: 1, shows: 'done at once; the test that failed before is not held against it' },
  lockfile: { state: 'COMPLETE', attempts: 1, shows: 'package-lock.json was missing and got its stub' },
  discounts: { state: 'COMPLETE', attempts: 2, shows: 'broke a passing test, then mended it' },
  rates: { state: 'COMPLETE', attempts: 1, shows: 'its test is flaky: a warning' },
  csv: { state: 'COMPLETE', attempts: 2, shows: 'changed a file outside its scope, then did not' },
  reminders: { state: 'FAILED', attempts: 2, shows: 'fails for good' },
  statement: { state: 'QUEUED', attempts: 0, shows: 'needs reminders, so it waits' },
}

interface Status {
  runs: { id: string; phases: { id: string; state: string; attempts: number }[] }[]
}

const here = fileURLToPath(new URL('.', import.meta.url))
const clone = join(here, '../..')
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'autopack-demo-')))
const project = join(scratch, 'invoices')

makeRepository()
console.log(`A scratch repository of a small application: ${project}`)
console.log('Its builder is a script that stands in for a coding agent. One phase fails on purpose.\n')
console.log(`$ autopack run ${runId}`)
// Ctrl-C is for the run: it cleans up and ends with 130, and this file after it.
process.on('SIGINT', () => {})
const run = autopack('inherit', 'run', runId)
const differences = run.status === 130 ? ['it was interrupted'] : compare(run.status)
if (artifacts('run_summary.md').length > 0) printWhere()
if (differences.length > 0) {
  console.log(`\nThe run did not end as the demo expects:\n${differences.map((line) => `  ${line}`).join('\n')}`)
  process.exitCode = run.status === 130 ? 130 : 1
}

function makeRepository(): void {
  cpSync(join(here, 'invoices'), project, { recursive: true, filter: (source) => !/(^|\/)(\.autonomous[^/]*|node_modules)$/.test(relative(here, source)) })
  git('init', '--quiet', '--initial-branch', 'main')
  // An identity for this repository alone: the demo works where git has none, and nobody signs for it.
  for (const [key, value] of [['user.name', 'Autopack demo'], ['user.email', 'demo@example.invalid'], ['commit.gpgsign', 'false']] as const) git('config', key, value)
  git('add', '--all')
  git('commit', '--quiet', '--message', 'Start the invoices')
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
}

function autopack(output: 'inherit' | 'pipe', ...args: string[]): { status: number | null; stdout: string } {
  const { status, stdout, error } = spawnSync(process.execPath, [join(clone, 'core/cli/bin.ts'), ...args], { cwd: project, encoding: 'utf8', stdio: ['ignore', output, 'inherit'] })
  if (error) throw error
  return { status, stdout }
}

/** One line for each thing that is not as it should be. */
function compare(exitCode: number | null): string[] {
  const found: string[] = []
  if (exitCode !== 1) found.push(`exit code ${exitCode}, expected 1: a phase failed`)
  const { stdout } = autopack('pipe', 'status', '--json')
  const phases = readStatus(stdout)
  if (!phases) return [...found, `autopack status --json does not tell of run ${runId}: ${stdout.slice(0, 200)}`]
  for (const [id, { state, attempts }] of Object.entries(expected)) {
    const phase = phases.find((one) => one.id === id)
    if (phase?.state !== state || phase.attempts !== attempts) {
      found.push(`phase ${id}: ${phase ? `${phase.state} after ${phase.attempts} attempts` : 'missing'}, expected ${state} after ${attempts}`)
    }
  }
  const complete = Object.values(expected).filter(({ state }) => state === 'COMPLETE').length
  const commits = git('branch', '--list', branch) === '' ? 0 : Number(git('rev-list', '--count', `main..${branch}`))
  if (commits !== complete) found.push(`${commits} commits on ${branch}, expected ${complete}: one for each complete phase`)
  if (git('status', '--porcelain') !== '') found.push('the main checkout was changed')
  for (const name of ['run_summary.md', 'receipt.json', 'builder.log', 'changes.patch']) if (artifacts(name).length === 0) found.push(`no ${name} under ${runsDir()}`)
  return found
}

function readStatus(text: string): Status['runs'][number]['phases'] | undefined {
  try {
    return (JSON.parse(text) as Status).runs.find(({ id }) => id === runId)?.phases
  } catch {
    return undefined
  }
}

/** The default place beside the config: the one folder there that the example did not bring. */
function runsDir(): string {
  return process.env['AUTONOMOUS_RUNS_DIR'] ?? project
}

/** Files of that name that the run left, by path. */
function artifacts(name: string): string[] {
  const found = globSync([`**/${name}`, `.*/**/${name}`], { cwd: runsDir() })
  return [...new Set(found)].map((file) => join(runsDir(), file)).sort()
}

function printWhere(): void {
  const first = (name: string, text: string): string => artifacts(name).find((file) => file.includes(text)) ?? '(none)'
  const command = (...args: string[]): string => `npm run --silent autopack -- -C ${project} ${args.join(' ')}`
  const width = Math.max(...Object.keys(expected).map((id) => id.length))
  const lines = [
    '',
    'What each phase was there to show:',
    ...Object.entries(expected).map(([id, { shows }]) => `  ${id.padEnd(width)}  ${shows}`),
    '',
    'Where everything is:',
    `  project   ${project}`,
    `  summary   ${first('run_summary.md', '')}`,
    `  log       ${first('builder.log', 'csv')}`,
    `  receipt   ${first('receipt.json', 'vat')}`,
    `  branch    ${branch}`,
    '',
    'What to type next, here in the clone:',
    `  ${command('status')}`,
    `  ${command('show', runId, 'discounts', '--diff')}`,
    `  ${command('show', runId, 'reminders', '--patch')}`,
    `  ${command('logs', runId, 'reminders')}`,
    `  ${command('verify', first('receipt.json', 'vat'))}`,
    `  git -C ${project} log --stat main..${branch}`,
    `  git -C ${project} merge ${branch}`,
    '',
    `When you have seen enough: rm -r ${scratch}`,
  ]
  console.log(lines.join('\n'))
}
