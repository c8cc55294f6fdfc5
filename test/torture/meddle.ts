/** Kills `plan` and `drain` while their builder changes git's configuration, hooks and refs; whoever comes next has to put all of it back, and leave nothing. */
import { readdirSync, readFileSync } from 'node:fs'
import { runInside } from '../support/cli.ts'
import { makeProject, writeFiles } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { processesIn } from '../support/processes.ts'
import { outside } from '../support/run-project.ts'
import type { Random } from './random.ts'

/** Takes back what it did, if nobody kills it; and leaves a child that outlives it. */
const builder = `
common=$(git rev-parse --git-common-dir)
: > "$OUTSIDE/begun"
git config core.pager evil
mkdir -p "$common/hooks"; printf '#!/bin/sh\\nexit 1\\n' > "$common/hooks/pre-commit"; chmod +x "$common/hooks/pre-commit"
git update-ref -d refs/heads/keep
node -e 'require("child_process").spawn("sleep", ["600"], { detached: true, stdio: "ignore" }).unref()'
sleep 0.3
git config --unset core.pager; rm "$common/hooks/pre-commit"; git update-ref refs/heads/keep HEAD
if [ -n "$AUTOPACK_DRAFT_FILE" ]; then echo '{"id":"x","phases":[{"id":"a","goal":"g"}]}' > "$AUTOPACK_DRAFT_FILE"; else echo done > src/done.txt; fi
`

export async function killMeddlers(count: number, random: Random, problems: string[]): Promise<string> {
  const kills = { plan: 0, drain: 0 }
  const enders = new Map<string, number>()
  while (kills.plan + kills.drain < count && problems.length === 0) {
    await using project = await makeProject({ files: { 'NOTES.md': 'do it\n', 'src/a.txt': 'a\n', '.gitignore': '.autonomous_runs/\n' }, leakCheck: false })
    await writeFiles(outside(project), { builder })
    const config = `import { defineConfig } from 'autopack'\nimport { command } from 'autopack/builders'\nexport default defineConfig({ project: 'p', builder: command({ run: ['sh', ${JSON.stringify(outside(project, 'builder'))}], usage: 'none' }), env: { set: { OUTSIDE: ${JSON.stringify(outside(project))} } } })\n`
    await project.commit('prepare', { 'autopack.config.ts': config, 'runs/r.json': JSON.stringify({ id: 'r', phases: [{ id: 'one', goal: 'Do it', scope: { paths: ['src/'] } }] }) })
    await project.git('branch', 'keep')
    const before = stateOf(project)
    for (let number = random.between(1, 3); number > 0 && problems.length === 0; number--) {
      const what = random.below(3) === 0 ? 'drain' : 'plan'
      const running = project.startCli(what === 'plan' ? ['plan', 'NOTES.md', '--id', 'x'] : ['drain'])
      const alone = random.below(2) === 0
      const after = random.below(500)
      while (!readdirSync(outside(project)).includes('begun') && processesIn(project.base).length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
      await new Promise((resolve) => setTimeout(resolve, after))
      running.signal('SIGKILL')
      if (!alone) for (let left = processesIn(project.base); left.length > 0; left = processesIn(project.base)) for (const { pid } of left) kill(pid)
      await running.result.catch(() => undefined)
      await project.run(['rm', '-f', outside(project, 'begun')])
      kills[what]++
      // A draft is ended by all of them, an attempt by a drain and by doctor.
      const candidates = what === 'plan' ? [['plan', 'NOTES.md', '--id', 'x'], ['drain'], ['gc'], ['doctor', '--repair', '--yes']] : [['drain'], ['doctor', '--repair', '--yes']]
      const ender = candidates[random.below(candidates.length)]!
      enders.set(ender[0]!, (enders.get(ender[0]!) ?? 0) + 1)
      const { exitCode, stdout, stderr } = await project.cli(ender)
      const name = `${what}, killed ${alone ? 'alone' : 'with its tree'} ${after} ms after its builder began, then ${ender[0]}`
      if (exitCode !== 0) problems.push(`${name}: it ended with ${exitCode}: ${stderr}${stdout.slice(-500)}`)
      const now = stateOf(project)
      if (now !== before) problems.push(`${name}: git is not as before:\n${before}\n---\n${now}`)
      for (const { pid, command } of processesIn(project.base)) problems.push(`${name}: process ${pid} is left: ${command}`)
      const listed = (await project.git('worktree', 'list')).split('\n').filter((line) => line.includes('/@plan-'))
      const files = readdirSync(project.path('.autonomous_runs'), { recursive: true }).map(String).filter((file) => /(?:^|\/)open(?:-\d+)?\.json$|git-shared\.json$/.test(file))
      for (const left of [...listed, ...files]) problems.push(`${name}: left: ${left}`)
    }
    const { exitCode, stdout, stderr } = await runInside(project, ['drain'])
    if (exitCode !== 0) problems.push(`the last drain ended with ${exitCode}: ${stderr}${stdout}`)
  }
  return `${kills.plan} kills of plans and ${kills.drain} of drains while their builder changed config, hooks and refs; ended by ${[...enders].map(([name, times]) => `${name} ${times}`).join(', ')}; git as before each time, nothing left over`
}

/** What all worktrees share and people own. */
function stateOf(project: TestProject): string {
  const hooks = (() => { try { return readdirSync(project.path('.git/hooks')).filter((name) => !name.endsWith('.sample')) } catch { return [] } })()
  const heads = readdirSync(project.path('.git/refs/heads')).filter((name) => name !== 'autopack')
  return JSON.stringify({ config: readFileSync(project.path('.git/config'), 'utf8'), hooks, heads })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Ended meanwhile.
  }
}
