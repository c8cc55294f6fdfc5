/**
 * What a builder can do with permissions, to a user who has not all of them: a folder that may not be looked into, or not be written to. Root is kept from
 * nothing, so there the tests run as somebody else, in a process of their own.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeFolder } from '../../../core/workspace/index.ts'
import { codesOf, wholeProject, withSandbox } from './support.ts'

const test = suite('workspace: permissions')
const nobody = 65_534
const isRoot = process.getuid?.() === 0

const builds: Record<string, string[]> = {
  'chmod 000 src': ['unreadable'],
  'chmod 000 src/a.ts': ['unreadable'],
  'mkdir x; echo 1 > x/y; chmod 000 x': ['unreadable'],
  'chmod 000 .': [],
  'chmod 500 src; echo 2 > src/a.ts': [],
  'echo n > src/new; chmod 500 src': [],
  'rm src/*; chmod 500 src': [],
  'mkdir -p y/z; echo 1 > y/z/f; chmod 500 y/z y': [],
  'mkdir -p dist; echo 1 > dist/f; chmod 500 dist': [],
  'chmod 000 made': [],
}
const setup = { setup: [['sh', '-c', 'mkdir -p made; echo 1 > made/x; chmod 500 made']], cache: ['made'], key: ['README.md'] }

if (isRoot) {
  test('as a user who has not all of them', () => {
    const self = fileURLToPath(import.meta.url)
    const { status, stdout, stderr, error } = spawnSync(process.execPath, [self], { uid: nobody, gid: nobody, env: { ...process.env, HOME: tmpdir(), NODE_V8_COVERAGE: undefined, NODE_COMPILE_CACHE: undefined }, encoding: 'utf8' })
    const unreachable = error !== undefined || /EACCES: permission denied, (?:open|stat|scandir) '.*\/(?:test|core|node_modules)\//.test(stderr)
    if (unreachable) return console.log('skipped: another user cannot read this folder')
    assert.is(status, 0, `${stdout}${stderr}`)
    assert.match(stdout, /Passed:\s+\d/)
  })
} else {
  for (const sparse of [undefined, { within: ['src/'], also: [] }]) {
    test(`guard and rollback${sparse ? ', sparse' : ''}`, withSandbox({ 'README.md': 'hello\n', '.gitignore': 'made\ndist\n', 'src/a.ts': '1\n', 'src/b.ts': '2\n', 'lib/x': 'x\n' }, async (sandbox) => {
      const repository = await sandbox.open()
      const workspace = await sandbox.acquire(repository, { ...(sparse && { sparse }), setup: { ...setup, dir: (key) => path.join(sandbox.dir, 'setup', key) } })
      for (const [build, codes] of Object.entries(builds)) {
        await workspace.beforeBuild()
        sandbox.build(workspace, build)
        assert.equal(codesOf(await workspace.guard(wholeProject)), codes, build)
        await workspace.rollback()
        assert.is(sandbox.git(['status', '--porcelain', '--ignored'], { cwd: workspace.path }).trim(), '!! made/', build)
        assert.ok(existsSync(path.join(workspace.path, 'made/x')), build)
      }
    }))
  }

  test('a folder of ours goes, whatever may not be written to in it', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'autopack-permissions-'))
    try {
      mkdirSync(path.join(folder, 'a/b'), { recursive: true })
      writeFileSync(path.join(folder, 'a/b/c'), '')
      for (const one of ['a/b', 'a']) chmodSync(path.join(folder, one), 0o500)
      await removeFolder(folder)
      assert.not(existsSync(folder))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

test.run()
