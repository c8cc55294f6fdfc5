import { chmod, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import * as assert from 'uvu/assert'
import { findOnPath } from '../../core/cli/find-program.ts'
import { npmEnvironment } from './consumer.ts'
import type { Consumer } from './consumer.ts'
import { followPage, readPage, stepsOf } from './doc-page.ts'
import { repositoryRoot, writeFiles } from './project.ts'
import type { TestProject } from './project.ts'

const ours = (...parts: string[]) => path.join(repositoryRoot, 'node_modules', ...parts)

/** Follows docs/authoring.md in a project that has Autopack from its tarball: a plugin and a preset are written, built, packed, installed and used. */
export async function followAuthoringPage({ project, installed }: Consumer): Promise<void> {
  // npx does no more than this where a package is installed.
  await writeFiles(project.base, { 'bin/npx': '#!/bin/sh\nnpm_command=exec exec "node_modules/.bin/$@"\n' })
  await chmod(path.join(project.base, 'bin/npx'), 0o755)
  // So does Node with the scripts of package.json; what is packed and installed is npm's.
  const npm = await findOnPath('npm', project.env)
  await writeFiles(project.base, { 'bin/npm': `#!/bin/sh\ncase "$1" in test) exec node --run test ;; run) exec node --run "$2" ;; *) exec '${npm}' "$@" ;; esac\n` })
  await chmod(path.join(project.base, 'bin/npm'), 0o755)
  const identity = { GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.invalid', GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.invalid' }
  const env = { ...npmEnvironment(), ...identity, PATH: [path.join(project.base, 'bin'), project.env['PATH']].join(path.delimiter) }

  /** What npm would install into the package, without its seconds: the Autopack of the tarball, and tools that are here. */
  const install = async (cwd: string): Promise<void> => {
    for (const folder of ['@types', '.bin']) await mkdir(path.join(cwd, 'node_modules', folder), { recursive: true })
    for (const name of ['autopack', 'zod', '@types/node']) await symlink(path.join(installed, '..', name), path.join(cwd, 'node_modules', name))
    await symlink(ours('typescript/bin/tsc'), path.join(cwd, 'node_modules/.bin/tsc'))
  }
  const steps = stepsOf(readPage('docs/authoring.md'))
  assert.equal(['run', 'install', 'excerpt', 'file'].map((type) => steps.filter((step) => step.type === type).length), [9, 1, 4, 9])
  const followed = await followPage(project, steps, { cwd: project.dir, env, install })
  const last = followed.at(-1)
  assert.is(last?.problem, undefined, last?.problem)
  assert.is(followed.length, steps.length)

  // The tests of the page that stand by themselves, in one process.
  const { exitCode, stderr } = await project.run([process.execPath, '--import=./phase.test.ts', 'drain.test.ts'])
  assert.is(exitCode, 0, stderr)
  await usePreset(project, installed)
  const compilerOptions = { target: 'es2024', lib: ['es2024', 'esnext.disposable'], module: 'nodenext', strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true, types: ['node'] }
  await writeFiles(project.dir, { 'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }), 'names.ts': names })
  const checked = await project.run([process.execPath, ours('typescript/bin/tsc'), '--project', '.', '--checkers', '1'])
  assert.equal([checked.stdout, checked.exitCode], ['', 0])
}

/** The preset that the page has written, built and taken from its tarball: an archive with `package/` in it, which is what npm would unpack. */
async function usePreset(project: TestProject, installed: string): Promise<void> {
  const cwd = project.path('autopack-preset-house')
  const succeed = async (argv: string[], env = {}) => {
    const { exitCode, stdout, stderr } = await project.run(argv, { cwd, env })
    assert.is(exitCode, 0, `${argv.join(' ')}\n${stdout}${stderr}`)
  }
  await succeed([process.execPath, ours('typescript/bin/tsc'), '--project', 'tsconfig.build.json'])
  await succeed(['npm', 'pack', '--ignore-scripts', '--silent'], npmEnvironment())
  await mkdir(path.join(installed, '../autopack-preset-house'))
  await succeed(['tar', '-xzf', 'autopack-preset-house-0.1.0.tgz', '-C', path.join(installed, '../autopack-preset-house'), '--strip-components=1'])
  await writeFiles(project.dir, { 'preset.config.ts': presetConfig })
  const { stdout, stderr } = await project.run([path.join(installed, '../.bin/autopack'), 'config', '--json', '--config', 'preset.config.ts'])
  assert.equal(stderr, '')
  const rows = JSON.parse(stdout) as { path: string; value: unknown; origin: string }[]
  assert.equal(rows.find((row) => row.path === 'drain.maxTotalMinutes'), { path: 'drain.maxTotalMinutes', value: 45, origin: 'preset house' })
}

const presetConfig = `import { defineConfig } from 'autopack'
import { house } from 'autopack-preset-house'
export default defineConfig({ project: 'handbook', presets: [house({ minutes: 45 })] })
`

/** What the plugin of the page adds to the types of whoever imports it. */
const names = `import type { BuilderNames, CheckFormatNames, CheckInput, FailureClassNames, PlanInput, StubKindNames } from 'autopack'
import 'autopack-plugin-spelling'
export const merged: [keyof BuilderNames, keyof CheckFormatNames, keyof StubKindNames, keyof FailureClassNames] = ['speller', 'spelling', 'dictionary', 'misspelling']
// @ts-expect-error nobody provides it
export const unknown: keyof BuilderNames = 'spelller'
export const phase: PlanInput['phases'][number] = { id: 'a', goal: 'A', builder: 'speller', checks: [{ name: 'c', run: ['true'], format: 'spelling' }] }
export const check: CheckInput = { name: 'c', run: ['true'], format: 'of a plugin without types' }
`
