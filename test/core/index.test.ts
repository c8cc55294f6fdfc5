import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as api from '../../core/index.ts'

const publicApi = suite('the public API')

publicApi('is what a config, a preset and a plugin need', () => {
  assert.equal(Object.keys(api).sort(), ['UserError', 'defineClassifier', 'defineConfig', 'definePlugin', 'definePreset', 'without'])
})

publicApi('loads no package and little of ours: every command pays for it', async () => {
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.push(found.url); return found } })
    await import(${JSON.stringify(new URL('../../core/index.ts', import.meta.url).href)})
    console.log(JSON.stringify(loaded))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const loaded = JSON.parse(stdout) as string[]
  assert.ok(loaded.length > 0)
  assert.equal(loaded.filter((url) => url.includes('/node_modules/')), [])
  assert.equal(loaded.map((url) => /\/(core\/.*)$/.exec(url)?.[1]).sort(), ['core/config/classifier-match.ts', 'core/config/classifier.ts', 'core/config/define.ts', 'core/errors/user-error.ts', 'core/index.ts'])
})

publicApi.run()
