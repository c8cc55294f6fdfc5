/** Locks that a git which died has left, before a run: ours go, and are on record; those of people are told. */
import { existsSync } from 'node:fs'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import { prepare, runHere } from '../../support/run-project.ts'

const test = suite('locks of a git that died')

test('the next run removes its own, and puts them on record; doctor names those of people, with the command', async () => {
  await using project = await makeProject()
  await prepare(project, { phases: { one: 'echo 1 > one.txt', two: 'echo 2 > two.txt' } })
  const [own, fence, theirs, index] = ['refs/heads/autopack/p/r', 'refs/autopack/fenced/x', 'refs/heads/main', 'index'].map((name) => project.path('.git', `${name}.lock`)) as [string, string, string, string]
  const lock = async (file: string, ageSeconds: number): Promise<void> => {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, '')
    const at = Date.now() / 1_000 - ageSeconds
    await utimes(file, at, at)
  }
  // Without a runs directory nothing was ours.
  await mkdir(project.path('.autonomous_runs'), { recursive: true })
  await lock(own, 10)
  const young = await runHere(project)
  assert.is(young.exitCode, 4, 'one that is young may be of a git at work')
  assert.match(young.stderr, /ref-locked/)
  for (const file of [own, fence, theirs, index]) await lock(file, 120)
  if (process.platform === 'linux') {
    const { exitCode, stdout, outcomes } = await runHere(project)
    assert.equal([exitCode, outcomes], [0, { one: 'complete', two: 'complete' }], stdout)
    assert.equal([own, fence, theirs, index].map((file) => existsSync(file)), [false, false, true, true])
    for (const file of [own, fence]) assert.ok(stdout.includes(`removed a lock that a git which died has left: ${file}`), stdout)
    const journal = await project.read('.autonomous_runs/break_glass_repairs.jsonl')
    assert.match(journal, /"by":"run"[^\n]*"kind":"dead-lock","subject":"refs\/heads\/autopack\/p\/r\.lock"[^\n]*"outcome":"intended"\}\n[^\n]*"outcome":"repaired"/)
    const after = (await runInside(project, ['doctor'])).stdout.replace(/\s+/g, ' ')
    assert.match(after, /warn dead-lock 2 locks were left by gits that died: index\.lock: a lock of git from [^;]*, whose git is gone; git refuses to work there; refs\/heads\/main\.lock: /)
    assert.ok(after.includes(`rm ${index}`), after)
    const { stdout: repaired } = await runInside(project, ['doctor', '--repair', '--yes'])
    assert.equal([existsSync(theirs), existsSync(index)], [true, true], repaired)
  }
})

test.run()
