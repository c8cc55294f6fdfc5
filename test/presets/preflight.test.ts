import { execFileSync, spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PresetInstance } from '../../core/index.ts'
import { node, python } from '../../presets/index.ts'
import { withFolder } from '../support/config-folder.ts'
import { makeProject } from '../support/project.ts'
import { prepare, runHere, told } from '../support/run-project.ts'
import type { RunResult } from '../support/run-project.ts'

const test = suite('a syntax error in a module that everything imports')

/** Why this machine cannot show it for Python; undefined where it can. */
const unable = ((): string | undefined => {
  try {
    execFileSync('python3', ['-m', 'pytest', '--version'], { stdio: 'pipe' })
    return undefined
  } catch {
    return 'python3 has no pytest here'
  }
})()

const phases = Object.fromEntries(['one', 'two', 'three'].map((id) => [id, { build: 'echo x >> "$OUTSIDE/calls"; echo x > notes.txt', scope: { paths: ['notes.txt'] } }]))

/** Runs a project on a broken base with a preset. */
async function broken(files: Record<string, string>, preset: string): Promise<{ run: RunResult; calls: string; commit: string }> {
  await using project = await makeProject({ files })
  const imports = `import { ${preset.slice(0, preset.indexOf('('))} } from 'autopack/presets'`
  await prepare(project, { phases, imports, config: `presets: [${preset}], env: { set: { OUTSIDE: outside }, pass: ['PYENV*'] },` })
  const commit = await project.commit('break everything')
  const run = await runHere(project)
  return { run, calls: await told(project, 'calls'), commit }
}

function stoppedBefore({ run, calls, commit }: Awaited<ReturnType<typeof broken>>, place: RegExp): void {
  assert.equal([run.exitCode, run.report?.stop.reason, calls], [4, 'preflight_failed', ''], run.stdout)
  const { detail } = run.report!.stop
  assert.ok(detail.includes(commit.slice(0, 12)), detail)
  assert.match(detail, place)
  assert.equal(run.report!.phases, [])
}

const pythonFiles = { 'shop/__init__.py': '', 'shop/core.py': 'def price():\n    return (1\n', 'shop/api.py': 'from shop.core import price\n', 'tests/fixtures/broken.py': 'print "two"\n' }

test('costs no builder call in a Python project, and the report says which commit, file and line', async () => {
  if (unable !== undefined) return console.log(`skip because ${unable}`)
  stoppedBefore(await broken(pythonFiles, 'python()'), /shop\/core\.py:2\b/)
})

test('nor in a Node project that names its entry', async () => {
  const files = { 'package.json': '{"type":"module"}', 'src/index.js': "export { price } from './core.js'\n", 'src/core.js': 'export function price() {\n  return (1\n}\n' }
  stoppedBefore(await broken(files, "node({ test: false, install: false, imports: ['src/index.js'] })"), /src\/core\.js:3\b/)
})

const recipes = suite('preflight recipes')

/** How each command of a preset's preflight ends in a folder, by itself. */
function endsOf(preset: PresetInstance, files: Record<string, string>, from = 0): Promise<number[]> {
  return withFolder(files, async (folder) =>
    (preset.config.preflight ?? []).slice(from).map((command) => {
      const [program, ...args] = command as string[]
      return spawnSync(program!, args, { cwd: folder, stdio: 'pipe', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } }).status ?? -1
    }))
}

recipes('of Python: each passes on a healthy project, and fails where it should', async () => {
  if (unable !== undefined) return console.log(`skip because ${unable}`)
  const healthy = { ...pythonFiles, 'shop/core.py': 'def price():\n    return 1\n', 'tests/test_api.py': 'from shop.api import price\n\n\ndef test_price():\n    assert price() == 1\n' }
  const all = python({ imports: ['shop', 'shop.api'], collect: true })
  assert.equal(await endsOf(all, healthy), [0, 0, 0])
  // It compiles, and cannot be imported.
  assert.equal((await endsOf(all, { ...healthy, 'shop/core.py': 'import nowhere_to_be_found\n' }, 1)).map((code) => code !== 0), [true, true])
})

recipes('of Node: each passes on a healthy project, and fails where it should; what serves does not keep it waiting', async () => {
  const healthy = {
    'package.json': '{"name":"shop","type":"module","exports":"./src/index.js"}', 'src/core.js': 'export const price = () => 1\n',
    'src/index.js': "import { createServer } from 'node:http'\nexport { price } from './core.js'\ncreateServer().listen(0, '127.0.0.1')\n",
  }
  const all = node({ syntax: ['src/core.js', 'src/index.js'], imports: ['src/index.js', 'shop'] })
  assert.equal(await endsOf(all, healthy), [0, 0, 0, 0])
  assert.equal((await endsOf(all, { ...healthy, 'src/core.js': 'export const price = () => (\n' })).map((code) => code !== 0), [true, false, true, true])
})

test.run()
recipes.run()
