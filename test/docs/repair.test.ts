import { chmod } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repairKinds } from '../../core/model/repair.ts'
import { followPage, readPage, stepsOf } from '../support/doc-page.ts'
import { cliPath, makeProject, writeFiles } from '../support/project.ts'

const test = suite('docs/repair.md')

test('does what it says, step by step, and names everything that is found', async () => {
  const page = readPage('docs/repair.md')
  for (const kind of repairKinds) assert.match(page, new RegExp(`^\\| \`${kind}\``, 'm'))
  const identity = { GIT_AUTHOR_NAME: 'me', GIT_AUTHOR_EMAIL: 'me@example.invalid', GIT_COMMITTER_NAME: 'me', GIT_COMMITTER_EMAIL: 'me@example.invalid' }
  await using project = await makeProject({ git: false, leakCheck: false, env: identity })
  await writeFiles(project.base, { 'bin/npx': `#!/bin/sh\nshift\nexec "${process.execPath}" "${cliPath}" "$@"\n` })
  await chmod(path.join(project.base, 'bin/npx'), 0o755)
  const steps = stepsOf(page)
  assert.equal([steps.filter((step) => step.type === 'run').length, steps.filter((step) => step.type === 'excerpt').length], [6, 5])
  const followed = await followPage(project, steps, {
    cwd: project.dir, env: { PATH: [path.join(project.base, 'bin'), project.env['PATH']].join(path.delimiter) }, install: async () => undefined,
  })
  const last = followed.at(-1)
  assert.is(last?.problem, undefined, last?.problem)
  assert.is(followed.length, steps.length)
})

test.run()
