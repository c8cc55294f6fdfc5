/** What `autopack plan` leaves where it is killed is ended by whoever comes next. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../../support/cli.ts'
import { makeProject, type TestProject } from '../../support/project.ts'
import { outside, repositoryState, told } from '../../support/run-project.ts'
import { runs, waitForFile } from '../../support/wait.ts'

const test = suite('a draft that is cut off')

/** A builder that changes what it may not, starts a child that leaves its group, and goes on; once `calm` is there it drafts a plan. */
const meddling = `
if [ -e "$OUTSIDE/calm" ]; then echo '{"id":"x","phases":[{"id":"a","goal":"g"}]}' > "$AUTOPACK_DRAFT_FILE"; exit; fi
common=$(git rev-parse --git-common-dir)
git config core.hooksPath /tmp/none; git config remote.x.url https://me:ghp_0123456789abcdefghijABCDEFGHIJ012345@example.invalid
mkdir -p "$common/hooks"; printf '#!/bin/sh\\nexit 1\\n' > "$common/hooks/pre-commit"; chmod +x "$common/hooks/pre-commit"
git branch -q -D keep
echo $$ >> "$OUTSIDE/pids"
node -e 'require("child_process").spawn("sh", ["-c", "echo $$ >> \\"$OUTSIDE/pids\\"; exec sleep 600"], { detached: true, stdio: "ignore" }).unref()'
echo "export GITHUB_TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123456789"
while [ "$(wc -l < "$OUTSIDE/pids")" -lt 2 ]; do sleep 0.02; done
: > "$OUTSIDE/started"
exec sleep 600
`

async function makeDrafting(): Promise<TestProject> {
  const project = await makeProject({ files: { 'NOTES.md': 'export\n', 'src/a.txt': 'a\n' } })
  const config = `import { defineConfig } from 'autopack'\nimport { command } from 'autopack/builders'\nexport default defineConfig({ project: 'p', builder: command({ run: ['sh', ${JSON.stringify(outside(project, 'draft'))}], usage: 'none' }), env: { set: { OUTSIDE: ${JSON.stringify(outside(project))} } } })\n`
  await project.write({ 'autopack.config.ts': config, '../outside/draft': meddling })
  await project.commit('prepare')
  await project.git('branch', 'keep')
  return project
}

/** Kills the process of `plan` alone in the midst of the build, and returns what lives on. */
async function draftAndKill(project: TestProject): Promise<number[]> {
  const running = project.startCli(['plan', 'NOTES.md', '--id', 'x'])
  await Promise.race([waitForFile(outside(project, 'started')), running.result.then(({ stdout, stderr }) => Promise.reject(new Error(`ended too early:\n${stdout}${stderr}`)))])
  running.signal('SIGKILL')
  await running.result
  const pids = (await told(project, 'pids')).split('\n').filter(Boolean).map(Number)
  assert.equal(pids.map(runs), [true, true], 'its builder lives on: else this test shows nothing')
  return pids
}

async function isAsBefore(project: TestProject, before: string, pids: readonly number[]): Promise<void> {
  assert.equal(pids.map(runs), [false, false])
  assert.is(await repositoryState(project), before)
  assert.match(await project.git('worktree', 'list'), /^[^\n]*$/)
  const drafts = project.path('.autonomous_runs/p/drafts')
  const files = (await readdir(drafts, { recursive: true })).filter((name) => /open|git-shared/.test(name))
  assert.equal(files, [])
}

test('the next `plan` ends its processes, puts git back, removes the worktree, and says so; doctor finds it before', async () => {
  await using project = await makeDrafting()
  const before = await repositoryState(project)
  const pids = await draftAndKill(project)
  const [id] = await readdir(project.path('.autonomous_runs/p/drafts'))
  const folder = project.path('.autonomous_runs/p/drafts', id!)
  assert.match((await runInside(project, ['doctor'])).stdout.replace(/\s+/g, ' '), new RegExp(`warn open-draft 1 draft was cut off: ${id}: a draft of a plan was cut off: its process \\d+ is gone fix: \`autopack doctor --repair\``))

  await project.write({ '../outside/calm': '' })
  const next = await runInside(project, ['plan', 'NOTES.md', '--id', 'x'])
  assert.is(next.exitCode, 0, next.stderr)
  const lines = [`a draft of a plan (${id}) was cut off by a crash: what was drafted is kept in ${folder}; 2 processes of it were ended`, '.git/config was changed while the builder worked or after the crash; it was put back, and what stood there', '.git/hooks/pre-commit was added', 'refs/heads/keep, which all worktrees share; it was put back']
  for (const line of lines) assert.ok(next.stderr.includes(line), `${line}\n${next.stderr}`)
  await isAsBefore(project, before, pids)
  assert.is(await readFile(join(folder, 'attempt-1/builder.log'), 'utf8'), 'export GITHUB_TOKEN=[redacted]\n')
  const config = await readFile(join(folder, 'attempt-1/replaced-git/config'), 'utf8')
  assert.match(config, 'hooksPath')
  assert.not.match(config, 'ghp_0123456789')
  assert.not.match((await runInside(project, ['doctor'])).stdout, 'open-draft')
})

test('so does `doctor --repair`, where there is no store yet, and puts it on record', async () => {
  await using project = await makeDrafting()
  const before = await repositoryState(project)
  const pids = await draftAndKill(project)
  const { exitCode, stdout } = await runInside(project, ['doctor', '--repair', '--yes'])
  assert.is(exitCode, 0, stdout)
  assert.match(stdout, /^open-draft {2}[\w-]+$/m)
  assert.match(stdout, /^1 repaired$/m)
  await isAsBefore(project, before, pids)
  assert.match(await project.read('.autonomous_runs/break_glass_repairs.jsonl'), '"kind":"open-draft"')
  assert.not.ok(existsSync(project.path('.autonomous_runs/autopack.db')))
})

test.run()
