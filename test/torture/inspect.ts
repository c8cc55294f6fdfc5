/** What must hold of a project that was tortured: after every kill, and when all is done. Each function returns what it found wrong, a line each. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { statusOutputSchema } from '../../core/model/outputs.ts'
import { runInside } from '../support/cli.ts'
import type { TestProject } from '../support/project.ts'
import { processesIn } from '../support/processes.ts'
import { contentOf, isHopeless, phaseIds } from './world.ts'

/** Absolute attempts of a phase that are allowed unless somebody asks for more (`absoluteAttemptCap`). */
const cap = 10

interface Commit { hash: string; phase: string; attempt: string; receipt: string }
interface AttemptRow { id: string; run: string; phase: string; number: number; outcome: string | null }

/** At any moment, however the processes ended. */
export async function inspectAtRest(project: TestProject): Promise<string[]> {
  const runsDir = project.path('.autonomous_runs')
  const file = path.join(runsDir, 'autopack.db')
  const problems = [...halfWritten(runsDir)]
  if (!existsSync(file)) return problems
  const database = new DatabaseSync(file)
  try {
    const ask = <Row>(sql: string) => database.prepare(sql).all() as unknown as Row[]
    for (const { integrity_check: line } of ask<{ integrity_check: string }>('pragma integrity_check')) if (line !== 'ok') problems.push(`the store: ${line}`)
    if (ask('pragma foreign_key_check').length > 0) problems.push('the store: a row names a row that is not there')
    // A store that died while it was made has no tables yet.
    if (ask(`select name from sqlite_master where name = 'attempts'`).length === 0) return problems
    const attempts = ask<AttemptRow>('select id, run, phase, number, outcome from attempts')
    for (const [key, rows] of Map.groupBy(attempts, ({ run, phase }) => `${run} ${phase}`)) {
      if (rows.length > cap) problems.push(`${key}: ${rows.length} attempts, ${cap} are the limit`)
      if (new Set(rows.map(({ number }) => number)).size !== rows.length) problems.push(`${key}: two attempts of one number`)
      if (rows.filter(({ outcome }) => outcome === 'complete').length > 1) problems.push(`${key} was completed twice`)
    }
    const byId = new Map(attempts.map((row) => [row.id, row]))
    // A child of another phase's builder that lived on has written into a worktree that was not its own.
    for (const { run, phase } of ask<{ run: string; phase: string }>(`select run, phase from attempts where classification like '%"scope_violation"%'`)) problems.push(`${run} ${phase}: a file outside its scope was changed`)
    for (const { run } of ask<{ run: string }>('select id as run from runs')) problems.push(...(await inspectBranch(project, run, byId)))
    for (const { run, phase } of ask<{ run: string; phase: string }>(`select run, id as phase from phases where state = 'COMPLETE'`)) {
      const made = (await commitsOf(project, run)).filter((commit) => commit.phase === phase).length
      if (made !== 1) problems.push(`${run} ${phase} is COMPLETE, and its branch has ${made} commits of it`)
    }
  } finally {
    database.close()
  }
  return problems
}

/** Each commit names an attempt of the store, and a receipt that lies in its folder. */
async function inspectBranch(project: TestProject, run: string, attempts: ReadonlyMap<string, AttemptRow>): Promise<string[]> {
  const problems: string[] = []
  const commits = await commitsOf(project, run)
  for (const [phase, made] of Map.groupBy(commits, (commit) => commit.phase)) if (made.length > 1) problems.push(`${run} ${phase} was committed ${made.length} times`)
  for (const { hash, phase, attempt, receipt } of commits) {
    const row = attempts.get(attempt)
    const position = String((phaseIds as readonly string[]).indexOf(phase) + 1).padStart(2, '0')
    const file = row && project.path('.autonomous_runs/tortured/runs', run, run, 'phases', `${position}_${phase}`, `attempt-${row.number}`, 'receipt.json')
    if (file === undefined) problems.push(`${run} ${phase}: commit ${hash.slice(0, 12)} names attempt ${attempt}, which is not on record`)
    else if (!existsSync(file)) problems.push(`${run} ${phase}: commit ${hash.slice(0, 12)} has no receipt: ${file}`)
    else if (createHash('sha256').update(readFileSync(file, 'utf8')).digest('hex') !== receipt) problems.push(`${run} ${phase}: the receipt of commit ${hash.slice(0, 12)} is another`)
  }
  return problems
}

async function commitsOf(project: TestProject, run: string): Promise<Commit[]> {
  const branch = `autopack/tortured/${run}`
  if ((await project.git('for-each-ref', `refs/heads/${branch}`)) === '') return []
  const field = (name: string) => `%(trailers:key=Autopack-${name},valueonly,separator=%x2C)`
  const text = await project.git('log', '--reverse', `--format=%H %x09${field('Phase')}%x09${field('Attempt')}%x09${field('Receipt')}`, `main..${branch}`)
  return text.split('\n').filter(Boolean).map((line) => {
    const [hash, phase, attempt, receipt] = line.split('\t').map((part) => part.trim())
    return { hash: hash!, phase: phase!, attempt: attempt!, receipt: receipt! }
  })
}

/** Files under their own name that are not whole. One that was being written when its process died has another name. */
function halfWritten(folder: string): string[] {
  const problems: string[] = []
  for (const entry of existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []) {
    const file = path.join(entry.parentPath, entry.name)
    // Written before a builder begins and not renamed into place: half of it says that none had begun.
    if (!entry.isFile() || entry.name === 'git-shared.json') continue
    const text = entry.name.endsWith('.json') || entry.name.endsWith('.events.jsonl') ? readFileSync(file, 'utf8') : undefined
    if (text === undefined) continue
    // Lines are added by one write each.
    for (const document of entry.name.endsWith('.json') ? [text] : text.split('\n').filter(Boolean)) {
      try {
        JSON.parse(document)
      } catch {
        problems.push(`half written: ${file}`)
        break
      }
    }
  }
  return problems
}

/** After a drain that nobody disturbed. */
export async function inspectAtEnd(project: TestProject, runs: readonly string[], worktreesOfRun = 1): Promise<string[]> {
  const problems = await inspectAtRest(project)
  const { stdout, stderr } = await runInside(project, ['status', '--json'])
  const status = statusOutputSchema.parse(JSON.parse(stdout || stderr))
  for (const run of runs) {
    const phases = status.runs.find(({ id }) => id === run)?.phases ?? []
    if (phases.length !== phaseIds.length) problems.push(`${run} has ${phases.length} phases`)
    for (const { id, state } of phases) {
      const wanted = isHopeless(run, id) ? 'FAILED' : 'COMPLETE'
      if (state !== wanted) problems.push(`${run} ${id} is ${state}, not ${wanted}`)
    }
    problems.push(...(await inspectTree(project, run)))
  }
  problems.push(...(await inspectReceipts(project)), ...inspectLeft(project))
  const listed = (await project.git('worktree', 'list', '--porcelain')).split('\n').filter((line) => line.startsWith('worktree ')).map((line) => line.slice('worktree '.length))
  if (listed.length > 1 + runs.length * worktreesOfRun) problems.push(`${listed.length - 1} worktrees for ${runs.length} runs`)
  for (const place of listed) if (!existsSync(place)) problems.push(`a worktree is on record whose folder is gone: ${place}`)
  for (const line of (await project.git('fsck', '--no-progress', '--connectivity-only')).split('\n')) if (line !== '' && !line.startsWith('dangling ')) problems.push(`git fsck: ${line}`)
  return problems
}

async function inspectTree(project: TestProject, run: string): Promise<string[]> {
  const branch = `autopack/tortured/${run}`
  const problems: string[] = []
  const found = (await project.git('ls-tree', '-r', '--name-only', branch, 'src', 'vendor')).split('\n').sort()
  const wanted = ['src/kept.txt', ...phaseIds.filter((phase) => !isHopeless(run, phase)).map((phase) => `src/${run}-${phase}.txt`)].sort()
  // What a child of the builder writes is the builder's, as long as it is of the attempt that was committed.
  if (found.filter((name) => name !== 'src/late.txt').join() !== wanted.join()) problems.push(`${run}: its branch holds ${found.join(', ')}`)
  for (const line of (await project.git('log', '--format=%H %(trailers:key=Autopack-Attempt,valueonly,separator=%x2C)', `main..${branch}`, '--', 'src/late.txt')).split('\n').filter(Boolean)) {
    const [commit, attempt] = line.split(' ')
    const writer = await project.git('show', `${commit}:src/late.txt`)
    // Empty: caught between the shell's two steps.
    if (writer !== attempt && writer !== '') problems.push(`${run}: commit ${commit!.slice(0, 12)} of attempt ${attempt} holds what attempt ${writer} wrote`)
  }
  for (const phase of phaseIds) {
    if (isHopeless(run, phase)) continue
    const text = await project.git('show', `${branch}:src/${run}-${phase}.txt`).catch((error: Error) => error.message)
    if (`${text}\n` !== contentOf(run, phase)) problems.push(`${run} ${phase}: its file reads ${JSON.stringify(text)}`)
  }
  return problems
}

/** `autopack verify` of every receipt. */
export async function inspectReceipts(project: TestProject, id = 'tortured'): Promise<string[]> {
  const problems: string[] = []
  const folder = project.path('.autonomous_runs', id, 'runs')
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.name !== 'receipt.json') continue
    const { exitCode, stdout } = await runInside(project, ['verify', path.join(entry.parentPath, entry.name)])
    if (exitCode !== 0) problems.push(`${entry.parentPath}: ${stdout.trim().replaceAll('\n', '; ')}`)
  }
  return problems
}

/** Processes, locks, temporary files, leases. */
export function inspectLeft(project: TestProject): string[] {
  const problems = processesIn(project.base).map(({ pid, command }) => `process ${pid} is left: ${command}`)
  for (const name of readdirSync(path.join(project.base, 'tmp'))) if (name !== 'node-compile-cache') problems.push(`a temporary file is left: ${name}`)
  const git = project.path('.git')
  for (const entry of readdirSync(git, { recursive: true, withFileTypes: true })) {
    if (entry.name.endsWith('.lock') || entry.name.startsWith('autopack-worktree-')) problems.push(`left in .git: ${path.relative(git, path.join(entry.parentPath, entry.name))}`)
  }
  const database = new DatabaseSync(project.path('.autonomous_runs/autopack.db'))
  const { count } = database.prepare('select count(*) as count from leases where attempt is not null and attempt not in (select id from attempts where ended_at is not null)').get() as { count: number }
  database.close()
  if (count > 0) problems.push(`${count} leases are held by nobody`)
  return problems
}
