import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repositoryRoot } from '../../support/project.ts'

const test = suite('quick imports')

/** Every import of the command line with its address and its format, how many of them Node looked for itself, and what comes of imports that are not this package's. */
const script = (quick: boolean) => `
import { registerHooks } from 'node:module'
const found = []
let sought = 0
registerHooks({ resolve(specifier, context, next) { sought++; return next(specifier, context) } })
if (${quick}) (await import('${repositoryRoot}/core/cli/quick-imports.ts')).quickImports()
registerHooks({ resolve(specifier, context, next) {
  const { url, format } = next(specifier, context)
  found.push([context.parentURL, specifier, url, format].join(' '))
  return { url, format }
} })
for (const module of ['core/cli/main.ts', 'core/project/run-drain.ts', 'plugins/defaults.ts', 'presets/index.ts']) await import('${repositoryRoot}/' + module)
const failed = []
for (const specifier of ['./missing.ts', 'no-such-package']) await import(specifier).catch((error) => failed.push(error.code))
console.log(JSON.stringify({ found: found.sort(), sought, failed }))
`

async function imports(quick: boolean): Promise<{ found: string[]; sought: number; failed: string[] }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script(quick)], { cwd: repositoryRoot, maxBuffer: 64 * 1024 * 1024 })
  return JSON.parse(stdout) as { found: string[]; sought: number; failed: string[] }
}

test('find the same modules, in the same format, as Node does by itself', async () => {
  const [quick, slow] = await Promise.all([imports(true), imports(false)])
  assert.ok(slow.found.length > 400 && slow.found.some((line) => line.includes('/node_modules/zod/')), `${slow.found.length} imports`)
  assert.equal(quick.found, slow.found)
  assert.ok(quick.sought < slow.sought / 2, `${quick.sought} of ${slow.sought} were looked for`)
  assert.equal([quick.failed, slow.failed], [['ERR_MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'], ['ERR_MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']])
})

test.run()
