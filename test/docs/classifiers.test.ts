import { chmod, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { classifierDefinitionSchemaFor } from '../../core/config/schema.ts'
import { hookTable } from '../../core/pipeline/hooks.ts'
import { followPage, readPage, stepsOf } from '../support/doc-page.ts'
import { cliPath, makeProject, repositoryRoot, writeFiles, type TestProject } from '../support/project.ts'

const test = suite('docs/classifiers.md')
const page = readPage('docs/classifiers.md')
// A log is no code: its name stands in the fence, as that of the other files does.
const log = /^```text\n(# ci\.log\n[\s\S]*?)^```$/m.exec(page)![1]!
const steps = stepsOf(page).filter((step) => step.type !== 'excerpt' || step.text !== log)
const pageFiles = Object.fromEntries(steps.flatMap((step) => (step.type === 'file' ? [[step.name, step.text]] : [])))

const holders = { a: '7f31c0 is held by anna@laptop (since 09:41)', b: '88e0d2 is held by bob@ci-4 (since 11:02)' }
/** The project of the page before it begins: two phases have failed, each with another holder of the lease. */
const before = {
  'package.json': '{ "name": "shop", "type": "module" }\n',
  'tools/build.sh': 'echo "$1" > state.txt\n',
  'deploy.sh': `case "$(cat state.txt 2> /dev/null)" in a) echo 'vault: lease ${holders.a}, giving up';; b) echo 'vault: lease ${holders.b}, giving up';; *) exit 0;; esac\nexit 1\n`,
  'runs/deploy.yaml': 'id: deploy\nphases:\n  - { id: a, goal: one }\n  - { id: b, goal: two }\n',
  'autopack.config.ts': "import { command } from 'autopack/builders'\nexport default { project: 'shop', drain: { maxAttemptsPerPhase: 1 }, builder: command({ run: ['sh', 'tools/build.sh', '{phase}'] }), checks: [{ name: 'preview', run: ['sh', 'deploy.sh', 'preview'] }] }\n",
  'ci.log': log,
}

async function makeShop(): Promise<TestProject> {
  const project = await makeProject({ files: before, leakCheck: false, env: { NODE_OPTIONS: '--conditions=autopack-source' } })
  await mkdir(project.path('node_modules'), { recursive: true })
  await symlink(repositoryRoot, project.path('node_modules/autopack'))
  return project
}

test('does what it says, step by step', async () => {
  await using project = await makeShop()
  await writeFiles(project.base, { 'bin/npx': `#!/bin/sh\nshift\nexec "${process.execPath}" "${cliPath}" "$@"\n` })
  await chmod(path.join(project.base, 'bin/npx'), 0o755)
  assert.is((await project.cli(['run'])).exitCode, 1)
  // Until the page brings it, there is no classifier.
  const followed = await followPage(project, steps, {
    cwd: project.dir, env: { PATH: [path.join(project.base, 'bin'), project.env['PATH']].join(path.delimiter) },
    async install() {},
  })
  assert.is(followed.at(-1)?.problem, undefined, followed.at(-1)?.problem)
  assert.is(followed.length, steps.length)
  assert.ok(steps.filter((step) => step.type === 'run').length >= 5)

  // Everything that is shown loads together. That it type-checks is held by test/e2e/package.test.ts, against what is published.
  await project.write({ 'all.config.ts': `import { actions } from './classifiers/actions.ts'
import { manyTypes } from './classifiers/many-types.ts'
import { privatePackage } from './classifiers/private-package.ts'
import { provider } from './classifiers/provider.ts'
export default { project: 'all', plugins: [provider()], classifiers: [...actions, manyTypes, privatePackage] }
` })
  const asked = await project.cli(['classify', '--config', 'all.config.ts'], { input: 'x.ts(1,1): error TS2304: Cannot find name \'a\'.\nx.ts(2,1): error TS2304: Cannot find name \'b\'.\nx.ts(3,1): error TS2304: Cannot find name \'c\'.\n' })
  assert.match(asked.stdout, /^3 type errors at once: a declaration has changed\n/, asked.stderr)
  assert.match((await project.cli(['classify', '--config', 'all.config.ts'], { input: 'x\n' })).stdout, /provider +passed +no line of acmecloud/)
})

test('--watch hears the config, as the page says', async () => {
  await using project = await makeShop()
  const watching = project.startCli(['classify', 'ci.log', '--watch'])
  await watching.waitFor(/watching ci\.log/)
  await project.write(pageFiles)
  await watching.waitFor(/The vault is in use by anna@laptop/)
  // A file that came with the change is heard from then on.
  await project.write({ 'classifiers/vault-lease.ts': pageFiles['classifiers/vault-lease.ts']!.replace('The vault is in use by', 'Somebody works there:') })
  await watching.waitFor(/Somebody works there: anna@laptop/)
  watching.signal('SIGINT')
  assert.is((await watching.result).exitCode, 0)
})

test('its tables are complete', () => {
  const rows = (from: string): string[] => [...page.slice(page.indexOf(from)).split('\n\n')[0]!.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names]) => [...names!.matchAll(/\w+/g)].map(([name]) => name))
  const shapeOf = (match: unknown) => (classifierDefinitionSchemaFor({ match }) as unknown as { shape: Record<string, unknown> }).shape
  assert.equal(rows('| key |').toSorted(), Object.keys(shapeOf(/x/)).toSorted())
  assert.equal(rows('| field |').toSorted(), Object.keys((shapeOf({})['match'] as { shape: object }).shape).toSorted())
  assert.match(page, `more than ${hookTable.classifyFailure.timeoutMs / 1000} seconds`)
})

test.run()
