import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatUserError, UserError } from '../../../core/errors.ts'
import type { ClassifyEvent } from '../../../core/model/plugin.ts'
import { createHooks } from '../../../core/pipeline/facade.ts'
import type { Hooks } from '../../../core/pipeline/facade.ts'

function thrown(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.instance(error, UserError)
    return formatUserError(error as UserError)
  }
  throw new Error('it did not throw')
}

const order = suite('order of taps')

const orderOf = (declare: (hooks: Hooks) => void): string[] => {
  const hooks = createHooks()
  declare(hooks)
  return hooks.taps('classifyFailure')
}
const none = (_event: ClassifyEvent) => undefined

order('as declared, then by stage, then by before, wherever the named one is declared', () => {
  assert.equal(orderOf((hooks) => { for (const name of ['a', 'b', 'c']) hooks.tap(name, 'classifyFailure', none) }), ['a', 'b', 'c'])
  assert.equal(
    orderOf((hooks) => {
      hooks.tap('a', 'classifyFailure', none, { stage: 10 })
      hooks.tap('b', 'classifyFailure', none)
      hooks.tap('c', 'classifyFailure', none, { stage: -10 })
    }),
    ['c', 'b', 'a'],
  )
  const before = (early: boolean) =>
    orderOf((hooks) => {
      if (early) hooks.tap('x', 'classifyFailure', none, { before: 'b' })
      hooks.tap('a', 'classifyFailure', none)
      hooks.tap('b', 'classifyFailure', none)
      hooks.tap('c', 'classifyFailure', none)
      if (!early) hooks.tap('x', 'classifyFailure', none, { before: 'b' })
    })
  assert.equal(before(true), ['a', 'x', 'b', 'c'])
  assert.equal(before(false), ['a', 'x', 'b', 'c'])
})

order('before keeps its word against a stage, a second tap of the named plugin, and a chain', () => {
  assert.equal(
    orderOf((hooks) => {
      hooks.tap('x', 'classifyFailure', none, { before: 'low' })
      hooks.tap('low', 'classifyFailure', none, { stage: -5 })
    }),
    ['x', 'low'],
  )
  assert.equal(
    orderOf((hooks) => {
      hooks.tap('twice', 'classifyFailure', none)
      hooks.tap('mid', 'classifyFailure', none)
      hooks.tap('twice', 'classifyFailure', none)
      hooks.tap('x', 'classifyFailure', none, { before: ['twice'] })
    }),
    ['x', 'twice', 'mid', 'twice'],
  )
  assert.equal(
    orderOf((hooks) => {
      hooks.tap('a', 'classifyFailure', none, { before: 'b' })
      hooks.tap('b', 'classifyFailure', none, { before: 'c' })
      hooks.tap('c', 'classifyFailure', none)
    }),
    ['a', 'b', 'c'],
  )
})

order('a plugin that is loaded but does not tap the hook is no mistake; one that is not loaded is', () => {
  const hooks = createHooks()
  hooks.tap('scopeStubs', 'beforePhase', () => {})
  hooks.tap('acme', 'classifyFailure', none, { before: ['scopeStubs', 'quiet'] })
  hooks.seal(['scopeStubs', 'quiet', 'acme'])
  assert.equal(hooks.taps('classifyFailure'), ['acme'])

  const wrong = createHooks()
  wrong.tap('acme', 'classifyFailure', none, { before: 'scopeStub' })
  assert.is(
    thrown(() => wrong.seal(['scopeStubs', 'acme'])),
    'error[unknown-before]: plugin acme taps hook classifyFailure before "scopeStub", and no plugin has that name\n  fix: did you mean "scopeStubs"? known names: scopeStubs, acme',
  )
})

order('a circle and a tap before itself are errors', () => {
  const circle = createHooks()
  circle.tap('a', 'afterDrain', () => {}, { before: 'b' })
  circle.tap('b', 'afterDrain', () => {}, { before: 'c' })
  circle.tap('c', 'afterDrain', () => {}, { before: 'b' })
  assert.is(
    thrown(() => circle.seal()),
    'error[before-cycle]: b, c each want to run before the other in hook afterDrain\n  fix: take one of the `before` options away',
  )
  const self = createHooks()
  self.tap('a', 'afterDrain', () => {}, { before: 'a' })
  assert.is(thrown(() => self.seal()), 'error[tap-invalid]: plugin a taps hook afterDrain before itself\n  fix: name another plugin in `before`')
})

order.run()
