import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hookNames, hookTable } from '../../core/pipeline/hooks.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(path.join(repository, 'docs/plugins.md'), 'utf8')
const run = promisify(execFile)

/** The fences of the page whose first line is a comment with a file name. */
const files = new Map([...page.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)].map(([, name, code]) => [name!, code!]))
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'autopack-docs-')))

const examples = suite('examples of docs/plugins.md')

examples.before(() => {
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
  // Links: the real files lie outside node_modules, where Node takes TypeScript.
  mkdirSync(path.join(folder, 'node_modules/@types'), { recursive: true })
  symlinkSync(repository, path.join(folder, 'node_modules/autopack'))
  for (const name of ['zod', '@types/node']) symlinkSync(path.join(repository, 'node_modules', name), path.join(folder, 'node_modules', name))
  for (const [name, code] of files) writeFileSync(path.join(folder, name), code)
})
examples.after(() => rmSync(folder, { recursive: true, force: true }))

examples('there is one with a test for each hook, for a classifier and for provide', () => {
  const tests = [...files.keys()].filter((name) => name.endsWith('.test.ts'))
  assert.equal(tests, ['state-lock.test.ts', 'workspace-alias.test.ts', 'skip-finished.test.ts', 'license-header.test.ts', 'legal-review.test.ts', 'quota.test.ts', 'slowest.test.ts', 'tally.test.ts'])
  for (const hook of hookNames) assert.ok([...files].some(([name, code]) => !name.endsWith('.test.ts') && code.includes(`api.hooks.${hook}.tap(`)), hook)
  assert.is(page.match(/^```ts$/gm)?.length, files.size)
})

for (const name of files.keys()) {
  if (!name.endsWith('.test.ts')) continue
  examples(`${name} passes`, async () => {
    await run(process.execPath, ['--conditions=autopack-source', name], { cwd: folder })
  })
}

examples('the config of the page loads', async () => {
  const script = "const { default: config } = await import('./autopack.config.ts'); console.log(config.plugins.map((one) => one.name).join())"
  const { stdout } = await run(process.execPath, ['--conditions=autopack-source', '--input-type=module', '-e', script], { cwd: folder })
  assert.is(stdout.trim(), 'skipFinished,scopeStubs')
})

// That they type-check is held by test/e2e/package.test.ts, against what is published.

examples('the table of hooks on the page is the table of the core', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (bail|series): .*? \| .*? \| (.*?) \| (\d+) s \|$/gm)].map(([, name, kind, thrown, seconds]) => ({ name, kind, thrown, seconds: Number(seconds) }))
  const thrown = { 'fails-phase': 'fails the phase', 'next-tap': 'is recorded; the next one answers', recorded: 'is recorded; the others still run' }
  assert.equal(rows, hookNames.map((name) => {
    const { kind, onError, timeoutMs } = hookTable[name]
    return { name, kind: kind === 'series-bail' ? 'bail' : 'series', thrown: thrown[onError], seconds: timeoutMs / 1000 }
  }))
})

examples.run()
