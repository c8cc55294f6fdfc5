import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineClassifier } from '../../../core/config/define.ts'
import { fingerprintOf } from '../../../core/failure/index.ts'
import { failureSchema, type ClassificationResult, type FailureInput } from '../../../core/model/failure.ts'
import { phaseSpecSchema } from '../../../core/model/plan.ts'
import type { ClassifyEvent } from '../../../core/model/plugin.ts'
import { askClassifiers, causesOfFailure } from '../../../core/pipeline/ask-classifiers.ts'
import { createHooks, type TapEnd } from '../../../core/pipeline/facade.ts'

const test = suite('asking the classifiers')

const output = [
  'src/a.ts(3,7): error TS2322: Type \'string\' is not assignable to type \'number\'.',
  'src/b.ts(9,1): error TS2307: Cannot find module \'left-pad\' or its corresponding type declarations.', '',
].join('\n')

function eventOf(failure: Partial<FailureInput>): ClassifyEvent {
  const parsed = failureSchema.parse({ stage: 'delta', message: '', ...failure })
  if (parsed.causes.length === 0) parsed.causes = causesOfFailure(parsed, {})
  return { run: 'r', phase: phaseSpecSchema.parse({ id: 'p', goal: 'g' }), attempt: 1, attemptId: 'a', failure: parsed, projectRoot: '/p', repositoryRoot: '/p', checks: [] }
}

const hooksOf = (answer: (event: ClassifyEvent) => ClassificationResult | undefined) => {
  const hooks = createHooks()
  hooks.tap('one', 'classifyFailure', answer)
  return hooks
}

test('a classifier sees every cause with the fields that were extracted, and its answer is about the one that it names', async () => {
  const event = eventOf({ output })
  const codes: (string | undefined)[] = []
  const { classification, by } = await askClassifiers(hooksOf(({ failure }) => {
    codes.push(...failure.causes.map((cause) => cause.code))
    const cause = failure.causes.find((one) => one.code === 'TS2307')
    return cause && { class: 'vendored', cause }
  }), event, {})
  assert.equal(codes.toSorted(), ['TS2307', 'TS2322'])
  const cause = event.failure.causes.find((one) => one.code === 'TS2307')!
  assert.equal([by, classification.class, classification.title, classification.evidence, classification.template], ['one', 'vendored', cause.title, cause.evidence, cause.template])
  assert.is(classification.fingerprint, fingerprintOf({ class: 'vendored', tool: cause.tool, template: cause.template }))
})

test('defineClassifier by cause gives the same bucket whatever else the output has', async () => {
  const vendored = defineClassifier({ class: 'vendored', match: { cause: { tool: 'typescript', code: 'TS2307' } } })
  const ask = async (text: string) => (await askClassifiers(hooksOf((event) => vendored.classify(event) as ClassificationResult), eventOf({ output: text }), {})).classification.fingerprint
  assert.is(await ask(output), await ask(output.split('\n').slice(1).join('\n')))
})

test('a template makes one bucket of what differs, wherever it was printed', async () => {
  const ask = async (template: string, text: string) => (await askClassifiers(hooksOf(() => ({ class: 'x', template })), eventOf({ output: text }), {})).classification
  assert.is((await ask('state lock', 'Error: lock one')).fingerprint, (await ask('state lock', 'Error: another text')).fingerprint)
  assert.is((await ask('lock in /tmp/a8/x', 'e')).fingerprint, (await ask('lock in /tmp/b9/x', 'e')).fingerprint)
  assert.is.not((await ask('state lock', 'e')).fingerprint, (await ask('other lock', 'e')).fingerprint)
  assert.is((await ask('state lock', 'e')).template, 'state lock')
})

test('classifiers see the output without colours, carriage returns and stamps; the failure keeps it as it was', async () => {
  let seen = ''
  const raw = '2026-11-20T10:00:00.123Z \u001b[31mError\u001b[0m: locked\r\n'
  const event = eventOf({ output: raw })
  await askClassifiers(hooksOf(({ failure }) => { seen = failure.output; return undefined }), event, {})
  assert.equal([seen, event.failure.output], ['Error: locked\n', raw])
})

test('each one tells how it took the failure: why it passed, what went wrong, that it answered; who comes after is not asked', async () => {
  const hooks = createHooks()
  const ended: [string, TapEnd][] = []
  hooks.tap('silent', 'classifyFailure', () => undefined)
  hooks.tap('speaks', 'classifyFailure', (_event, { because }) => because('it is not mine'))
  hooks.tap('throws', 'classifyFailure', () => { throw new Error('boom') })
  hooks.tap('loops', 'classifyFailure', () => { for (;;); }, { timeoutMs: 20 })
  hooks.tap('nonsense', 'classifyFailure', () => ({ blame: 'me' }) as never)
  hooks.tap('answers', 'classifyFailure', () => ({ class: 'mine' }))
  hooks.tap('late', 'classifyFailure', () => ({ class: 'other' }))
  const { classification, recorded } = await askClassifiers(hooks, eventOf({ output: 'x' }), {}, { onTapEnded: (plugin, how) => void ended.push([plugin, how]) })
  assert.is(classification.class, 'mine')
  assert.equal(ended.map(([plugin, how]) => `${plugin} ${how.type}`), ['silent passed', 'speaks passed', 'throws failed', 'loops failed', 'nonsense failed', 'answers answered'])
  assert.equal(ended[1]![1], { type: 'passed', reason: 'it is not mine' })
  assert.equal(recorded.map((problem) => problem.message.split(/[:{]/)[0]), [
    'plugin throws threw in hook classifyFailure', 'plugin loops was cut off in hook classifyFailure after 0.02 s without a pause', 'plugin nonsense returned ',
  ])
})

test.run()
