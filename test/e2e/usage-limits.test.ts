import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statusOutputSchema } from '../../core/model/outputs.ts'
import { runInside } from '../support/cli.ts'
import { makeProject, writeFiles } from '../support/project.ts'
import { outside, prepare, runHere, statusOf, told } from '../support/run-project.ts'

const test = suite('usage limits')

const done = 'echo $AUTOPACK_PHASE >> "$OUTSIDE/calls"; mkdir -p src; echo 2 > src/$AUTOPACK_PHASE.txt'
const says = (text: string) => `echo $AUTOPACK_PHASE >> "$OUTSIDE/calls"; mkdir -p src; echo half > src/half.txt; echo "${text}"; exit 1`

test('a limit that a builder only prints pauses it: nothing is charged, the other builder goes on, and the next drain asks nobody who is paused', async () => {
  await using project = await makeProject({})
  const resets = Math.floor(Date.now() / 1_000) + 3 * 3_600
  await prepare(project, {
    config: `builders: { other: { ...command({ run: ['sh', outside + '/{phase}'] }), name: 'other' } },`,
    phases: { one: says(`Claude AI usage limit reached|${resets}`), two: done, three: { build: done, builder: 'other' } },
  })
  const run = await runHere(project, ['--max-pause-minutes', '60'])
  assert.equal(run.outcomes, { one: 'usage-limit', three: 'complete' })
  assert.is(await told(project, 'calls'), 'one\nthree\n')
  const until = new Date(resets * 1_000).toISOString()
  assert.is(run.report?.stop.reason, 'builder_paused')
  assert.match(run.report?.stop.detail ?? '', `builder command is paused until ${until}: Claude Code reached its usage limit`)
  assert.match(run.report?.stop.detail ?? '', `go on then with autopack run --resume ${run.report?.session}`)
  assert.is(run.exitCode, 3)
  const paused = [{ builder: 'command', until, reason: `Claude Code reached its usage limit; it resets ${until.replace('.000Z', 'Z')}` }]
  assert.equal([run.report?.pausedBuilders, run.report?.counts.deferred], [paused, 2])
  assert.equal(run.report?.waiting.map(({ phase, why }) => `${phase} ${why}`), ['two deferred'])
  assert.equal(statusOutputSchema.parse(JSON.parse((await runInside(project, ['status', '--json'])).stdout)).pausedBuilders, paused)
  assert.match((await runInside(project, ['status'])).stdout, `builder command is paused until ${until}: Claude Code reached its usage limit`)
  const again = await runHere(project, ['--max-pause-minutes', '60'])
  assert.equal([again.report?.stop.reason, await told(project, 'calls')], ['builder_paused', 'one\nthree\n'])
  assert.match((await runInside(project, ['show', 'r', 'one'])).stdout, 'Claude Code reached its usage limit')
  const { one } = await statusOf(project)
  assert.equal([one?.state, one?.attempts, one?.class], ['QUEUED', 1, null])
  await writeFiles(outside(project), { one: done })
  const lifted = await runHere(project, ['--retry-builders', '--parallel', '2'])
  assert.equal([lifted.report?.stop.reason, lifted.outcomes, lifted.report?.pausedBuilders], ['drained', { one: 'complete', two: 'complete' }, undefined])
})

test('a builder that waits for a limit in silence until its time is over was at the limit: it is paused, and no timeout is charged', async () => {
  await using project = await makeProject({})
  await prepare(project, { phases: { one: 'echo "rate limit reached (429), retrying in 1 hour"; exec sleep 60', two: done } })
  const run = await runHere(project, ['--idle-timeout-seconds', '1', '--max-pause-minutes', '1'])
  assert.equal([run.outcomes, run.report?.stop.reason, (await statusOf(project))['one']?.state], [{ one: 'usage-limit' }, 'builder_paused', 'QUEUED'])
  assert.match(run.report?.stop.detail ?? '', 'rate limit reached (429), retrying in 1 hour (builder command printed nothing for too long)')
})

test('a key that is refused stops the drain at once, and says which key and how it gets to the builder', async () => {
  await using project = await makeProject({})
  await prepare(project, {
    phases: { one: says('API Error: 401 {\\"type\\":\\"error\\",\\"error\\":{\\"type\\":\\"authentication_error\\",\\"message\\":\\"invalid x-api-key\\"}}'), two: done },
  })
  const run = await runHere(project, [], { env: { ANTHROPIC_API_KEY: 'none-of-yours' } })
  assert.equal(run.outcomes, { one: 'auth' })
  assert.equal([run.report?.stop, run.exitCode], [
    { reason: 'auth', detail: "Claude Code: invalid x-api-key; ANTHROPIC_API_KEY is set but withheld from builders: name it in the config, env: { pass: ['ANTHROPIC_API_KEY'] }" }, 4,
  ])
  assert.is(await told(project, 'calls'), 'one\n')
})

test.run()
