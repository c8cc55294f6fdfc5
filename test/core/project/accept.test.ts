import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { acceptOutputSchema, showOutputSchema, verifyOutputSchema } from '../../../core/model/outputs.ts'
import { acceptSession } from '../../../core/pipeline/accept-session.ts'
import { takePatchOver } from '../../../core/pipeline/accept.ts'
import { currentOwner } from '../../../core/process/owner.ts'
import { createEngine } from '../../../core/project/engine.ts'
import { runInside } from '../../support/cli.ts'
import { openInProcess } from '../../support/in-process.ts'
import { makeProject, type TestProject } from '../../support/project.ts'
import { prepare, runHere, statusOf } from '../../support/run-project.ts'

const test = suite('accept')

/** Fails whenever the phase has made its file: wrong, a person would say. */
const check = (file: string) => ({ name: 'words', run: ['sh', '-c', `echo "words: ${file} is new" >&2; test ! -e src/${file}`], format: 'exit-code' })

const acceptance = (project: TestProject, ...args: string[]) => runInside(project, ['accept', ...args])
const attemptDir = (project: TestProject, phase: string, number: number) => project.path('.autonomous_runs/p/runs/r/r/phases', phase, `attempt-${number}`)

/** What no dry run and no refusal may change. */
async function everything(project: TestProject): Promise<string> {
  const refs = await project.git('for-each-ref', '--format=%(refname) %(objectname)')
  return [refs, await project.git('count-objects', '-v'), (await runInside(project, ['show', 'r', 'add', '--json'])).stdout].join('\n')
}

test('what failed is kept against the verdict: on the branch, with a receipt that says so, and what needs it goes on', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'one\n', 'other.txt': 'x\n' } })
  await prepare(project, {
    phases: {
      add: { build: 'test -e src/c.txt || echo two > src/b.txt', scope: { paths: ['src/'] }, checks: [check('b.txt')] },
      more: { build: 'cat src/b.txt > src/c.txt', needs: ['add'], scope: { paths: ['src/'] } },
      stray: { build: 'echo y > other.txt; echo z > src/z.txt', scope: { paths: ['src/'] } },
      idle: 'true',
    },
  })
  await project.commit('Start')
  await runHere(project, ['--max-attempts-per-phase', '1'])
  const before = await everything(project)

  const dry = acceptOutputSchema.parse(JSON.parse((await acceptance(project, 'r', 'add', '--reason', 'the check is wrong', '--dry-run', '--json')).stdout))
  assert.equal([dry.state, dry.accepted, dry.commit, dry.asJudged, dry.overruled.attempt, dry.diffStat], ['FAILED', false, null, true, 1, { files: 1, added: 1, removed: 0 }])
  const refused: Record<string, string> = { stray: 'accept-outside-scope', idle: 'accept-no-patch', more: 'accept-state' }
  for (const [phase, code] of Object.entries(refused)) {
    const { exitCode, stderr } = await acceptance(project, 'r', phase, '--reason', 'x')
    assert.equal([exitCode, /error\[([\w-]+)\]/.exec(stderr)?.[1]], [2, code], stderr)
  }
  assert.is(await everything(project), before, 'nothing was written yet')

  const { exitCode, stdout } = await acceptance(project, 'r', 'add', '--reason', 'the check is wrong', '--by', 'ann')
  assert.is(exitCode, 0, stdout)
  assert.match(stdout, /^r\/add {2}accepted against the verdict\noverruled {2}\w+: .*\npatch {6}of attempt 1: 1 file \+1 -0\ncheck {6}words: blocked/)
  assert.is(await project.git('log', '-1', '--format=%(trailers:key=Autopack-Accepted-By,valueonly)', 'autopack/p/r'), 'ann')
  assert.is(await project.git('show', 'autopack/p/r:src/b.txt'), 'two')
  assert.match((await runInside(project, ['status'])).stdout, /complete {4}add {4}accepted against \w+/)
  assert.match(await project.read('.autonomous_runs/p/runs/r/r/run_summary.md'), /\| add \| COMPLETE \| 2 \| .* \| accepted against \w+: /)

  const shown = showOutputSchema.parse(JSON.parse((await runInside(project, ['show', 'r', 'add', '--json'])).stdout)).attempts.at(-1)!
  assert.equal([shown.outcome, shown.charged, shown.accepted?.by, shown.accepted?.attempt, shown.accepted?.asJudged], ['complete', false, 'ann', 1, true])
  assert.equal(shown.checks.map(({ name, verdict }) => [name, verdict]), [['words', 'blocked']], 'what failed is not hidden')

  const verified = async (phase: string) => verifyOutputSchema.parse(JSON.parse((await runInside(project, ['verify', attemptDir(project, phase, 2), '--rerun', '--json'])).stdout))
  assert.equal((await verified('01_add')).problems, [])
  assert.ok((await verified('01_add')).confirmed.includes('accepted by ann against unknown: the check is wrong'))

  // What leaves the scope is taken by name alone, and stands in the receipt. That there is no place for the summary takes nothing of it back.
  await rm(project.path('.autonomous_runs/p/runs/r/r/run_summary.md'))
  await project.write({ '.autonomous_runs/p/runs/r/r/run_summary.md/in-the-way': '' })
  const stray = acceptOutputSchema.parse(JSON.parse((await acceptance(project, 'r', 'stray', '--reason', 'other is right', '--outside-scope', '--json')).stdout))
  assert.equal([stray.outsideScope, stray.asJudged, stray.onto], [['other.txt'], false, await project.git('rev-parse', 'autopack/p/r~1')])

  await rm(project.path('.autonomous_runs/p/runs/r/r/run_summary.md'), { recursive: true })
  assert.equal((await runHere(project, ['r'])).outcomes['more'], 'complete')
  assert.is(await project.git('show', 'autopack/p/r:src/c.txt'), 'two')
  await rm(attemptDir(project, '01_add', 1) + '/receipt.json')
  await project.write({ [`.autonomous_runs/p/runs/r/r/phases/03_stray/attempt-1/receipt.json`]: '{}' })
  assert.equal((await verified('01_add')).unknown, ['the receipt of attempt 1, whose verdict was overruled, is not there'])
  assert.match((await verified('03_stray')).problems.join(), /the receipt of attempt 1, whose verdict was overruled, has the hash/)
})

test('what the branch conflicts with by now is refused and named, and so is a patch that somebody changed', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'one\n' } })
  const build = (text: string) => ({ build: `echo ${text} > src/a.txt`, scope: { paths: ['src/'] }, checks: [{ name: 'same', run: ['grep', '-q', 'one', 'src/a.txt'], format: 'exit-code' }] })
  await prepare(project, { phases: { add: build('two'), also: build('three') } })
  await project.commit('Start')
  await runHere(project, ['--max-attempts-per-phase', '1'])
  assert.is((await acceptance(project, 'r', 'add', '--reason', 'two it is')).exitCode, 0)
  const before = await everything(project)
  await project.git('checkout', '-q', 'autopack/p/r')
  assert.match((await acceptance(project, 'r', 'also', '--reason', 'x')).stderr, /error\[branch-checked-out\]/)
  await project.git('checkout', '-q', 'main')
  const conflict = await acceptance(project, 'r', 'also', '--reason', 'three it is')
  assert.is(conflict.exitCode, 2)
  assert.match(conflict.stderr, /error\[accept-conflict\]: the patch of r\/also conflicts with what is on autopack\/p\/r by now in src\/a\.txt: nothing was changed/)
  await project.write({ '.autonomous_runs/p/runs/r/r/phases/02_also/attempt-1/changes.patch': 'nothing of the kind\n' })
  assert.match((await acceptance(project, 'r', 'also', '--reason', 'x')).stderr, /error\[accept-patch-unusable\]: the kept patch is not what was judged: it was changed since/)
  assert.is(await everything(project), before)
  const { also } = await statusOf(project)
  assert.equal([also!.state, also!.attempts], ['FAILED', 1])
})

test('a run that somebody works on is left alone; a crash on the way leaves the phase as it was, or accepted where its commit is there', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'one\n' } })
  await prepare(project, { phases: { add: { build: 'echo two > src/b.txt', scope: { paths: ['src/'] }, checks: [check('b.txt')] }, other: 'exit 1' } })
  await project.commit('Start')
  await runHere(project, ['--max-attempts-per-phase', '1'])
  const { add: failed } = await statusOf(project)

  const opened = await openInProcess(project)
  try {
    const { store, runtime } = opened
    const unlimited = { leaseSeconds: 60, maxAttempts: 99, absoluteCap: 99, requeueFailed: true, session: acceptSession }
    const held = await store.claim({ ...unlimited, run: 'r', phase: 'other', session: 'somebody', owner: currentOwner(runtime) })
    assert.is(held.type, 'claimed')
    const busy = await acceptance(project, 'r', 'add', '--reason', 'x')
    assert.match(busy.stderr, /error\[accept-busy\]: the run r cannot be written now: process \d+ on /)
    if (held.type === 'claimed') await store.finish(held.claim, { outcome: 'failed', state: 'FAILED', charged: true, stage: 'build', usage: 'unknown', builderReached: true })

    const dead = { ...currentOwner(runtime), pid: 4_000_000, startTime: 'long ago' }
    const crash = async (made: boolean) => {
      const claimed = await store.claim({ ...unlimited, run: 'r', phase: 'add', owner: dead })
      if (claimed.type !== 'claimed') throw new Error('not claimed')
      const [run] = await store.runs({ ids: ['r'] })
      const overruled = (await store.attempts({ run: 'r', phase: 'add' })).find(({ number }) => number === 1)!
      const gone = Object.create(store, { finish: { value: () => Promise.reject(new Error('the process is gone')) } }) as typeof store
      const engine = createEngine({ ...opened, store: gone }, () => undefined)
      if (made) await takePatchOver(engine, claimed.claim, { run: run!, phase: claimed.claim.phase, overruled, by: 'ann', reason: 'x', outsideScope: false }).catch(() => undefined)
    }
    await crash(false)
    await runHere(project, ['--max-attempts-per-phase', '1'])
    const { add: after } = await statusOf(project)
    assert.equal([after!.state, after!.class, after!.title], ['FAILED', failed!.class, failed!.title], 'as it was')
    assert.is(existsSync(attemptDir(project, '01_add', 1) + '/changes.patch'), true)
    assert.match((await acceptance(project, 'r', 'add', '--reason', 'x', '--dry-run')).stdout, /of attempt 1/, 'what was not accepted is no attempt at it')

    await crash(true)
    await runHere(project, ['--max-attempts-per-phase', '1'])
    const { add: done } = await statusOf(project)
    assert.equal([done!.state, done!.class, done!.attempts], ['COMPLETE', failed!.class, 3])
    assert.is(await project.git('rev-list', '--count', 'main..autopack/p/r'), '1')
  } finally {
    await opened.close()
  }
})

test.run()
