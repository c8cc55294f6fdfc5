import { chmod, symlink, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { followPage, readPage, stepsOf } from '../support/doc-page.ts'
import { cliPath, makeProject, repositoryRoot, writeFiles } from '../support/project.ts'

const test = suite('docs/drain.md')

test('does what it says, step by step', async () => {
  await using project = await makeProject({ leakCheck: false, files: { '.gitignore': 'node_modules\n' } })
  await writeFiles(project.base, { 'bin/npx': `#!/bin/sh\nshift\nexec "${process.execPath}" "${cliPath}" "$@"\n` })
  await chmod(path.join(project.base, 'bin/npx'), 0o755)
  // A script of the reader's own finds what is installed; here that is the sources.
  await mkdir(project.path('node_modules'))
  await symlink(repositoryRoot, project.path('node_modules/autopack'))
  const steps = stepsOf(readPage('docs/drain.md'))
  assert.equal([steps.filter((step) => step.type === 'run').length, steps.filter((step) => step.type === 'excerpt').length], [5, 5])
  const followed = await followPage(project, steps, {
    cwd: project.dir, env: { PATH: [path.join(project.base, 'bin'), project.env['PATH']].join(path.delimiter), NODE_OPTIONS: '--conditions=autopack-source' }, install: async () => undefined,
  })
  const last = followed.at(-1)
  assert.is(last?.problem, undefined, last?.problem)
  assert.is(followed.length, steps.length)
})

test.run()
