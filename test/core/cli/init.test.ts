import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { detectProject } from '../../../core/cli/init/detect.ts'
import { limitFor } from '../../../core/cli/init/time-check.ts'
import { doctorOutputSchema, initOutputSchema } from '../../../core/model/outputs.ts'
import { isolatedPath, runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('init')

const manifest = (value: object) => JSON.stringify({ name: 'shop', ...value })

test('language, test runner and report by what lies in the folder', async () => {
  const cases: [files: Record<string, string>, expected: [string | undefined, string | undefined, string | undefined]][] = [
    [{}, [undefined, undefined, undefined]],
    [{ 'package.json': manifest({ devDependencies: { vitest: '4' } }) }, ['Node', 'npx vitest run --reporter=junit --outputFile={report}', 'junit']],
    [{ 'package.json': manifest({ devDependencies: { jest: '30', 'jest-junit': '16' } }) }, ['Node', 'npx jest --ci --forceExit --reporters=jest-junit', 'junit']],
    [{ 'package.json': manifest({ devDependencies: { jest: '30' } }) }, ['Node', 'npx jest --ci --forceExit', 'exit-code']],
    [{ 'package.json': manifest({ devDependencies: { mocha: '11' } }) }, ['Node', 'npx mocha --exit --reporter xunit --reporter-option output={report}', 'junit']],
    [{ 'package.json': manifest({ scripts: { test: 'node --test' } }) }, ['Node', 'node --test --test-reporter=junit --test-reporter-destination={report}', 'junit']],
    [{ 'package.json': manifest({ scripts: { test: 'node --import=./x.js --test test/*.js' } }) }, ['Node', 'node --import=./x.js --test --test-reporter=junit --test-reporter-destination={report} test/*.js', 'junit']],
    [{ 'package.json': manifest({ scripts: { test: 'node --test && lint' } }) }, ['Node', 'npm test', 'exit-code']],
    [{ 'package.json': manifest({ scripts: { test: 'echo "Error: no test specified" && exit 1' } }) }, ['Node', undefined, undefined]],
    [{ 'package.json': 'not json' }, ['Node', undefined, undefined]],
    [{ 'package.json': '{ "name": 1, "scripts": { "test": [] }, "devDependencies": { "jest": 30 } }' }, ['Node', undefined, undefined]],
    [{ 'pyproject.toml': '[tool.pytest.ini_options]' }, ['Python', 'python3 -m pytest -q --junitxml={report}', 'junit']],
    [{ 'requirements-dev.txt': 'pytest>=8\n' }, ['Python', 'python3 -m pytest -q --junitxml={report}', 'junit']],
    [{ 'setup.cfg': '[metadata]', 'tests/test_a.py': '' }, ['Python', 'python3 -m unittest discover', 'exit-code']],
    [{ 'setup.py': '' }, ['Python', undefined, undefined]],
    [{ 'go.mod': 'module x' }, ['Go', 'go test ./...', 'exit-code']],
    [{ 'Cargo.toml': '' }, ['Rust', 'cargo test', 'exit-code']],
    [{ 'pom.xml': '' }, ['Java', 'mvn -B -q test', 'junit']],
    [{ Makefile: 'test := x\nall: a\ntest check: all\n\t./run\n', 'a.c': '' }, [undefined, 'make test', 'exit-code']],
    [{ Makefile: 'test := x\nall: a\n' }, [undefined, undefined, undefined]],
    // Autopack itself may be all that a package.json is for.
    [{ 'package.json': manifest({ devDependencies: { autopack: '0.1.0' } }), 'go.mod': 'module x' }, ['Go', 'go test ./...', 'exit-code']],
  ]
  for (const [files, expected] of cases) {
    await using project = await makeProject({ git: false, files })
    const { language, check } = await detectProject(project.dir, {})
    assert.equal([language, check?.run.join(' '), check?.format], expected, Object.keys(files).join(' '))
  }
})

test('the test runner is called as the script of the project calls it', async () => {
  const junit = '--reporter xunit --reporter-option output={report}'
  const cases: [packages: string[], scripts: Record<string, string>, run: string, rest?: object][] = [
    [['mocha'], { test: 'mocha --require test/support/env --reporter spec --check-leaks test/ test/acceptance/' }, `npx mocha --exit ${junit} --require test/support/env --check-leaks test/ test/acceptance/`],
    [['mocha'], { test: 'NODE_ENV=test nyc --reporter=lcov mocha -R dot -w "test/**/*.spec.js"' }, `npx mocha --exit ${junit} test/**/*.spec.js`, { env: { NODE_ENV: 'test' } }],
    [['mocha'], { test: 'npm run lint && npm run unit', unit: "cross-env TZ='UTC' ./node_modules/.bin/mocha unit" }, `npx mocha --exit ${junit} unit`, { env: { TZ: 'UTC' }, hint: 'the script `test` does more: npm run lint. Make a check of what must not get worse' }],
    [['vitest'], { test: 'pnpm lint && vitest run --typecheck --coverage' }, 'npx vitest run --reporter=junit --outputFile={report} --typecheck', { hint: 'the script `test` does more: pnpm lint. Make a check of what must not get worse' }],
    [['vitest'], { test: 'pnpm lint && pnpm vitest run --dir src' }, 'npx vitest run --reporter=junit --outputFile={report} --dir src', { hint: 'the script `test` does more: pnpm lint. Make a check of what must not get worse' }],
    [['jest', 'jest-junit'], { test: 'jest --coverage --reporters default --runInBand' }, 'npx jest --ci --forceExit --reporters=jest-junit --runInBand', { report: 'junit.xml' }],
    // What only a shell can read, and what calls itself, is left to the runner's own defaults.
    [['mocha'], { test: 'mocha $(ls test/*.js)' }, `npx mocha --exit ${junit}`],
    [['mocha'], { test: 'npm run a', a: 'npm run b', b: 'npm run a' }, `npx mocha --exit ${junit}`],
    [['mocha'], { test: 'echo mocha is for later' }, `npx mocha --exit ${junit}`],
    [['mocha'], { test: 'node --test' }, 'node --test --test-reporter=junit --test-reporter-destination={report}'],
  ]
  for (const [packages, scripts, run, { ...rest } = {}] of cases) {
    await using project = await makeProject({ git: false, files: { 'package.json': manifest({ scripts, devDependencies: Object.fromEntries(packages.map((name) => [name, '1'])) }) } })
    const { check } = await detectProject(project.dir, {})
    const { runner: _runner, run: found, format: _format, ...others } = check!
    assert.equal([found.join(' '), others], [run, rest], scripts['test'])
  }
})

test('what a worktree needs: packages without a lock file, the modules of a src layout', async () => {
  const about = async (files: Record<string, string>) => {
    await using project = await makeProject({ git: false, files })
    const { setup, pythonPath } = await detectProject(project.dir, {})
    return [setup && [...setup.run.map((run) => run.join(' ')), ...setup.key].join(' '), pythonPath]
  }
  const mocha = manifest({ devDependencies: { mocha: '11' } })
  assert.equal(await about({ 'package.json': mocha }), ['npm install --no-package-lock package.json', undefined])
  assert.equal(await about({ 'package.json': mocha, 'pnpm-lock.yaml': '' }), ['pnpm install --frozen-lockfile pnpm-lock.yaml', undefined])
  assert.equal(await about({ 'package.json': manifest({ scripts: { test: 'node --test' } }) }), [undefined, undefined])
  assert.equal(await about({ 'pyproject.toml': 'pytest', 'src/shop/__init__.py': '' }), [undefined, 'src'])
  assert.equal(await about({ 'pyproject.toml': 'pytest', 'src/shop.py': '' }), [undefined, 'src'])
  assert.equal(await about({ 'pyproject.toml': 'pytest', 'src/__init__.py': '', 'src/shop.py': '' }), [undefined, undefined], 'src is a package of its own')
  assert.equal(await about({ 'pyproject.toml': 'pytest', 'shop/__init__.py': '', 'src/page.js': '' }), [undefined, undefined])
})

test('of a repository with several packages, the folder of each is made and cached', async () => {
  const packages = { 'packages/a/package.json': '{}', 'packages/b/package.json': '{}', 'packages/old/package.json': '{}', 'packages/notes/a.md': '', 'site/package.json': '{}', 'packages/a/node_modules/x/package.json': '{}' }
  const setupOf = async (files: Record<string, string>) => {
    await using project = await makeProject({ git: false, files: { ...packages, ...files } })
    return (await detectProject(project.dir, {})).setup
  }
  const vitest = { devDependencies: { vitest: '4' } }
  assert.equal(await setupOf({ 'package.json': manifest(vitest), 'pnpm-lock.yaml': '', 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n  - "!packages/old"\n  - site\n' }), {
    run: [['pnpm', 'install', '--frozen-lockfile'], ['mkdir', '-p', 'packages/a/node_modules', 'packages/b/node_modules', 'site/node_modules']],
    cache: ['node_modules', 'packages/a/node_modules', 'packages/b/node_modules', 'site/node_modules'], key: ['pnpm-lock.yaml', 'pnpm-workspace.yaml'],
  })
  assert.equal((await setupOf({ 'package.json': manifest({ ...vitest, workspaces: { packages: ['./packages/{a,b}'] } }) }))?.key, ['package.json', 'packages/a/package.json', 'packages/b/package.json'])
  for (const broken of ['packages: 3', '{', 'packages: [../..]']) assert.equal((await setupOf({ 'package.json': manifest(vitest), 'pnpm-lock.yaml': '', 'pnpm-workspace.yaml': broken }))?.cache, ['node_modules'])
})

test('a src layout is tested as it is in the worktree', async () => {
  await using project = await makeProject({ git: false, files: { 'pyproject.toml': '[tool.pytest.ini_options]\n', 'src/shop/__init__.py': '' } })
  const env = { PATH: await isolatedPath(project) }
  const { exitCode } = await runInside(project, ['init', '--yes', '--no-git'], { env })
  assert.is(exitCode, 0)
  assert.match(await readFile(`${project.dir}/autopack.config.ts`, 'utf8'), /\n {2}env: \{ pass: \['PYTHON\*', 'VIRTUAL_ENV'\], set: \{ PYTHONPATH: 'src' \} \},\n/)
  assert.match(await readFile(`${project.dir}/autopack.config.ts`, 'utf8'), /\n {6}rerun: \['python3', '-m', 'pytest', '-q', '--junitxml=\{report\}', '\{tests\}'\],\n/)
  const shown = await project.cli(['config'], { env })
  assert.equal([shown.exitCode, shown.stderr], [0, ''])
})

test('the limit of a check is four times what it took, in whole minutes', () => {
  assert.equal([0, 14_000, 15_000, 15_001, 600_000].map(limitFor), ['1m', '1m', '1m', '2m', '40m'])
})

test('an empty folder: a repository, a config, a plan, and a run that goes through without any agent', async () => {
  await using project = await makeProject({ git: false })
  const env = { PATH: await isolatedPath(project) }
  const { exitCode, stdout, stderr } = await project.cli(['init'], { env })
  assert.equal([exitCode, stderr], [0, ''])
  assert.is(stdout, [
    'project   project',
    'tests     none found',
    'agents    none found: the config gets a stand-in',
    'wrote     autopack.config.ts',
    'wrote     runs/first.yaml',
    'git       made a repository with a first commit',
    '',
    'next',
    '  autopack doctor          see what stands in the way, if anything',
    '  autopack run             do the first plan with the stand-in',
    '  edit autopack.config.ts  put your agent in its place',
    '',
  ].join('\n'))
  const run = await project.cli(['run'], { env })
  assert.equal([run.exitCode, run.stderr], [0, ''], run.stdout)
  assert.match(run.stdout, /\n1 complete in /)
  assert.match(await project.git('show', 'autopack/project/first:docs/autopack.md'), /Write docs\/autopack\.md/)
  assert.is(await project.git('status', '--porcelain'), '')
})

test('nothing is overwritten, and what is there is named', async () => {
  await using project = await makeProject({ files: { 'autopack.config.mjs': 'export default { project: "mine" }\n', 'runs/own.yaml': 'id: own\nphases: [{ id: a, goal: b }]\n' } })
  const before = await project.git('rev-parse', 'HEAD')
  const { exitCode, stdout } = await runInside(project, ['init'])
  assert.is(exitCode, 0)
  assert.match(stdout, /\nkept {6}autopack\.config\.mjs is there and was left as it is\nkept {6}runs is there and was left as it is\ngit {7}the repository that is there\n/)
  assert.is(await project.git('status', '--porcelain'), '')
  assert.is(await project.git('rev-parse', 'HEAD'), before)
})

test('worktrees of a project that refuses hidden files lie beside it, unless they are not hidden by themselves', async () => {
  await using project = await makeProject({ files: { 'package.json': manifest({ dependencies: { express: '5' }, devDependencies: { mocha: '11' } }) } })
  const config = async (env: Record<string, string>) => {
    await runInside(project, ['init'], { env })
    const text = await readFile(project.path('autopack.config.ts'), 'utf8')
    await rm(project.path('autopack.config.ts'))
    return text
  }
  assert.match(await config({ XDG_CACHE_HOME: project.path('.cache') }), /  \/\/ They lie beside the project: express answers 404 .*\n  workspace: \{ setup: .*, key: \['package\.json'\], dir: '\.\.\/shop-worktrees' \},\n/)
  assert.not.match(await config({ XDG_CACHE_HOME: '/var/cache/dev' }), /beside the project|dir:/)
})

test('what the user has to mend before a first run is told: packages outside of the repository, node_modules that git would take, a folder that is not committed', async () => {
  await using project = await makeProject({
    files: {
      '.gitignore': '*.log\n', 'package.json': manifest({ dependencies: { near: 'file:./near', shared: 'link:../shared', far: 'file:/opt/far' }, devDependencies: { autopack: 'file:../autopack-0.1.0.tgz', mocha: '11' } }),
    },
  })
  await project.write({ 'node_modules/x/index.js': '' })
  const { stdout } = await runInside(project, ['init'])
  assert.match(stdout, `
git       the repository that is there
look      node_modules/ is not ignored by git: add it to .gitignore, or it is committed with the rest
look      package.json takes shared from link:../shared, autopack from file:../autopack-0.1.0.tgz, outside of the repository: a worktree finds nothing there, and its setup fails
look      mend it: npm uninstall autopack && npm install --no-save ../autopack-0.1.0.tgz; name shared by a registry, a git URL or an absolute path, or move what they name into the repository, and commit package.json with its lock file
`)
  const findings = async () => {
    const { findings: all } = doctorOutputSchema.parse(JSON.parse((await runInside(project, ['doctor', '--json'])).stdout))
    return all.filter(({ name }) => name === 'packages').map(({ status, message }) => [status, message.slice(0, 26)])
  }
  assert.equal(await findings(), [['warn', 'package.json takes shared ']])
  await project.write({ '.gitignore': 'node_modules\n', 'package.json': manifest({ devDependencies: { mocha: '11' } }) })
  assert.not.match((await runInside(project, ['init'])).stdout, /\nlook/)
  await project.write({ 'web/package.json': '{}\n' })
  const missing = async () => /\nlook {6}(.*) committed: a worktree holds what is, so commit before the first run\n/.exec((await runInside(project, ['-C', 'web', 'init'])).stdout)?.[1]
  assert.is(await missing(), 'nothing of this folder is')
  await project.git('add', 'web/runs')
  await project.git('commit', '--quiet', '--message', 'part')
  assert.is(await missing(), 'package.json is not')
  await project.commit('all')
  assert.is(await missing(), undefined)
  assert.equal(await findings(), [])
})

test('an agent that is installed builds; the others are a comment', async () => {
  await using project = await makeProject({ git: false, files: { 'package.json': manifest({ devDependencies: { vitest: '4' } }), 'package-lock.json': '{}', 'node_modules/x/index.js': '' } })
  const PATH = await isolatedPath(project, { codex: 'echo codex 0.169.0', claude: 'echo 2.1.330' })
  const { exitCode, stdout } = await runInside(project, ['init', '--json'], { env: { PATH } })
  assert.is(exitCode, 0)
  const output = initOutputSchema.parse(JSON.parse(stdout))
  assert.equal(output.detected, { language: 'Node', runner: 'vitest', agents: ['claude', 'codex'] })
  assert.is(output.repository, 'made')
  const config = await project.read('autopack.config.ts')
  assert.ok(config.includes("\nimport { claude } from 'autopack/builders'\n") && config.includes('\n  builder: claude(),\n'), config)
  assert.match(config, /\n {2}\/\/ builder: 'codex',\n/)
  assert.match(config, /\n {2}workspace: \{ setup: \[\['npm', 'ci'\]\], cache: \['node_modules'\], key: \['package-lock\.json'\] \},\n/)
  assert.match(config, /\n {2}env: \{ pass: \['NODE_\*'\] \},\n/)
  // Dependencies are not committed; what the project wants to ignore is written down once, here.
  assert.is(await project.read('.gitignore'), 'node_modules/\n')
  assert.is((await project.git('ls-files')).split('\n').join(' '), '.gitignore autopack.config.ts package-lock.json package.json runs/first.yaml')
  const shown = await project.cli(['run', '--dry-run'], { env: { PATH } })
  assert.equal([shown.exitCode, shown.stderr], [0, ''], 'what was written is valid, and Node has nothing to warn of')
})

test('--time-check runs the check once and sets its limit', async () => {
  await using project = await makeProject({ git: false, files: { 'package.json': manifest({ scripts: { test: 'node --test' } }), 'a.test.js': "require('node:fs').appendFileSync('ran.txt', 'x')\n" } })
  const { exitCode, stdout } = await runInside(project, ['init', '--time-check', '--no-git'])
  assert.is(exitCode, 0)
  assert.match(stdout, /\ntimed {5}\S+: the limit is 1m\n/)
  assert.is(await project.read('ran.txt'), 'x')
  assert.match(await project.read('autopack.config.ts'), /timeout: '1m'/)
  assert.match(stdout, /\ngit {7}no repository: a run needs one with a commit\n/)
})

test('on a terminal it asks before the tests run and before a repository is made', async () => {
  await using project = await makeProject({ git: false, files: { 'package.json': manifest({ scripts: { test: 'node --test' } }) } })
  const { asked, stdout } = await runInside(project, ['init', '--no-color'], { answers: ['', 'n'], tty: true })
  assert.equal(asked, [
    'Run the tests once to set their limit (node --test --test-reporter=junit \'--test-reporter-destination={report}\')? [y/N] ',
    'There is no git repository here. Make one, with a first commit of everything? [Y/n] ',
  ])
  assert.match(stdout, /no repository/)
  assert.not.ok((await readdir(project.dir)).includes('.git'))
  assert.match(await readFile(project.path('autopack.config.ts'), 'utf8'), /timeout: '10m'/)
})

test('a place that cannot be written is said', async () => {
  await using project = await makeProject({ git: false })
  await writeFile(project.path('runs'), 'a file')
  const { exitCode, stderr } = await runInside(project, ['init', '--no-git'])
  assert.is(exitCode, 2)
  assert.match(stderr, /^error\[init-failed\]: runs\/first\.yaml cannot be written: E\w+: .*\n {2}fix: mend this and run `autopack init` again; it never overwrites what is there\n$/)
})

test.run()
