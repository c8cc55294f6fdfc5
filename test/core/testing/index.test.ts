import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { defineClassifier, definePlugin } from '../../../core/index.ts'
import { runHook, testClassifier } from '../../../core/testing/index.ts'

const testing = suite('what authors test their plugins with')

testing('runHook tells what a plugin answered, called and logged, with its options as the schema gives them', async () => {
  const plugin = definePlugin({
    name: 'acme',
    apiVersion: 1,
    options: z.strictObject({ words: z.string().default('be brief') }),
    apply(api, { words }) {
      api.log.info('here')
      api.hooks.resolvePath.tap(({ raw }) => ({ relative: `src/${raw}` }))
      api.hooks.beforePhase.tap(async (event) => {
        event.hint(`${words}, ${event.phase.id}`)
        event.stub({ path: (await event.resolve('./a.lock')).relative, content: '' })
        event.context({ title: 'T', text: 'x' })
        event.checkArguments({ check: 'tests', args: ['-x'], skipped: [{ file: 'a', reason: 'b' }] })
        if (event.exists('a')) event.skip('there')
        else event.hold('not there')
      })
      api.hooks.validateDeliverables.tap((event) => {
        event.problem({ code: 'odd', message: String(event.deliverables[0]?.relative) })
        event.accept('b')
        event.review({ reason: 'look' })
      })
      api.hooks.classifyFailure.tap((event) => ({ class: event.failure.stage }))
      api.hooks.afterDrain.tap((event) => event.section({ title: event.report.stop.reason, lines: ['one'] }))
    },
  })
  assert.equal((await runHook(plugin(), 'resolvePath', { raw: 'x.ts' })).answer, { relative: 'src/x.ts' })
  const before = await runHook(plugin({ words: 'hurry' }), 'beforePhase', { phase: { id: 'p' } })
  assert.equal(before.logged, ['acme: here'])
  assert.is(before.answer, undefined)
  assert.equal(before.said, {
    stubs: [{ path: 'a.lock', content: '' }], hints: ['hurry, p'], context: [{ title: 'T', text: 'x' }], checkArguments: [{ check: 'tests', args: ['-x'], skipped: [{ file: 'a', reason: 'b' }] }],
    skipped: [], held: ['not there'], problems: [], accepted: [], reviews: [], sections: [],
  })
  assert.equal((await runHook(plugin(), 'beforePhase', { exists: () => true })).said.skipped, ['there'])
  const delivered = (await runHook(plugin(), 'validateDeliverables', { deliverables: [{ relative: 'b' }] })).said
  assert.equal([delivered.problems, delivered.accepted, delivered.reviews], [[{ code: 'odd', message: 'b' }], ['b'], [{ reason: 'look' }]])
  assert.equal((await runHook(plugin(), 'classifyFailure', { failure: { stage: 'build' } })).answer, { class: 'build' })
  assert.equal((await runHook(plugin(), 'afterDrain')).said.sections, [{ title: 'drained', lines: ['one'] }])
})

testing('runHook fails as Autopack would, whether the phase goes on or not', async () => {
  const broken = definePlugin({
    name: 'broken',
    apiVersion: 1,
    apply(api) {
      api.hooks.beforePhase.tap(() => { throw new Error('boom') })
      api.hooks.afterDrain.tap(() => { throw new Error('boom') })
    },
  })
  const messages: string[] = []
  for (const hook of ['beforePhase', 'afterDrain'] as const) await runHook(broken(), hook).catch((error: Error) => messages.push(error.message))
  assert.equal(messages, ['plugin broken threw in hook beforePhase: boom', 'plugin broken threw in hook afterDrain: boom'])
})

testing('testClassifier takes an output or a failure', async () => {
  const lock = defineClassifier({ class: 'state_lock', match: /Error acquiring the (\w+) lock/, title: 'Locked: $1', blame: 'machine' })
  assert.equal(await testClassifier(lock, 'x\nError acquiring the state lock\n'), { class: 'state_lock', title: 'Locked: state', evidence: ['Error acquiring the state lock'], blame: 'machine' })
  assert.is(await testClassifier(lock, 'all is well'), undefined)
  const killed = defineClassifier({ class: 'oom', match: { exitCode: 137, stage: 'build' } })
  assert.equal(await testClassifier(killed, { exitCode: 137, stage: 'build' }), { class: 'oom' })
  const missing = defineClassifier({ class: 'optional', match: { cause: { tool: 'python', module: 'praw' } }, title: '$<module> is optional' })
  const traceback = '\u001b[31mTraceback\u001b[0m (most recent call last):\n  File "a.py", line 1, in <module>\nModuleNotFoundError: No module named \'praw\'\n'
  assert.is((await testClassifier(missing, traceback))?.title, 'praw is optional')
  const odd = { ...lock, classify: () => ({ blame: 'me' }) as never }
  let message = ''
  await testClassifier(odd, '').catch((error: Error) => (message = error.message))
  assert.match(message, /^classifier state_lock returned \{ blame: 'me' \} from hook classifyFailure: class: /)
})

testing.run()
