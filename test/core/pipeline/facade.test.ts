import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatUserError, UserError } from '../../../core/errors.ts'
import type { Problem } from '../../../core/model/failure.ts'
import type { HookName, PathRequest } from '../../../core/model/plugin.ts'
import { createHooks } from '../../../core/pipeline/facade.ts'
import type { Hooks } from '../../../core/pipeline/facade.ts'
import { hookNames, hookTable } from '../../../core/pipeline/hooks.ts'
import { payloads } from '../../support/hook-payloads.ts'

const path = payloads.resolvePath
const failure = payloads.classifyFailure

/** The text of the error that a call throws. */
function thrown(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.instance(error, UserError)
    return formatUserError(error as UserError)
  }
  return assert.unreachable('it did not throw') as never
}

async function failed(hooks: Hooks, hook: HookName): Promise<UserError> {
  const outcome = await hooks.call(hook, payloads[hook] as never)
  if (outcome.type !== 'failed') throw new Error(`it ${outcome.type}`)
  return outcome.error
}

const table = suite('the table of hooks')

table('takes the payloads of the tests, and names what is missing in others', async () => {
  const hooks = createHooks()
  for (const hook of hookNames) {
    assert.equal(await hooks.call(hook, payloads[hook] as never), { type: 'passed', recorded: [] }, hook)
    let message = ''
    await hooks.call(hook, {} as never).catch((error: Error) => (message = error.message))
    assert.match(message, new RegExp(`^the payload of hook ${hook} is not one: `))
  }
})

table.run()

const answers = suite('answers of taps')

answers('the first answer of a bail hook wins, and says whose it is', async () => {
  const hooks = createHooks()
  const seen: string[] = []
  hooks.tap('first', 'resolvePath', () => void seen.push('first'))
  hooks.tap('second', 'resolvePath', async (event: PathRequest) => ({ relative: `web/${event.raw}` }))
  hooks.tap('third', 'resolvePath', () => {
    seen.push('third')
    return { relative: 'x' }
  })
  assert.equal(await hooks.call('resolvePath', path), { type: 'answered', by: 'second', result: { relative: 'web/a.txt' }, recorded: [] })
  assert.equal(seen, ['first'])
})

answers('null passes on like undefined, returned or resolved, in every hook', async () => {
  for (const hook of hookNames) {
    const hooks = createHooks()
    let last = 0
    hooks.tap('sync', hook, () => null as never)
    hooks.tap('async', hook, async () => null as never)
    hooks.tap('last', hook, () => void last++)
    assert.equal(await hooks.call(hook, payloads[hook] as never), { type: 'passed', recorded: [] }, hook)
    assert.is(last, 1, hook)
  }
})

answers('nonsense fails the phase, with the value, the plugin, the hook and what to return', async () => {
  const texts: string[] = []
  for (const hook of hookNames.filter((name) => hookTable[name].onError === 'fails-phase')) {
    for (const value of ['yes', { relative: 5, path: 'a' }]) {
      const hooks = createHooks()
      hooks.tap('acme', hook, (async () => value) as never)
      texts.push(formatUserError(await failed(hooks, hook)))
    }
  }
  assert.equal(texts, [
    "error[plugin-answer]: plugin acme returned 'yes' from hook resolvePath: Invalid input: expected object, received string\n  fix: return { relative: 'path/in/the/repository' }, or nothing to pass on",
    "error[plugin-answer]: plugin acme returned { relative: 5, path: 'a' } from hook resolvePath: relative: Invalid input: expected string, received number; Unrecognized key: \"path\"\n  fix: return { relative: 'path/in/the/repository' }, or nothing to pass on",
    "error[plugin-answer]: plugin acme returned 'yes' from hook beforePhase: expected nothing: what a tap returns is not read here\n  fix: return nothing; call event.stub, event.hint, event.context, event.checkArguments, event.skip or event.hold",
    "error[plugin-answer]: plugin acme returned { relative: 5, path: 'a' } from hook beforePhase: expected nothing: what a tap returns is not read here\n  fix: return nothing; call event.stub, event.hint, event.context, event.checkArguments, event.skip or event.hold",
    "error[plugin-answer]: plugin acme returned 'yes' from hook validateDeliverables: expected nothing: what a tap returns is not read here\n  fix: return nothing; call event.problem, event.accept or event.review",
    "error[plugin-answer]: plugin acme returned { relative: 5, path: 'a' } from hook validateDeliverables: expected nothing: what a tap returns is not read here\n  fix: return nothing; call event.problem, event.accept or event.review",
  ])
})

answers('nonsense of a classifier is recorded, and the next one answers', async () => {
  const hooks = createHooks()
  hooks.tap('typo', 'classifyFailure', () => ({ class: 'x', blame: 'nobody' }) as never)
  hooks.tap('number', 'classifyFailure', () => 7 as never)
  hooks.tap('good', 'classifyFailure', () => ({ class: 'x', blame: 'machine', action: { type: 'retry', after: '60s' } }))
  assert.equal(await hooks.call('classifyFailure', failure), {
    type: 'answered',
    by: 'good',
    result: { class: 'x', blame: 'machine', action: { type: 'retry', after: '60s' } },
    recorded: [
      {
        code: 'plugin_error',
        message: `plugin typo returned { class: 'x', blame: 'nobody' } from hook classifyFailure: blame: Invalid option: expected one of "phase"|"check"|"run"|"builder"|"project"|"machine"`,
      },
      { code: 'plugin_error', message: 'plugin number returned 7 from hook classifyFailure: Invalid input: expected object, received number' },
    ],
  })
})

answers('what a one-line arrow function happens to return from a series hook does no harm', async () => {
  const hooks = createHooks()
  const list: string[] = []
  hooks.tap('pushes', 'beforePhase', ((event: { attemptId: string }) => list.push(event.attemptId)) as never)
  hooks.tap('and', 'beforePhase', (() => false) as never)
  assert.is((await hooks.call('beforePhase', payloads.beforePhase)).type, 'passed')
  assert.equal(list, ['a-1'])
})

answers('a value that cannot be read is nonsense, not an accident', async () => {
  const hooks = createHooks()
  hooks.tap('acme', 'resolvePath', () => Object.defineProperty({}, 'relative', { enumerable: true, get: () => { throw new Error('no') } }) as never)
  assert.is((await failed(hooks, 'resolvePath')).message, 'plugin acme returned { relative: [Getter] } from hook resolvePath: no')
})

answers.run()

const errors = suite('taps that throw')

errors('synchronously or not, each fails what the table says, and keeps its cause', async () => {
  const ways: [string, () => never | Promise<never>][] = [
    ['throws', () => { throw new Error('boom') }],
    ['rejects', async () => { throw new Error('boom') }],
    ['rejects later', () => new Promise((_resolve, reject) => setImmediate(() => reject(new Error('boom'))))],
  ]
  for (const hook of hookNames) {
    for (const [way, handler] of ways) {
      const told: Problem[] = []
      const hooks = createHooks({ onProblem: (problem) => told.push(problem) })
      let others = 0
      hooks.tap('acme', hook, handler)
      hooks.tap('other', hook, () => void others++)
      const outcome = await hooks.call(hook, payloads[hook] as never)
      const problem = { code: 'plugin_error', message: `plugin acme threw in hook ${hook}: boom` }
      if (hookTable[hook].onError === 'fails-phase') {
        if (outcome.type !== 'failed') throw new Error(`${hook} ${way}: ${outcome.type}`)
        assert.is(formatUserError(outcome.error), `error[plugin-threw]: plugin acme threw in hook ${hook}: boom\n  fix: mend plugin acme, or take it out of the config`)
        assert.is((outcome.error.cause as Error).message, 'boom')
        assert.equal([outcome.problem, outcome.recorded, told, others], [problem, [], [], 0])
      } else {
        assert.equal(outcome, { type: 'passed', recorded: [problem] }, `${hook} ${way}`)
        assert.equal([told, others], [[problem], 1])
      }
    }
  }
})

errors('anything that can be thrown is named', async () => {
  const odd: [unknown, string][] = [
    ['text', "plugin acme threw in hook resolvePath: 'text'"],
    [null, 'plugin acme threw in hook resolvePath: null'],
    [undefined, 'plugin acme threw in hook resolvePath: undefined'],
    [{ status: 4 }, 'plugin acme threw in hook resolvePath: { status: 4 }'],
    [new Error(''), 'plugin acme threw in hook resolvePath: Error'],
    [new Error('first\nsecond'), 'plugin acme threw in hook resolvePath: first'],
  ]
  for (const [value, text] of odd) {
    const hooks = createHooks()
    hooks.tap('acme', 'resolvePath', () => { throw value })
    const error = await failed(hooks, 'resolvePath')
    assert.ok(error.message.startsWith(text), error.message)
  }
})

errors('an error of ours that comes through a tap keeps its place and its fix', async () => {
  const hooks = createHooks()
  const inner = new UserError({ code: 'path-leaves', message: 'the path ../x leaves the repository', where: { file: 'runs/a.yaml', line: 3 }, fix: 'write a path below the repository' })
  hooks.tap('acme', 'beforePhase', async () => { throw inner })
  const error = await failed(hooks, 'beforePhase')
  assert.is(
    formatUserError(error),
    'error[plugin-threw]: plugin acme threw in hook beforePhase: the path ../x leaves the repository\n  --> runs/a.yaml:3\n  fix: write a path below the repository',
  )
  assert.is(error.cause, inner)
})

errors.run()

const declaring = suite('declaring a tap')

declaring('an unknown hook is an error with the near name', () => {
  assert.is(
    thrown(() => createHooks().tap('acme', 'beforePhases' as HookName, () => {})),
    'error[unknown-hook]: plugin acme taps a hook "beforePhases", which does not exist\n  fix: did you mean "beforePhase"? known hooks: resolvePath, beforePhase, validateDeliverables, classifyFailure, afterDrain',
  )
})

declaring('what is no handler or no option is refused', () => {
  const declare = (handler: unknown, options?: unknown) => thrown(() => createHooks().tap('acme', 'afterDrain', handler as never, options as never)).split('\n')[0]
  assert.is(declare('text'), "error[tap-invalid]: plugin acme taps hook afterDrain with 'text', which is not a function")
  assert.is(declare(() => {}, { stage: 'early' }), "error[tap-invalid]: plugin acme taps hook afterDrain with the option stage 'early'")
  assert.is(declare(() => {}, { before: [1] }), 'error[tap-invalid]: plugin acme taps hook afterDrain with the option before [ 1 ]')
  assert.is(declare(() => {}, { timeoutMs: 0 }), 'error[tap-invalid]: plugin acme taps hook afterDrain with the option timeoutMs 0')
  assert.is(declare(() => {}, { timeoutMs: Infinity }), 'error[tap-invalid]: plugin acme taps hook afterDrain with the option timeoutMs Infinity')
  assert.is(declare(() => {}, { readOnly: 'yes' }), "error[tap-invalid]: plugin acme taps hook afterDrain with the option readOnly 'yes'")
  assert.is(declare(() => {}, { brief: 1 }), 'error[tap-invalid]: plugin acme taps hook afterDrain with the option brief 1')
  assert.is(
    thrown(() => createHooks().tap('acme', 'classifyFailure', () => undefined, { brief: true })),
    'error[tap-invalid]: plugin acme taps hook classifyFailure with the option brief true\n  fix: leave it out: what a classifier does is always cut off when its time is over',
  )
  assert.is(declare(() => {}, { timeout: 5 }), 'error[tap-invalid]: plugin acme taps hook afterDrain with an unknown option "timeout"')
})

declaring('after the plugins are loaded it is too late', () => {
  const hooks = createHooks()
  hooks.seal()
  assert.is(
    thrown(() => hooks.tap('acme', 'afterDrain', () => {})),
    'error[tap-invalid]: plugin acme taps hook afterDrain after the plugins were loaded\n  fix: tap hooks in apply, and wait for what apply starts',
  )
})

declaring.run()

const calls = suite('what taps call on the event')

calls('a wrong argument throws inside the tap, with the value and what is wrong', async () => {
  const wrong: [HookName, string, unknown, string][] = [
    ['beforePhase', 'stub', { path: 5 }, 'event.stub was called with { path: 5 }: path: expected a text'],
    ['beforePhase', 'hint', '', "event.hint was called with '': expected a text that is not empty"],
    ['beforePhase', 'checkArguments', { check: 'tests', args: [], skip: [] }, "event.checkArguments was called with { check: 'tests', args: [], skip: [] }: skipped: Invalid input: expected array, received undefined; Unrecognized key: \"skip\""],
    ['beforePhase', 'resolve', undefined, 'event.resolve was called with undefined: expected a text'],
    ['validateDeliverables', 'problem', { code: 'x' }, "event.problem was called with { code: 'x' }: message: expected a text"],
    ['validateDeliverables', 'review', 'please', "event.review was called with 'please': Invalid input: expected object, received string"],
    ['afterDrain', 'section', { title: 'T', lines: 'one' }, "event.section was called with { title: 'T', lines: 'one' }: lines: Invalid input: expected array, received string"],
  ]
  for (const [hook, name, argument, text] of wrong) {
    const hooks = createHooks()
    let reached = false
    hooks.tap('acme', hook, ((event: Record<string, (value: unknown) => void>) => event[name]!(argument)) as never)
    const payload = { ...payloads[hook], [name]: () => (reached = true) }
    const outcome = await hooks.call(hook, payload as never)
    const message = outcome.type === 'failed' ? outcome.problem.message : outcome.recorded[0]?.message
    assert.is(message, `plugin acme threw in hook ${hook}: ${text}`)
    assert.is(reached, false)
  }
})

calls('a good one reaches the payload, and reads what the payload has now', async () => {
  const problems: Problem[] = []
  const hooks = createHooks()
  hooks.tap('first', 'validateDeliverables', (event) => event.problem({ code: 'one', message: 'One.' }))
  const seen: number[] = []
  hooks.tap('second', 'validateDeliverables', (event) => void seen.push(event.problems.length))
  await hooks.call('validateDeliverables', { ...payloads.validateDeliverables, get problems() { return [...problems] }, problem: (problem) => void problems.push(problem) })
  assert.equal([problems, seen], [[{ code: 'one', message: 'One.' }], [1]])
})

calls('a tap that has ended, or was given up, can no longer change anything', async () => {
  const hints: string[] = []
  const told: Problem[] = []
  const hooks = createHooks({ onProblem: (problem) => told.push(problem), runtime: { monotonic: () => 0, sleep: async () => {} } })
  let go!: () => void
  const gate = new Promise<void>((resolve) => (go = resolve))
  hooks.tap('late', 'beforePhase', async (event) => {
    event.hint('in time')
    await gate
    event.hint('too late')
  })
  const outcome = await hooks.call('beforePhase', { ...payloads.beforePhase, hint: (text) => void hints.push(text) })
  assert.is(outcome.type, 'failed')
  go()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(hints, ['in time'])
  assert.equal(told.map((problem) => problem.message), ['plugin late threw in hook beforePhase: event.hint was called after the tap had ended (after it had been given up)'])
})

calls.run()
