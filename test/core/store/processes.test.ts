import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { newStore, plan, temporaryFolders } from './support.ts'

const test = suite('several processes on one store')
const folders = temporaryFolders()
test.after(() => folders.remove())

test('every phase is claimed once, and the tokens of a run only grow', async () => {
  const { store, layout } = await newStore(folders.make())
  const runs = ['a', 'b', 'c', 'd']
  const phases = Array.from({ length: 10 }, (_, index) => `phase-${index}`)
  for (const run of runs) await store.importPlan(plan(run, phases), 'x')
  const worker = path.join(import.meta.dirname, 'claim-worker.ts')
  const outputs = await Promise.all(
    [1, 2, 3, 4].map((number) => promisify(execFile)(process.execPath, [worker, layout.runsDir, String(number)])))
  const claims = outputs.flatMap((output) => JSON.parse(output.stdout) as { run: string; phase: string; token: number }[])
  assert.is(claims.length, 40)
  assert.is(new Set(claims.map((claim) => `${claim.run}/${claim.phase}`)).size, 40, 'no double claim')
  for (const run of runs) {
    const tokens = claims.filter((claim) => claim.run === run).map((claim) => claim.token).sort((left, right) => left - right)
    assert.equal(tokens, phases.map((_, index) => index + 1), 'each claim has its own token')
  }
  assert.equal((await store.runs()).map((run) => run.state), runs.map(() => 'complete'))
  assert.equal(await store.verify(), [])
  await store.close()
})

test.run()
