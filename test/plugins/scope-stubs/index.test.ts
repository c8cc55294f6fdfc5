import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runHook } from '../../../core/testing/index.ts'
import { defaultPlugins, scopeStubs } from '../../../plugins/index.ts'

const plugin = suite('scopeStubs')

plugin('is on by default', () => {
  assert.ok(defaultPlugins.some((one) => one.name === 'scopeStubs'))
})

plugin('declares a stub for each lock file and package marker of scope and deliverables that the base lacks', async () => {
  const { said } = await runHook(scopeStubs(), 'beforePhase', {
    phase: {
      scope: { paths: ['web/package-lock.json', './pkg/__init__.py', 'there/package-lock.json', 'web/package.json', 'src/main.ts', 'src/', '**/package-lock.json'], readOnly: ['ro/package-lock.json'] },
      deliverables: { code: ['web/package-lock.json', 'lib/__init__.py'], docs: ['README.md'] },
    },
    exists: (relative) => relative === 'there/package-lock.json',
  })
  assert.equal(said.stubs, [
    { path: 'web/package-lock.json', kind: 'package-lock.json' },
    { path: './pkg/__init__.py', kind: '__init__.py' },
    { path: 'lib/__init__.py', kind: '__init__.py' },
  ])
})

plugin('looks for the file where the resolver finds it', async () => {
  const { said } = await runHook(scopeStubs(), 'beforePhase', {
    phase: { deliverables: ['frontend/package-lock.json'] },
    resolve: async (raw) => ({ relative: `fileorganizer/${raw}` }),
    exists: (relative) => relative === 'fileorganizer/frontend/package-lock.json',
  })
  assert.equal(said.stubs, [])
})

plugin('asks for nothing where the plan names no such file', async () => {
  assert.equal((await runHook(scopeStubs(), 'beforePhase', { phase: { scope: { paths: ['src/a.ts'], readOnly: [] } } })).said.stubs, [])
})

plugin('npm takes the lock file as it is, and fills it in', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'autopack-lock-'))
  try {
    const { provided } = await runHook(scopeStubs(), 'beforePhase')
    const kind = provided.stubKinds.find((one) => one.matches('web/package-lock.json'))!
    await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'web', version: '1.2.3' }))
    await writeFile(path.join(folder, 'package-lock.json'), kind.content('web/package-lock.json'))
    const npm = (...args: string[]) => promisify(execFile)('npm', [...args, '--offline', '--no-audit', '--no-fund', `--cache=${folder}/cache`], { cwd: folder })
    await npm('ci')
    await npm('install')
    const lock = JSON.parse(await readFile(path.join(folder, 'package-lock.json'), 'utf8')) as { name: string; lockfileVersion: number }
    assert.equal([lock.name, lock.lockfileVersion], ['web', 3])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

plugin('a package marker is an empty file', async () => {
  const { provided } = await runHook(scopeStubs(), 'beforePhase')
  assert.is(provided.stubKinds.find((one) => one.matches('pkg/__init__.py'))?.content('pkg/__init__.py'), '')
})

plugin.run()
