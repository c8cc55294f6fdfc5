import { chmod } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scopeStubKinds } from '../../plugins/scope-stubs/kinds.ts'
import { followPage, readPage, stepsOf } from '../support/doc-page.ts'
import { cliPath, makeProject, writeFiles } from '../support/project.ts'

const test = suite('docs/plugins/scope-stubs.md')
const page = readPage('docs/plugins/scope-stubs.md')

test('lists every kind, in order, and which are made when asked', () => {
  const rows = [...page.matchAll(/^\| `([\w.-]+)` \| (.*?) \| .* \|$/gm)].map(([, name, matches]) => [name, matches!.endsWith('when asked')])
  assert.equal(rows, scopeStubKinds.map((kind) => [kind.name, kind.onlyWhenAsked === true]))
})

test('does what it says, step by step', async () => {
  await using project = await makeProject({ leakCheck: false })
  await writeFiles(project.base, { 'bin/npx': `#!/bin/sh\nshift\nexec "${process.execPath}" "${cliPath}" "$@"\n` })
  await chmod(path.join(project.base, 'bin/npx'), 0o755)
  const steps = stepsOf(page)
  assert.equal([steps.filter((step) => step.type === 'run').length, steps.filter((step) => step.type === 'excerpt').length], [4, 2])
  // The files that stand in the page behind the first command belong to the repository's top too.
  const followed = await followPage(project, [...steps.filter((step) => step.type === 'file'), ...steps.filter((step) => step.type !== 'file')], {
    cwd: project.dir, env: { PATH: [path.join(project.base, 'bin'), project.env['PATH']].join(path.delimiter) }, install: async () => undefined,
  })
  const last = followed.at(-1)
  assert.is(last?.problem, undefined, last?.problem)
  assert.is(followed.length, steps.length)
})

test.run()
