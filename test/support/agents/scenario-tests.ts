import * as assert from 'uvu/assert'
import type { Receipt } from '../../../core/model/receipt.ts'
import type { Usage } from '../../../core/model/usage.ts'
import { answer, write, type ModelRequest, type Step } from '../model-endpoint/index.ts'
import { processesIn, thatStay } from '../processes.ts'
import { repositoryState, statusOf, type RunResult } from '../run-project.ts'
import { refusing, type Client, type Refusal } from './client.ts'
import { scenarios, type ScenarioId } from './scenarios.ts'

const edit = answer('I write it.', write('src/a.txt', 'one\n'))
const one = { checks: [{ name: 'one', run: ['grep', '-q', 'one', 'src/a.txt'] }] }
const once = 'drain: { maxAttemptsPerPhase: 1, maxPauseMinutes: 0.01 },'
const impatient = "{ patience: '3s' }"

const ending = (run: RunResult): string => `${run.stderr}${run.stdout.slice(-3_000)}`

/** Makes tests of scenarios, each named by it. */
export function scenarioTests(test: (name: string, handler: () => Promise<void>) => void, client: Client, ids: readonly ScenarioId[]): void {
  const refused = async ({ step, options, login }: Refusal, more: { options?: string } = {}) => {
    await using rig = await client.rig({ script: refusing(step), config: once, ...(options !== undefined && { options }), ...(login !== undefined && { login }), ...more })
    return { run: await rig.run(), asked: rig.endpoint.requests.length }
  }
  const pauses = async (refusal: Refusal, more?: { options?: string }) => {
    const { run } = await refused(refusal, more)
    assert.equal([run.phase('edit').outcome, run.report?.stop.reason, run.exitCode], ['usage-limit', 'builder_paused', 3], ending(run))
    assert.match(run.phase('edit').reason ?? '', refusal.says)
    return run
  }
  const stopsDrain = async (refusal: Refusal) => {
    const { run, asked } = await refused(refusal)
    assert.equal([run.phase('edit').classification?.class, run.report?.stop.reason, run.exitCode], ['auth', 'auth', 4], ending(run))
    assert.match(run.report?.stop.detail ?? '', refusal.says)
    assert.ok(asked <= (refusal.most ?? 4), `asked ${asked} times`)
  }
  const failsAs = async (refusal: Refusal, expected: string, blame: string) => {
    const { run, asked } = await refused(refusal)
    assert.equal([run.phase('edit').classification?.class, run.phase('edit').classification?.blame], [expected, blame], ending(run))
    assert.match(run.phase('edit').reason ?? '', refusal.says)
    assert.ok(asked <= (refusal.most ?? 4), `asked ${asked} times`)
  }

  const all: Record<ScenarioId, () => Promise<void>> = {
    async edit() {
      await using rig = await client.rig({ script: [edit, answer('It is written.')], phase: one })
      const run = await rig.run()
      assert.equal([run.exitCode, run.phase('edit').outcome], [0, 'complete'], ending(run))
      assert.equal(partOf(run.phase('edit').usage, client.usage), client.usage)
      assert.ok(run.events.some((event) => event.type === 'progress' && client.shows.test(event.line ?? '')), 'the live view does not show it')
      assert.is((JSON.parse(await rig.file('receipt.json')) as Receipt).builder?.name, client.name)
      assert.match(await rig.file('builder.log'), /I write it\.\n\[turn 1\] (?:.*\n)*It is written\./)
      assert.match(rig.endpoint.requests[0]!.text, /Write one into src\/a\.txt/)
      assert.not.match(await rig.file('builder.jsonl') + (await rig.file('builder.log')), /fake-(?:key|token)-of-a-test/)
      assert.is(await rig.project.git('show', 'autopack/p/r:src/a.txt'), 'one')
    },
    async check() {
      await using rig = await client.rig({ script: [answer('I write it.', write('src/a.txt', 'two\n')), answer('Everything passes.')], phase: one, config: once })
      const run = await rig.run()
      assert.equal([run.exitCode, run.phase('edit').outcome, run.phase('edit').classification?.blame], [1, 'failed', 'phase'], ending(run))
      assert.is(await rig.project.git('for-each-ref', 'refs/heads/autopack'), '')
    },
    async scope() {
      await using rig = await client.rig({ script: [answer('I write both.', write('src/a.txt', 'one\n'), write('other.txt', 'two\n')), answer('Done.')], config: once })
      const before = await repositoryState(rig.project)
      const run = await rig.run()
      assert.is(run.phase('edit').classification?.class, 'scope_violation', ending(run))
      assert.match(run.phase('edit').reason ?? '', /other\.txt/)
      assert.is(await repositoryState(rig.project), before)
    },
    async resume() {
      // The first writes the wrong thing; the second is told why, in the same conversation.
      const script = (request: ModelRequest): Step | undefined => {
        const isSecond = request.text.includes('The attempt before this one failed')
        const edits = request.text.split('I write it').length - 1
        return edits > (isSecond ? 1 : 0) ? undefined : answer('I write it.', write('src/a.txt', isSecond ? 'one\n' : 'two\n'))
      }
      await using rig = await client.rig({ script, options: '{ resume: true }', phase: one })
      const run = await rig.run()
      assert.equal([run.phase('edit').outcome, run.phase('edit').attempt], ['complete', 2], ending(run))
      assert.is(await rig.file('thread.json'), await rig.file('thread.json', 2), 'the conversation has changed its name')
      assert.match(rig.endpoint.requests.at(-1)!.text, /Write one into src\/a\.txt.*The attempt before this one failed/s)
      assert.equal(partOf(run.phase('edit').usage, client.usage), client.usage)
    },
    async budget() {
      const [plain, large] = client.input
      await using rig = await client.rig({
        // What it calls beside what it has paid too much for may not happen any more.
        script: [edit, { type: 'answer', text: 'I write it again.', calls: [write('src/a.txt', 'one\n')], tokens: { input: 50_000 } }, { type: 'hang' }],
        config: 'drain: { maxAttemptsPerPhase: 1, maxTokens: { attempt: 40_000 } },',
      })
      const run = await rig.run()
      assert.is(run.phase('edit').classification?.class, 'budget_exhausted', ending(run))
      assert.match(run.phase('edit').reason ?? '', /tokens in one attempt, more than maxTokens\.attempt 40000/)
      assert.is(inputOf(run.phase('edit').usage), plain + large)
      assert.match(await rig.file('changes.patch'), /^\+one$/m)
      assert.is(await rig.project.git('for-each-ref', 'refs/heads/autopack'), '')
    },
    async limit() {
      const begun = Date.now()
      const until = new Date(Math.ceil(begun / 60_000 + 120) * 60_000)
      const run = await pauses(client.limit(until), { options: impatient })
      const [, paused = ''] = /is paused until (\S+?Z)/.exec(run.notices.join('\n')) ?? []
      // Those that are told how many seconds it takes count from when they are told.
      const late = Date.parse(paused) - until.getTime()
      assert.ok(late > -60_000 && late <= Date.now() - begun + 1_000, `paused until ${paused}, not ${until.toISOString()}`)
    },
    overload: async () => void await pauses(client.overload, { options: impatient }),
    // Without its patience the command would be at its own limit.
    retry: async () => void await pauses(client.retry, { options: impatient }),
    key: () => stopsDrain(client.key),
    credit: () => stopsDrain(client.credit),
    model: () => failsAs(client.model, 'config_error', 'project'),
    context: () => failsAs(client.context, 'context_length', 'phase'),
    async cut() {
      let isCut = false
      await using rig = await client.rig({
        config: once,
        script: ({ text }) => {
          if (!isCut) { isCut = true; return { type: 'cut', text: 'I begin to' } }
          return text.includes('I write it') ? undefined : edit
        },
      })
      const run = await rig.run()
      assert.is(run.phase('edit').outcome, client.cut === 'pause' ? 'usage-limit' : 'complete', ending(run))
    },
    async stop() {
      await using rig = await client.rig({ script: [edit, { type: 'hang' }] })
      const running = rig.start()
      await rig.endpoint.reached(2)
      running.signal('SIGINT')
      assert.is((await running.result).exitCode, 130)
      assert.equal(await thatStay(() => processesIn(rig.project.base)), [])
      assert.match(await rig.file('changes.patch'), /^\+one$/m)
      assert.is(await rig.project.git('for-each-ref', 'refs/heads/autopack'), '')
      assert.is((await statusOf(rig.project))['edit']?.state, 'QUEUED')
    },
    async kill() {
      await using rig = await client.rig({ script: [edit, { type: 'hang' }] })
      const running = rig.start()
      await rig.endpoint.reached(2)
      // It has told what the first answer cost before it asks for the second; Autopack looks at what it tells from time to time.
      await running.waitFor(new RegExp(`"inputTokens":${client.input[0]}\\b`))
      running.signal('SIGKILL')
      await running.result
      const orphans = processesIn(rig.project.base).map(({ pid }) => pid)
      assert.ok(orphans.length > 0, 'it ended by itself: nothing is left to be found')
      rig.endpoint.use([edit])
      const run = await rig.run()
      assert.equal([run.phase('edit').outcome, run.phase('edit').attempt], ['complete', 2], ending(run))
      assert.equal((await thatStay(() => processesIn(rig.project.base))).filter(({ pid }) => orphans.includes(pid)), [], 'the orphan lives on')
      // What it had paid for until then counts.
      const shown = JSON.parse((await rig.project.cli(['show', 'r', 'edit', '--json'])).stdout) as { attempts: { number: number; usage: Usage }[] }
      assert.is(inputOf(shown.attempts.find(({ number }) => number === 1)?.usage), client.input[0])
    },
  }
  for (const id of ids) test(scenarios[id], all[id])
}

const inputOf = (usage: Usage | undefined): number | undefined | 'unknown' => (usage === 'unknown' ? usage : usage?.inputTokens)

/** Of what it used, what is looked at. */
function partOf(usage: Usage, expected: Partial<Exclude<Usage, 'unknown'>>): unknown {
  return usage === 'unknown' ? usage : Object.fromEntries(Object.keys(expected).map((key) => [key, usage[key as keyof typeof usage]]))
}
