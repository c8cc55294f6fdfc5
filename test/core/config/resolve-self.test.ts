import module, { syncBuiltinESMExports } from 'node:module'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('what a config imports of Autopack')

test('a test runner that lets nobody hook into its module loader is no obstacle', async () => {
  const { registerHooks } = module
  let asked = 0
  try {
    module.registerHooks = () => {
      asked += 1
      throw new Error('module.registerHooks() is not supported here')
    }
    syncBuiltinESMExports()
    const { resolveSelf } = (await import(`../../../core/config/resolve-self.ts?${'refused'}`)) as typeof import('../../../core/config/resolve-self.ts')
    resolveSelf()
  } finally {
    module.registerHooks = registerHooks
    syncBuiltinESMExports()
  }
  assert.is(asked, 1)
})

test.run()
