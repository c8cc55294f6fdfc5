/** Kills landings at random calls of git and in their checks, each followed by another, until it is through; then looks at everything. */
import { existsSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { LandOutput } from '../../core/model/landing.ts'
import { runInside } from '../support/cli.ts'
import type { TestProject } from '../support/project.ts'
import { outside } from '../support/run-project.ts'
import { inspectLeft, inspectReceipts } from './inspect.ts'
import { arm, contentOf, disarm, makeLandWorld, moveTargets, ways, type Kill, type Way } from './land-world.ts'
import type { Random } from './random.ts'

/** Kills of one landing, before it may end. */
const mostOfOne = 4
/** Calls of git of one landing, about. */
const callsOfOne = 48

export async function killLandings(count: number, random: Random, problems: string[], tell: (line: string) => void): Promise<string> {
  let kills = 0
  let worlds = 0
  const hows = new Map<string, number>()
  while (kills < count && problems.length === 0) {
    await using project = await makeLandWorld()
    worlds++
    for (const way of ways) {
      if (way.run === 'rebased') await moveTargets(project)
      const before = await tipOf(project, way.target)
      const upstream = await tipOf(project, way.target, outside(project, 'upstream.git'))
      const wanted = random.between(1, mostOfOne)
      for (let number = 0, tries = 0; number < wanted && tries < wanted * 2; tries++) {
        const killed = await landAndKill(project, way, random)
        if (killed !== undefined) {
          number++
          kills++
          hows.set(killed.how, (hows.get(killed.how) ?? 0) + 1)
        }
        problems.push(...(await inspectTarget(project, way, before)).map((problem) => `${way.run}, killed ${JSON.stringify(killed)}: ${problem}`))
        if (problems.length > 0) break
      }
      if (problems.length === 0) problems.push(...(await landToTheEnd(project, way, before, upstream)).map((problem) => `${way.run}: ${problem}`))
      if (problems.length > 0) break
    }
    tell(`landings ${worlds}: ${kills} of ${count} kills${problems.length > 0 ? `\n  ${problems.join('\n  ')}\n  ${project.path()}` : ''}`)
  }
  return `${kills} kills of landings in ${worlds} worlds of ${ways.length}: ${[...hows].map(([how, times]) => `${how} ${times}`).join(', ')}; each target was as before or at a checked result, nothing landed twice, nothing left over`
}

/** Undefined: it was through before. */
async function landAndKill(project: TestProject, way: Way, random: Random): Promise<{ how: string; at?: string } | undefined> {
  const kill: Kill = { kind: 'git', at: random.below(3) === 0 ? moving(way, random) : random.between(1, callsOfOne), how: (['before', 'orphan', 'after', 'midst'] as const)[random.below(4)]!, pauseMs: random.below(random.below(2) === 0 ? 8 : 120) }
  const inCheck = random.below(6) === 0
  const env = await arm(project, inCheck ? { kind: 'check' } : kill)
  await project.cli(['land', way.run, ...way.args], { env })
  const killed = inCheck ? !existsSync(outside(project, 'kill-check')) : existsSync(outside(project, 'killed'))
  const at = inCheck ? 'a check' : killed ? readFileSync(outside(project, 'killed'), 'utf8') : ''
  await disarm(project)
  return killed ? { how: inCheck ? 'in a check' : kill.how, at } : undefined
}

/** What moves something: more goes on in it than in most calls. */
const moving = (way: Way, random: Random): Kill['at'] => (way.pushed ? (['update-ref', 'push'] as const) : way.args[0] === '--into' ? (['update-ref'] as const) : (['merge', 'update-ref'] as const)).at(random.below(2) === 0 ? 0 : -1)!

async function tipOf(project: TestProject, branch: string, repository = project.path('.')): Promise<string> {
  return (await project.git('-C', repository, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => '')).trim()
}

/** At any moment: where it was, or at all of the run's work on top of that. */
async function inspectTarget(project: TestProject, way: Way, before: string): Promise<string[]> {
  const tip = await tipOf(project, way.target)
  if (tip === before) return []
  if (way.pushed || way.exitCode === 1) return [`${way.target} was moved to ${tip}`]
  const problems: string[] = []
  if ((await project.git('merge-base', before, tip)).trim() !== before) problems.push(`${way.target} lost commits: ${before} → ${tip}`)
  problems.push(...(await inspectWork(project, way, `${before}..${tip}`, tip)))
  return problems
}

/** Each phase once, and its file whole. */
async function inspectWork(project: TestProject, way: Way, range: string, tip: string): Promise<string[]> {
  const problems: string[] = []
  const phases = (await project.git('log', '--reverse', '--format=%(trailers:key=Autopack-Phase,valueonly,separator=%x2C)', range)).split('\n').map((line) => line.trim()).filter(Boolean)
  if (phases.join() !== way.phases.join()) problems.push(`${range} has the phases ${phases.join(', ')}`)
  for (const phase of way.phases) {
    const text = await project.git('show', `${tip}:src/${way.run}-${phase}.slow`).catch((error: Error) => error.message)
    if (`${text}\n` !== contentOf(way.run, phase)) problems.push(`${phase}: its file reads ${JSON.stringify(text)}`)
  }
  if ((await project.git('ls-tree', '--name-only', tip, 'src/late.txt')) !== '') problems.push('what a check wrote that nobody waited for is in a commit')
  return problems
}

async function landToTheEnd(project: TestProject, way: Way, before: string, upstreamBefore: string): Promise<string[]> {
  const problems: string[] = []
  // A landing that an orphan of git finished by itself needs no second one, and says so.
  for (const wanted of way.exitCode === 1 ? [['conflict']] : way.pushed ? [['pushed', 'up-to-date'], ['pushed', 'up-to-date']] : [['landed', 'up-to-date'], ['up-to-date']]) {
    const { exitCode, stdout, stderr } = await project.cli(['land', way.run, ...way.args, '--json'])
    const outcome = exitCode === way.exitCode ? (JSON.parse(stdout) as LandOutput).outcome : undefined
    if (outcome === undefined || !wanted.includes(outcome)) return [`the landing after it ended with ${exitCode}, ${outcome}: ${stderr}${stdout.slice(-600)}`]
  }
  problems.push(...(await inspectTarget(project, way, before)), ...(await inspectRecords(project, way)))
  const tip = await tipOf(project, way.target)
  if (way.pushed) {
    const upstream = outside(project, 'upstream.git')
    const [there, here] = [await tipOf(project, `autopack/landed/${way.run}`, upstream), await tipOf(project, `autopack/landed/${way.run}`)]
    if (there !== here) problems.push(`pushed is ${there}, and the branch is at ${here}`)
    if ((await tipOf(project, way.target, upstream)) !== upstreamBefore) problems.push(`${way.target} was moved in the remote`)
    problems.push(...(await inspectWork(project, way, `main..${here}`, here)))
  } else if (way.exitCode === 0) {
    if (tip === before) problems.push(`${way.target} was not moved`)
    if ((await project.git('merge-base', tip, `autopack/landed/${way.run}`)).trim() !== (await tipOf(project, `autopack/landed/${way.run}`))) problems.push("the run's branch is not in the target")
  }
  const dirty = await project.git('status', '--porcelain')
  if (dirty !== '') problems.push(`the checkout is not as its branch: ${dirty}`)
  const listed = (await project.git('worktree', 'list', '--porcelain')).split('\n').filter((line) => line.startsWith('worktree ') && line.includes('/@land-'))
  if (listed.length > 0) problems.push(`left: ${listed.join(', ')}`)
  problems.push(...inspectLeft(project), ...(await inspectReceipts(project, 'landed')))
  for (const line of (await project.git('fsck', '--no-progress', '--connectivity-only')).split('\n')) if (line !== '' && !line.startsWith('dangling ')) problems.push(`git fsck: ${line}`)
  return problems
}

interface LandingRow { number: number; outcome: string | null; plan: string | null; ended_at: number | null }

/** What is on record of landings is so, and phases name commits that the run's branch has. */
async function inspectRecords(project: TestProject, way: Way): Promise<string[]> {
  const problems: string[] = []
  const database = new DatabaseSync(project.path('.autonomous_runs/autopack.db'))
  const rows = database.prepare('select number, outcome, plan, ended_at from landings where run = ? order by number').all(way.run) as unknown as LandingRow[]
  const phases = database.prepare('select id, state, commit_id as "commit" from phases where run = ?').all(way.run) as { id: string; state: string; commit: string }[]
  database.close()
  const isIn = async (commit: string, ref: string) => (await project.git('merge-base', commit, ref)).trim() === commit
  for (const { number, outcome, plan, ended_at } of rows) {
    if (ended_at === null) problems.push(`landing ${number} is open`)
    const to = plan === null ? undefined : (JSON.parse(plan) as { to: string }).to
    const arrived = to !== undefined && !way.pushed && (await isIn(to, way.target))
    if (outcome === 'landed' && !arrived) problems.push(`landing ${number} is on record as landed, and ${way.target} does not have ${to}`)
    if (outcome === 'abandoned' && arrived && !rows.some((row) => row.outcome === 'landed' && row.plan !== null && (JSON.parse(row.plan) as { to: string }).to === to)) problems.push(`landing ${number} is on record as abandoned, and ${way.target} has ${to}`)
  }
  if (way.exitCode === 0 && rows.filter(({ outcome }) => outcome === 'landed').length !== (way.pushed ? 0 : 1)) problems.push(`landed ${rows.filter(({ outcome }) => outcome === 'landed').length} times: ${rows.map(({ outcome }) => outcome).join(', ')}`)
  for (const { id, state, commit } of phases) {
    if (state !== 'COMPLETE') problems.push(`${id} is ${state}`)
    if (!(await isIn(commit, `autopack/landed/${way.run}`))) problems.push(`${id}: its commit ${commit} is not on the branch of the run`)
  }
  const { exitCode, stderr } = await runInside(project, ['show', way.run, '--diff'])
  if (exitCode !== 0) problems.push(`show --diff: ${stderr}`)
  return problems
}
