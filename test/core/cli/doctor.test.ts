import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { doctorOutputSchema } from '../../../core/model/outputs.ts'
import type { DoctorOutput } from '../../../core/model/outputs.ts'
import { isolatedPath, projectFiles, runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import type { TestProject } from '../../support/project.ts'

const test = suite('doctor')
const files = projectFiles({ builder: 'true', plan: 'id: demo\nphases: [{ id: a, goal: b }]\n' })

async function examine(project: TestProject, env: Record<string, string | undefined> = {}): Promise<{ exitCode: number; output: DoctorOutput; of: (name: string) => DoctorOutput['findings'][number] }> {
  const { exitCode, stdout, stderr } = await runInside({ ...project, env: { ...project.env, ...env } }, ['doctor', '--json'])
  assert.is(stderr, '')
  const output = doctorOutputSchema.parse(JSON.parse(stdout))
  assert.is(exitCode, output.ok ? 0 : 4)
  const of = (name: string) => output.findings.find((finding) => finding.name === name) ?? assert.unreachable(`no finding ${name}`)
  return { exitCode, output, of: of as (name: string) => DoctorOutput['findings'][number] }
}

test('a sound project: every line, nothing written', async () => {
  await using project = await makeProject({ files })
  const PATH = await isolatedPath(project, { claude: 'echo "2.1.9 (Claude Code)"' })
  const { output, of } = await examine(project, { PATH, SECRET_TOKEN: 'x' })
  assert.ok(output.ok)
  assert.equal(output.findings.map((finding) => finding.name), ['node', 'git', 'agents', 'config', 'repository', 'plans', 'plugins', 'builder', 'runs dir', 'worktrees', 'store', 'stop', 'environment', 'disk'])
  assert.is(of('agents').message, 'claude 2.1.9')
  assert.is(of('plans').message, '1 plan, 1 phase')
  assert.match(of('environment').message, /^withheld from builders and checks \(pass by name in `env\.pass`\): .*\bSECRET_TOKEN\b/)
  assert.not.match(of('environment').message, /PWD|SHLVL/)
  const byNpx = await examine(project, { PATH, SECRET_TOKEN: 'x', npm_execpath: '/npm', npm_package_name: 'shop', npm_config_cache: '/cache', npm_config_registry: 'https://example.invalid', NODE: '/node' })
  assert.match(byNpx.of('environment').message, /: (?!.*(?:\bNODE\b|npm_(?!config_registry))).*\bSECRET_TOKEN\b.*\bnpm_config_registry\b/)
  assert.is(of('store').message, 'none yet, made by the first run')
  assert.match(of('disk').message, /^runs dir 0 B, worktrees 0 B, .* free$/)
  assert.is(await project.git('status', '--porcelain', '--ignored'), '')
})

test('without a config the machine is examined all the same', async () => {
  await using project = await makeProject({ git: false })
  const { exitCode, output, of } = await examine(project)
  assert.is(exitCode, 4)
  assert.equal(output.findings.map((finding) => finding.name), ['node', 'git', 'agents', 'config'])
  assert.is(of('config').status, 'fail')
  assert.match(of('config').fix ?? '', /^run `autopack init` to make one/)
})

test('what stands in the way fails, with its fix', async () => {
  await using project = await makeProject({
    git: false,
    files: {
      ...projectFiles({ builder: 'true', plan: 'id: demo\nphases: [{ id: a, goal: b, needs: [c] }]\n', config: "workspace: { dir: 'trees' }, plugins: [{ type: 'plugin', name: 'broken', apiVersion: 1, apply() { throw new Error('no luck') } }]," }),
      'runs-dir': 'a file',
    },
  })
  await project.git('init', '--quiet')
  const PATH = await isolatedPath(project)
  const { of } = await examine(project, { PATH, AUTONOMOUS_RUNS_DIR: 'runs-dir' })
  assert.equal([of('agents').status, of('agents').message], ['warn', 'no coding agent found on the PATH'])
  assert.equal([of('repository').status, of('repository').message], ['fail', `the repository ${project.dir} has no commit yet`])
  assert.is(of('plans').status, 'fail')
  assert.match(of('plans').message, /needs.*"c".*\(runs\/demo\.yaml:2:\d+\)$/)
  assert.equal([of('plugins').status, /broken.*no luck/.test(of('plugins').message)], ['fail', true])
  assert.equal([of('runs dir').status, of('runs dir').message], ['fail', `${project.path('runs-dir')} is a file`])
  assert.match(of('runs dir').fix ?? '', /AUTONOMOUS_RUNS_DIR/)
})

test('submodules that nothing fills, and files of Git LFS where git has no filter or no git-lfs', async () => {
  await using project = await makeProject({ files: { ...projectFiles({ builder: 'true', plan: 'id: demo\nphases: [{ id: a, goal: b }]\n', config: "workspace: { cache: ['./vendor/filled/'] }," }), '.gitattributes': '*.bin filter=lfs\n', 'big.bin': 'version https://git-lfs.github.com/spec/v1\n' } })
  for (const folder of ['vendor/lib', 'vendor/filled']) await project.git('update-index', '--add', '--cacheinfo', `160000,${await project.git('rev-parse', 'HEAD')},${folder}`)
  const PATH = await isolatedPath(project)
  const told = async () => (await examine(project, { PATH })).output.findings.filter(({ name }) => ['submodules', 'lfs'].includes(name))
  const [submodules, large] = await told()
  assert.equal([submodules?.status, submodules?.message], ['warn', 'empty in worktrees, where nothing fills them: vendor/lib'])
  assert.match(submodules?.fix ?? '', "workspace: { setup: [['git', 'submodule', 'update', '--init']], cache: ['vendor/lib'], key: ['.gitmodules'] }")
  assert.equal([large?.status, large?.message], ['warn', '1 file of Git LFS (big.bin): git has no filter for them here, and builders and checks find pointers in their place'])
  await project.git('config', 'filter.lfs.process', 'git-lfs filter-process')
  assert.equal((await told()).map(({ name, status }) => [name, status]), [['submodules', 'warn'], ['lfs', 'fail']])
})

test('what sparse worktrees hold of the repository, and what of `also` is in vain', async () => {
  for (const [also, status, message] of [
    ["'tools/', 'toools/'", 'warn', 'workspace.sparse.also names what the repository does not have: toools/'],
    ["'tools/*.js'", 'ok', 'each worktree holds 2 of 5 files, and what its phase names'],
  ] as const) {
    const config = `workspace: { sparse: { also: [${also}] } },`
    await using project = await makeProject({ files: { ...projectFiles({ builder: 'true', plan: 'id: demo\nphases: [{ id: a, goal: b }]\n', config }), 'tools/a.js': '', 'tools/deep/b.js': '', 'docs/c.md': '' } })
    const { of } = await examine(project)
    assert.equal([of('sparse').status, of('sparse').message], [status, message])
  }
})

test('worktrees inside the checkout fail, and where nothing can be made', async () => {
  await using project = await makeProject({ files: projectFiles({ builder: 'true', plan: 'id: demo\nphases: [{ id: a, goal: b }]\n', config: "workspace: { dir: 'trees' }," }) })
  const { of } = await examine(project)
  assert.is(of('worktrees').status, 'fail')
  assert.match(of('worktrees').message, /lies inside the checkout/)
  assert.is(of('worktrees').fix, 'set `workspace.dir` in the config to a folder outside the repository')
  await project.write({ trees: 'a file' })
  const { of: later } = await examine(project)
  assert.equal([later('worktrees').status, later('worktrees').message], ['fail', `${project.path('trees')} is a file`])
})

test('an old git is too old, a missing one is missing', async () => {
  await using project = await makeProject({ git: false })
  const bin = join(project.base, 'empty')
  await mkdir(bin)
  const missing = (await examine(project, { PATH: bin })).of('git')
  assert.equal([missing.status, missing.message, missing.fix], ['fail', 'not found on the PATH', 'install git 2.30 or newer'])
  const old = (await examine(project, { PATH: await isolatedPath(project, { git: 'echo git version 2.29.3' }) })).of('git')
  assert.equal([old.status, old.message, old.fix], ['fail', '2.29.3 is too old', 'install git 2.30 or newer'])
})

test('as text: aligned, the fix below its line', async () => {
  await using project = await makeProject({ git: false })
  const PATH = await isolatedPath(project)
  const { stdout } = await runInside({ ...project, env: { ...project.env, PATH } }, ['doctor'])
  const lines = stdout.split('\n')
  assert.match(lines[0]!, /^ok {4}node {4}\d/)
  assert.is(lines[2], 'warn  agents  no coding agent found on the PATH')
  assert.is(lines[3], '              fix: install one (claude, codex, opencode, gemini, aider), or use the builder `command`')
  assert.is(lines.at(-2), '1 to mend before a run')
})

test.run()
