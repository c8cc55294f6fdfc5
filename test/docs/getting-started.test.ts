import { existsSync } from 'node:fs'
import { chmod, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { followPage, readPage, stepsOf } from '../support/doc-page.ts'
import { cliPath, makeProject, repositoryRoot, writeFiles } from '../support/project.ts'

const test = suite('docs/getting-started.md')

test('does what it says, step by step', async () => {
  const identity = { GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.invalid', GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.invalid' }
  await using project = await makeProject({ git: false, leakCheck: false, env: identity })
  // A folder of its own and no link to the clone: `cd ..` must lead to the temporary folder.
  const clone = path.join(project.base, 'autopack')
  await mkdir(clone)
  await symlink(path.join(repositoryRoot, 'docs'), path.join(clone, 'docs'))
  await writeFiles(project.base, { 'bin/npx': '#!/bin/sh\nnpm_command=exec exec "node_modules/.bin/$@"\n' })
  await chmod(path.join(project.base, 'bin/npx'), 0o755)
  const steps = stepsOf(readPage('docs/getting-started.md'))
  assert.ok(steps.filter((step) => step.type === 'run').length > 10)
  const followed = await followPage(project, steps, {
    cwd: clone,
    // npx does no more than this where a package is installed, and takes a second for each of the page's commands; package.test.ts uses the real one.
    env: { PATH: [path.join(project.base, 'bin'), project.env['PATH']].join(path.delimiter) },
    // What npm would install, as a link: the lines themselves are run by test/e2e/package.test.ts.
    async install(cwd) {
      await writeFiles(cwd, { 'node_modules/.bin/autopack': `#!/bin/sh\nexec "${process.execPath}" "${cliPath}" "$@"\n` })
      await chmod(path.join(cwd, 'node_modules/.bin/autopack'), 0o755)
      if (!existsSync(path.join(cwd, 'package.json'))) await writeFiles(cwd, { 'package.json': '{ "devDependencies": {} }\n' })
    },
  })
  const last = followed.at(-1)
  assert.is(last?.problem, undefined, last?.problem)
  assert.is(followed.length, steps.length)
})

test.run()
