import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packageNames } from '../../../core/cli/init/package-name.ts'
import { initOutputSchema } from '../../../core/model/outputs.ts'
import { readable } from '../../support/bad-input.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject, repositoryRoot } from '../../support/project.ts'

const test = suite('init --plugin and --preset')
const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string; dependencies: Record<string, string>; devDependencies: Record<string, string> }

/** Path → text of every file below a folder. */
const filesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(globSync('**/*', { cwd: folder, withFileTypes: true }).concat(globSync('.gitignore', { cwd: folder, withFileTypes: true })).filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)).sort().map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]))

for (const kind of ['plugin', 'preset'] as const) {
  test(`the template of a ${kind} is what the command writes, and asks for what this Autopack is made with`, async () => {
    await using project = await makeProject({ git: false })
    const { exitCode, stdout, stderr } = await runInside(project, ['init', `--${kind}`, `@example/${kind}-template`])
    assert.equal([exitCode, stderr], [0, ''])
    const { gitignore, 'package.template.json': packageJson, ...template } = filesIn(join(repositoryRoot, `docs/examples/${kind}-template`))
    const written = filesIn(project.path(`${kind}-template`))
    assert.equal(written, { ...template, '.gitignore': gitignore!, 'package.json': packageJson! })
    assert.is(stdout, [
      `${kind}    ${kind}Template, in the package @example/${kind}-template`,
      ...Object.keys(written).map((file) => `wrote     ${kind}-template/${file}`),
      '',
      'next',
      `  cd ${kind}-template && npm install  get what it is built and tested with`,
      '  npm test                           what it does is in src/index.ts, its test in test/index.test.ts',
      '  npm pack                           make the tarball that a project installs',
      '',
    ].join('\n'))
    const { dependencies = {}, devDependencies, peerDependencies } = JSON.parse(packageJson!) as Record<string, Record<string, string>>
    assert.equal(peerDependencies, { autopack: `^${manifest.version}` })
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) assert.is(range, name === 'autopack' ? `^${manifest.version}` : (manifest.dependencies[name] ?? manifest.devDependencies[name]), name)
  })
}

test('what is written passes its own test', async () => {
  await using project = await makeProject({ git: false })
  await mkdir(project.path('node_modules'))
  await symlink(repositoryRoot, project.path('node_modules/autopack'))
  await symlink(join(repositoryRoot, 'node_modules/zod'), project.path('node_modules/zod'))
  const { stdout } = await runInside(project, ['init', '--preset', '@acme/short-drains', '--json'])
  const { package: made, written } = initOutputSchema.parse(JSON.parse(stdout))
  assert.equal([made?.export, made?.name, written.length], ['shortDrains', '@acme/short-drains', 7])
  // It is type-checked with everything else here; a plugin is tested, built, packed and installed in test/e2e/package.test.ts.
  const printed = execFileSync(process.execPath, ['--conditions=autopack-source', '--test', '--test-reporter=tap'], { cwd: made!.dir, env: project.env as NodeJS.ProcessEnv, encoding: 'utf8' })
  assert.match(printed, /^# pass 1$/m)
})

test('a name that the code cannot have gets the kind in front', async () => {
  await using project = await makeProject({ git: false })
  await runInside(project, ['init', '--plugin', '@acme/autopack-plugin-test'])
  const file = (name: string) => readFile(project.path('autopack-plugin-test', name), 'utf8')
  // `test` is a word of the template's own.
  assert.match(await file('src/index.ts'), "export const pluginTest = definePlugin({\n  name: 'pluginTest',")
  assert.match(await file('test/index.test.ts'), "import { pluginTest } from '../src/index.ts'")
  assert.match(await file('README.md'), "import { pluginTest } from '@acme/autopack-plugin-test'")
})

test('a folder with anything in it is left as it is', async () => {
  await using project = await makeProject({ git: false, files: { 'acme/notes.txt': 'mine\n', file: 'a file\n' } })
  await mkdir(project.path('empty'))
  for (const [name, problem] of [['acme', 'is there already, and is not empty'], ['@mine/acme', 'is there already, and is not empty'], ['file', 'is there already, and is no folder']] as const) {
    const { exitCode, stdout, stderr } = await runInside(project, ['init', '--plugin', name])
    assert.equal([exitCode, stdout, readable(project, stderr)], [2, '', `error[folder-taken]: /project/${name.replace('@mine/', '')} ${problem}\n  fix: name another package, or move what is there: nothing is ever overwritten\n`])
  }
  assert.equal(Object.keys(filesIn(project.dir)), ['acme/notes.txt', 'file'])
  assert.is((await runInside(project, ['init', '--preset', 'empty'])).exitCode, 0)
})

test('names that no package can have are refused, and nothing is written', async () => {
  await using project = await makeProject({ git: false })
  const cases: [name: string, problem: string][] = [
    ['Acme', 'it has capital letters'],
    ['../acme', 'it is not made of small letters, digits, `.`, `_` and `-`, with a letter or digit first'],
    ['a b', 'it is not made of small letters, digits, `.`, `_` and `-`, with a letter or digit first'],
    ['@acme', 'it is not made of small letters, digits, `.`, `_` and `-`, with a letter or digit first'],
    ['.', 'it is not made of small letters, digits, `.`, `_` and `-`, with a letter or digit first'],
    ['', 'it is not made of small letters, digits, `.`, `_` and `-`, with a letter or digit first'],
    ['autopack', 'it stands for something else'],
    ['fs', 'a module of Node has it'],
    ['a'.repeat(215), 'it has 215 characters, and 214 are the most'],
  ]
  for (const [name, problem] of cases) {
    const { exitCode, stdout, stderr } = await runInside(project, ['init', '--plugin', name])
    assert.equal([exitCode, stdout, stderr], [2, '', `error[package-name]: ${JSON.stringify(name)} cannot be the name of a package: ${problem}\n  fix: write small letters, digits and hyphens, as in autopack-plugin-acme or @acme/autopack-plugin\n`], name)
  }
  const both = await runInside(project, ['init', '--plugin', 'a', '--preset', 'b'])
  assert.equal([both.exitCode, both.stderr], [2, 'error[usage]: --plugin writes one package, and --preset another\n  fix: leave one of them out\n'])
  assert.equal(filesIn(project.dir), {})
})

test('the name in code', () => {
  const exported = (name: string, taken: string[] = []) => packageNames(name, 'plugin', new Set(taken)).export
  assert.equal(['house-rules', '@acme/autopack-plugin-house.rules', 'autopack-acme', 'acme_2', '2fa', 'class', 'autopack-plugin'].map((name) => exported(name)),
    ['houseRules', 'houseRules', 'acme', 'acme2', 'plugin2fa', 'pluginClass', 'plugin'])
  assert.is(exported('scope-stubs', ['scopeStubs']), 'pluginScopeStubs')
})

test('Autopack comes from where the project has it from', async () => {
  await using project = await makeProject({ git: false, files: { 'package.json': JSON.stringify({ devDependencies: { autopack: 'file:../autopack-0.1.0.tgz' } }) } })
  const source = async (folder: string) => (JSON.parse(await readFile(project.path(folder, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }).devDependencies['autopack']
  await runInside(project, ['init', '--plugin', 'one'])
  assert.is(await source('one'), 'file:../../autopack-0.1.0.tgz')
  await writeFile(project.path('package.json'), JSON.stringify({ dependencies: { autopack: 'workspace:*' } }))
  await runInside(project, ['init', '--plugin', 'two'])
  assert.is(await source('two'), `^${manifest.version}`)
  // By `npm install --no-save`, as the README has it.
  await writeFile(project.path('package.json'), '{}')
  const installed = async (name: string, resolved: string) => {
    await project.write({ 'node_modules/.package-lock.json': JSON.stringify({ packages: { 'node_modules/autopack': { resolved } } }) })
    await runInside(project, ['init', '--plugin', name])
    return await source(name)
  }
  assert.is(await installed('three', 'file:../autopack-0.1.0.tgz'), 'file:../../autopack-0.1.0.tgz')
  assert.is(await installed('four', 'git+file:///w/autopack#abc'), 'git+file:///w/autopack#abc')
  assert.is(await installed('five', 'https://example.invalid/autopack-0.1.0.tgz'), `^${manifest.version}`)
})

test.run()
