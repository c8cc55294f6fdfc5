import { chmod } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { followPage, readPage, stepsOf } from '../support/doc-page.ts'
import { cliPath, makeProject, writeFiles } from '../support/project.ts'

const test = suite('docs/limits.md')

test('does what it says, step by step', async () => {
  await using project = await makeProject({ leakCheck: false })
  await writeFiles(project.base, { 'bin/npx': `#!/bin/sh\nshift\nexec "${process.execPath}" "${cliPath}" "$@"\n` })
  await chmod(path.join(project.base, 'bin/npx'), 0o755)
  const steps = stepsOf(readPage('docs/limits.md'))
  assert.equal([steps.filter((step) => step.type === 'run').length, steps.filter((step) => step.type === 'excerpt').length], [3, 3])
  const followed = await followPage(project, steps, {
    cwd: project.dir, env: { PATH: [path.join(project.base, 'bin'), project.env['PATH']].join(path.delimiter) }, install: async () => undefined,
  })
  const last = followed.at(-1)
  assert.is(last?.problem, undefined, last?.problem)
  assert.is(followed.length, steps.length)
})

test.run()
