import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { opencodeRig } from '../support/agents/opencode-rig.ts'
import { answer, run as command, write, type ModelRequest, type Script, type Step } from '../support/model-endpoint/index.ts'

const test = suite('opencode')

const edit = [answer('I write it.', write('src/a.txt', 'one\n')), answer('It is written.')]
const one = { checks: [{ name: 'one', run: ['grep', '-q', 'one', 'src/a.txt'] }] }
const once = 'drain: { maxAttemptsPerPhase: 1, maxPauseMinutes: 0.01 },'
const usage = { inputTokens: 2_600, outputTokens: 100, cachedInputTokens: 600, cost: 2 * 0.0017875, turns: 2 }
const refusal = (status: number, kind: string, message: string): Script => () => ({ type: 'refuse', status, kind, message })

test('an edit that passes is committed, with what it did and what it cost; outside of the worktree it is denied', async () => {
  await using rig = await opencodeRig({ script: [answer('I write it.', write('src/a.txt', 'one\n')), answer('It is written.')], phase: one })
  const run = await rig.run()
  assert.is(run.exitCode, 0, run.stderr + run.stdout.slice(-3_000))
  assert.is(run.phase('edit').outcome, 'complete')
  assert.equal(run.phase('edit').usage, usage)
  assert.ok(run.events.some((event) => event.type === 'progress' && event.line?.startsWith("turn 1 · bash cat > 'src/a.txt'")))
  assert.match(await rig.file('builder.log'), /I write it\.\n\[turn 1\] bash cat > 'src\/a\.txt'.*\nIt is written\./)
  assert.is(await rig.project.git('show', 'autopack/p/r:src/a.txt'), 'one')
})

test('an edit outside the scope is refused; a check that fails decides, and the second attempt goes on with the conversation', async () => {
  const script = (request: ModelRequest): Step | undefined => {
    const isSecond = request.text.includes('The attempt before this one failed')
    const edits = request.text.split('I write it').length - 1
    return edits > (isSecond ? 1 : 0) ? undefined : answer('I write it.', write('src/a.txt', isSecond ? 'one\n' : 'two\n'))
  }
  await using rig = await opencodeRig({ script, options: '{ resume: true }', phase: one })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-3_000))
  assert.is(run.phase('edit').attempt, 2)
  assert.is(await rig.file('thread.json'), await rig.file('thread.json', 2))
  assert.equal(run.phase('edit').usage, usage)
  await using outside = await opencodeRig({ script: [answer('I write them.', write('src/a.txt', 'one\n'), write('other.txt', 'two\n')), answer('Done.')], config: once })
  assert.is((await outside.run()).phase('edit').classification?.class, 'scope_violation')
})

test('what is denied ends it with exit code 0: an error, that says so', async () => {
  await using rig = await opencodeRig({ script: [answer('I look.', command('touch /var/tmp/autopack-denied')), answer('Done.')], config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'failed')
  assert.match(run.phase('edit').warnings.join(), /opencode was denied bash touch \/var\/tmp\/autopack-denied: .*`permission`/)
})

test('a key that is refused stops the drain', async () => {
  await using rig = await opencodeRig({ script: refusal(401, 'invalid_api_key', 'Incorrect API key provided'), config: once })
  const run = await rig.run()
  assert.is(run.exitCode, 4)
  assert.is(run.report?.stop.reason, 'auth')
  assert.match(run.report?.stop.detail ?? '', /Incorrect API key provided/)
})

test('a prompt that is too long is the phase\'s, though it would try again for ever; an unknown model is the configuration\'s', async () => {
  await using rig = await opencodeRig({ script: refusal(400, 'context_length_exceeded', 'Your input exceeds the context window of this model.'), config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'context_length')
  assert.ok(rig.endpoint.requests.length < 10, `${rig.endpoint.requests.length} requests`)
  await using other = await opencodeRig({ script: refusal(404, 'model_not_found', 'The model nope does not exist'), config: once })
  assert.is((await other.run()).phase('edit').classification?.class, 'config_error')
})

test('an endless silent retry, of a limit and of an overload, ends as a pause within its patience', async () => {
  for (const script of [refusal(429, 'rate_limit_exceeded', 'Rate limit reached'), refusal(529, 'overloaded', 'Overloaded')]) {
    await using rig = await opencodeRig({ script, options: "{ patience: '3s' }", config: once })
    const run = await rig.run()
    assert.is(run.phase('edit').outcome, 'usage-limit', run.stdout.slice(-2_000))
    assert.match(run.phase('edit').reason ?? '', /Rate limit reached|Overloaded/)
  }
})

test('a stop in mid-stream leaves no process, and no change on the branch', async () => {
  await using rig = await opencodeRig({ script: [edit[0]!, { type: 'hang' }] })
  const running = rig.project.startCli(['run', '--json'])
  await rig.endpoint.reached(2)
  running.signal('SIGINT')
  assert.is((await running.result).exitCode, 130)
  assert.match(await rig.file('changes.patch'), /^\+one$/m)
  assert.is(await rig.project.git('for-each-ref', 'refs/heads/autopack'), '')
})

test.run()
