/** `workspace.sparse`: each phase has on disk what it needs, and is judged as if everything were there. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { absentIn } from '../../core/pipeline/absent-files.ts'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'
import { prepare, runHere, told } from '../support/run-project.ts'

const test = suite('sparse worktrees')

const files = {
  'package.json': '{"type":"module"}\n', 'packages/a/package.json': '{"name":"a"}\n', 'packages/a/src/index.js': 'export const a = 1\n',
  'packages/b/package.json': '{"name":"b"}\n', 'packages/b/src/index.js': 'export const b = 1\n', 'shared/util.js': 'export const one = 1\n', 'tools/check.js': "import '../shared/util.js'\n", 'docs/big.md': 'big\n',
}
const onDisk = (name: string) => `find . -name .git -prune -o -type f -print | grep -v -e autopack.config -e '^./runs' | LC_ALL=C sort > $OUTSIDE/${name}`

test('two phases with different scopes, in one worktree', async () => {
  await using project = await makeProject({ files })
  await prepare(project, {
    phases: {
      first: { build: `${onDisk('disk-first')}; git status --porcelain > $OUTSIDE/status; echo 'export const a = 2' > packages/a/src/index.js`, scope: { paths: ['packages/a/src/'] } },
      // A plugin has its say on what a path means, and a builder that writes where nothing lies is found out.
      second: { build: `${onDisk('disk-second')}; mkdir -p packages/a/src; echo broken > packages/a/src/index.js; echo 1 > packages/b/src/index.js`, scope: { paths: ['packages/b/src/'], readOnly: ['alias:docs'] } },
    },
    imports: `import { definePlugin } from 'autopack'
const alias = definePlugin({ name: 'alias', apiVersion: 1, apply(api) { api.hooks.resolvePath.tap(({ raw }) => (raw === 'alias:docs' ? { relative: 'docs/big.md' } : undefined)) } })`,
    config: "plugins: [alias()], workspace: { sparse: { also: ['tools/', 'shared/*.js'] } }, checks: [{ name: 'tools', run: ['node', 'tools/check.js'] }],",
  })
  await project.commit('prepare')
  const run = await runHere(project)
  assert.equal(run.outcomes, { first: 'complete', second: 'scope_violation' }, run.stdout + run.stderr)
  const disk = async (name: string) => (await told(project, name)).trim().split('\n').map((file) => file.slice(2))
  assert.equal(await disk('disk-first'), ['package.json', 'packages/a/package.json', 'packages/a/src/index.js', 'shared/util.js', 'tools/check.js'])
  assert.equal(await disk('disk-second'), ['docs/big.md', 'package.json', 'packages/b/package.json', 'packages/b/src/index.js', 'shared/util.js', 'tools/check.js'])
  assert.is(await told(project, 'status'), '')
  assert.match(run.phase('second').classification!.title, 'packages/a/src/index.js')
  assert.is(await project.git('diff', '--name-status', 'main', 'autopack/p/r'), 'M\tpackages/a/src/index.js', 'the rest of the tree is in the commit')
  const landed = await runInside(project, ['land', 'r', '--partial', '--update-checkout', '--json'])
  assert.equal((JSON.parse(landed.stdout) as { checks: { name: string }[] }).checks.map((check) => check.name), ['tools'], `the whole was not judged before: ${landed.stdout}${landed.stderr}`)
  const baselines = run.events.filter((event) => event.type === 'stage-started' && event.detail === 'tools (baseline)')
  assert.is(new Set(baselines.map((event) => 'phase' in event && event.phase)).size, 2, 'what a check says of one part is no baseline for another')
})

test('a check that misses what is left out says so before the builder is called', async () => {
  await using project = await makeProject({ files })
  await prepare(project, {
    phases: { first: { build: 'echo called > $OUTSIDE/called', scope: { paths: ['packages/a/src/'] } } },
    config: "workspace: { sparse: { also: ['tools/'] } }, checks: [{ name: 'tools', run: ['node', 'tools/check.js'] }],",
  })
  await project.commit('prepare')
  const run = await runHere(project)
  const { classification } = run.phase('first')
  assert.is(classification!.class, 'config_error')
  assert.is(classification!.title, 'check tools fails on the base for want of shared/util.js, which workspace.sparse leaves out of this worktree')
  assert.match(run.stdout, 'name it in workspace.sparse.also of the config, or in scope.readOnly of the phase')
  assert.is(await told(project, 'called'), '')
})

test('what the work has come to need is put on disk', async () => {
  await using project = await makeProject({ files: { ...files, 'shared/util.js': "export { two as one } from './more.js'\n", 'shared/more.js': 'export const two = 2\n' } })
  await prepare(project, {
    phases: { first: { build: `echo "import { one } from '../../../shared/util.js'; if (one !== 2) process.exit(3)" > packages/a/src/index.js`, scope: { paths: ['packages/a/src/'] } } },
    config: "workspace: { sparse: true }, checks: [{ name: 'runs', run: ['node', 'packages/a/src/index.js'] }],",
  })
  await project.commit('prepare')
  const run = await runHere(project)
  assert.equal(run.outcomes, { first: 'complete' }, run.stdout + run.stderr)
  assert.equal(run.phase('first').warnings.map((warning) => /misses (\S+) in the sparse worktree/.exec(warning)?.[1]), ['shared/util.js', 'shared/more.js'])
})

test('what an output misses, as tools word it', () => {
  const tree = ['shared/util.py', 'shared/deep/x.ts', 'app/tools/check.mjs', 'app/shared/y.ts', 'data']
  const absent = (paths: readonly string[]) => paths.filter((path) => tree.includes(path))
  const roots = { repositoryRoot: '/w', projectRoot: '/w/app' }
  for (const [output, expected] of [
    ["Error: Cannot find module '/w/app/tools/check.mjs'\n    at Module._resolve", ['app/tools/check.mjs']],
    ["Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'file:///w/shared/deep/x.ts' imported from /w/app/y.ts", ['shared/deep/x.ts']],
    ["src/main.ts(3,21): error TS2307: Cannot find module '../shared/y.js' or its corresponding type declarations.", ['app/shared/y.ts']],
    ["ModuleNotFoundError: No module named 'shared.util'", ['shared/util.py']],
    ['cat: ../data: No such file or directory', ['data']],
    ["python3: can't open file '/w/app/tools/check.mjs': [Errno 2] No such file or directory", ['app/tools/check.mjs']],
    ['tools/check.mjs is fine, data too', []],
    ['cannot find package left-pad', []],
  ] as const) assert.equal(absentIn(output, absent, roots), expected, output)
  // A row of dots was once tried from each of them: these would take minutes.
  assert.equal(absentIn(`not found: ${'.'.repeat(300_000)}x${'/'.repeat(300_000)}x ../data...`, absent, roots), ['data'])
})

test.run()
