/** A landing that is killed while git moves its branches: the next one ends it as what it was, and leaves nothing of it. */
import { chmod } from 'node:fs/promises'
import { delimiter } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LandOutput } from '../../../../core/model/landing.ts'
import { findOnPath } from '../../../../core/cli/find-program.ts'
import { runInside } from '../../../support/cli.ts'
import { makeProject, writeFiles, type TestProject } from '../../../support/project.ts'
import { outside, prepare, runHere } from '../../../support/run-project.ts'

const test = suite('a landing that is killed')

/** A run that is complete, on a target that has moved. */
async function landable(): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { phases: { one: 'printf "one\\nmore\\n" > src/one.txt', two: 'echo two > src/a.txt' } })
  await project.commit('prepare')
  assert.is((await runHere(project)).exitCode, 0)
  await project.commit('meanwhile', { 'src/hand.txt': 'hand\n' })
  return project
}

/** A landing whose git does `script` when it is to bring the checkout up to date; `$real` is the real one, `$PPID` the landing. */
async function landAndDie(project: TestProject, script: string): Promise<void> {
  const real = (await findOnPath('git', project.env))!
  await writeFiles(outside(project), { 'bin/git': `#!/bin/sh\nreal='${real}'\ncase "$*" in *"merge --ff-only"*) ${script} ;; esac\nexec "$real" "$@"\n` })
  await chmod(outside(project, 'bin/git'), 0o755)
  const { exitCode, stderr } = await project.cli(['land', 'r', '--update-checkout'], { env: { PATH: [outside(project, 'bin'), project.env['PATH']].join(delimiter) } })
  assert.is(exitCode, -1, stderr)
}

const column = (project: TestProject, sql: string): unknown[] => {
  const database = new DatabaseSync(project.path('.autonomous_runs/autopack.db'), { readOnly: true })
  try {
    return database.prepare(sql).all().flatMap((row) => Object.values(row))
  } finally {
    database.close()
  }
}

const outcomes = (project: TestProject): unknown[] => column(project, 'select outcome from landings order by number')

const landAgain = async (project: TestProject): Promise<LandOutput & { stderr: string }> => {
  const { exitCode, stdout, stderr } = await runInside(project, ['land', 'r', '--update-checkout', '--json'])
  assert.is(exitCode, 0, stderr)
  return { ...(JSON.parse(stdout) as LandOutput), stderr }
}

test('in the midst of its files: they are as before, its lock is gone, and it lands', async () => {
  await using project = await landable()
  await landAndDie(project, ': > .git/index.lock; : > .git/refs/heads/main.lock; echo two > src/a.txt; echo one > src/one.txt; kill -9 $PPID; exit 1')
  assert.match(await project.git('status', '--porcelain'), /src\/a\.txt[^]*src\/one\.txt/)
  const again = await landAgain(project)
  assert.is(again.outcome, 'landed')
  assert.equal([await project.git('status', '--porcelain'), outcomes(project)], ['', ['abandoned', 'landed']])
  assert.match(await project.read('.autonomous_runs/break_glass_repairs.jsonl'), /"by":"the end of a landing of r"[^\n]*"subject":"index\.lock"[^\n]*"outcome":"repaired"/)
  assert.is(await project.git('log', '--format=%s'), 'two: Do two\none: Do one\nmeanwhile\nprepare\nstart')
})

test('a git that goes on without it is waited for: what reaches the target is on record as landed', async () => {
  await using project = await landable()
  await landAndDie(project, 'kill -9 $PPID; sleep 1')
  const again = await landAgain(project)
  assert.is(again.outcome, 'up-to-date')
  assert.equal([await project.git('status', '--porcelain'), outcomes(project)], ['', ['landed']])
  assert.is(await project.git('rev-parse', 'main'), await project.git('rev-parse', 'autopack/p/r'))
  assert.equal(column(project, 'select base_commit from runs'), [(await project.git('rev-parse', 'main~2')).trim()], 'what it stands on now')
})

test.run()
