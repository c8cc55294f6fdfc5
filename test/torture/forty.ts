/**
 * Forty runs at parallelism 8 on a repository of real size: the packages that this project itself needs, some thousand files, so that no network is asked.
 * Every run edits the same file, and files of its own.
 */
import { cp, lstat, readdir } from 'node:fs/promises'
import path from 'node:path'
import { sizeOf } from '../../core/layout/disk.ts'
import type { AutopackEvent } from '../../core/model/events.ts'
import { makeProject, repositoryRoot, writeFiles } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { outside } from '../support/run-project.ts'
import { inspectAtRest, inspectLeft, inspectReceipts } from './inspect.ts'

const runs = Array.from({ length: 40 }, (_, number) => `run-${String(number + 1).padStart(2, '0')}`)
/** As `inspect.ts` knows them. */
const phases = ['plain', 'slow'] as const
const parallel = 8
/** Files of the repository, about. */
const enoughFiles = 4_000

const builder = `
echo "$AUTOPACK_RUN $AUTOPACK_PHASE" >> shared.txt
mkdir -p own && echo "$AUTOPACK_RUN $AUTOPACK_PHASE" > "own/$AUTOPACK_RUN-$AUTOPACK_PHASE.txt"
echo "// $AUTOPACK_RUN" >> "$(git ls-files 'packages/*.js' | sed -n "$(( $(printf '%s' "$AUTOPACK_RUN" | tr -dc 0-9 | sed 's/^0//') * 7 ))p")"
sleep 0.5
`
const check = `
[ "$(grep -c run- shared.txt)" -le ${phases.length} ] || { echo "shared.txt holds lines of others"; exit 1; }
! grep run- shared.txt | grep -v "$(grep run- shared.txt | head -n 1 | cut -d ' ' -f 1)"
`
const config = (folder: string): string => `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'
const outside = ${JSON.stringify(folder)}
export default defineConfig({
  project: 'tortured',
  builder: command({ run: ['sh', outside + '/builder'] }),
  checks: [{ name: 'alone', run: ['sh', outside + '/check'] }],
})
`

export async function fortyRuns(problems: string[]): Promise<string> {
  await using project = await makeProject({ files: { 'shared.txt': 'first\n', '.gitignore': '.autonomous_runs/\n' }, leakCheck: false })
  await copyPackages(project)
  await writeFiles(outside(project), { builder, check })
  const scope = { paths: ['shared.txt', 'own/', 'packages/'] }
  await project.commit('prepare', {
    'autopack.config.ts': config(outside(project)),
    ...Object.fromEntries(runs.map((id) => [`runs/${id}.json`, JSON.stringify({ id, phases: phases.map((phase) => ({ id: phase, goal: `Write the ${phase} part`, scope, deliverables: [`own/${id}-${phase}.txt`] })) })])),
  })
  const files = (await project.git('ls-files')).split('\n').length
  const started = performance.now()
  const { exitCode, stdout, stderr } = await project.cli(['drain', '--json', '--parallel', String(parallel), '--batch-size', '1000'], { limit: 1_200_000 })
  const seconds = (performance.now() - started) / 1_000
  if (exitCode !== 0) problems.push(`forty runs: the drain ended with ${exitCode}: ${stderr}${stdout.slice(-1_000)}`)
  const { complete, most, spread } = readEvents(stdout)
  if (complete !== runs.length * phases.length) problems.push(`forty runs: ${complete} of ${runs.length * phases.length} phases are complete`)
  const found = [...(await inspectAtRest(project)), ...(await inspectReceipts(project)), ...inspectLeft(project), ...(await inspectBranches(project))]
  problems.push(...found.map((problem) => `forty runs: ${problem}`))
  const worktrees = await sizeOf(path.join(project.home, '.cache'))
  const perMinute = Math.round((complete / seconds) * 60)
  return `${complete} of ${runs.length * phases.length} phases of ${runs.length} runs complete on ${files} files in ${Math.round(seconds)} s, ${perMinute} a minute, at most ${most} at once, no run more than ${spread} ahead of another that waited; worktrees ${Math.round(worktrees.bytes / 1_000_000)} MB; nothing left over`
    .replace('; nothing left over', found.length === 0 ? '; nothing left over' : `; ${found.length} problems`)
}

async function copyPackages(project: TestProject): Promise<void> {
  const from = path.join(repositoryRoot, 'node_modules')
  let files = 0
  for (const name of (await readdir(from)).sort()) {
    // Links to programs, what a tool keeps there, and packages that are one large binary.
    if (name.startsWith('.') || name.startsWith('@') || name === 'node' || !(await lstat(path.join(from, name))).isDirectory()) continue
    await cp(path.join(from, name), project.path('packages', name), { recursive: true, filter: (file) => path.basename(file) !== 'node_modules' && path.basename(file) !== '.gitignore' })
    files += (await readdir(project.path('packages', name), { recursive: true })).length
    if (files >= enoughFiles) return
  }
}

/** How many phases were completed, how many were at work at once, and how far one run was ahead of one that had not had its turn. */
function readEvents(stdout: string): { complete: number; most: number; spread: number } {
  const active = new Set<string>()
  const begun = new Map(runs.map((run) => [run, 0]))
  let complete = 0
  let most = 0
  let spread = 0
  for (const line of stdout.split('\n')) {
    if (!line.startsWith('{')) continue
    const event = JSON.parse(line) as AutopackEvent
    if (event.type === 'phase-started') {
      const least = Math.min(...[...begun].filter(([run, count]) => !active.has(run) && count < phases.length).map(([, count]) => count))
      spread = Math.max(spread, begun.get(event.run)! - least)
      begun.set(event.run, begun.get(event.run)! + 1)
      active.add(event.run)
      most = Math.max(most, active.size)
    }
    if (event.type !== 'phase-finished') continue
    active.delete(event.run)
    if (event.outcome === 'complete') complete++
  }
  return { complete, most, spread }
}

async function inspectBranches(project: TestProject): Promise<string[]> {
  const problems: string[] = []
  for (const run of runs) {
    const text = await project.git('show', `autopack/tortured/${run}:shared.txt`)
    if (text !== ['first', ...phases.map((phase) => `${run} ${phase}`)].join('\n')) problems.push(`${run}: its shared.txt reads ${JSON.stringify(text)}`)
    const changed = (await project.git('diff', '--name-only', `main...autopack/tortured/${run}`)).split('\n')
    const own = changed.filter((file) => file.startsWith('own/'))
    if (changed.length !== 4 || own.some((file) => !file.startsWith(`own/${run}-`))) problems.push(`${run}: its branch changes ${changed.join(', ')}`)
  }
  const listed = (await project.git('worktree', 'list', '--porcelain')).split('\n').filter((line) => line.startsWith('worktree ')).length
  if (listed > 1 + runs.length) problems.push(`${listed - 1} worktrees for ${runs.length} runs`)
  const dirty = await project.git('status', '--porcelain', '--untracked-files=all')
  if (dirty !== '') problems.push(`the main checkout was changed: ${dirty}`)
  return problems
}
