import { execFileSync } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { followPage, readPage, stepsOf } from '../support/doc-page.ts'
import { cliPath, makeProject, writeFiles } from '../support/project.ts'

const test = suite('docs/plugins/optional-dependencies.md')

/** pytest has to be here, and praw has not. */
const unable = ((): string | undefined => {
  try {
    execFileSync('python3', ['-c', 'import importlib.util, pytest, sys; sys.exit(importlib.util.find_spec("praw") is not None)'], { stdio: 'pipe' })
    return undefined
  } catch {
    return 'python3 has no pytest here, or has praw'
  }
})()

test('does what it says, step by step', async () => {
  if (unable !== undefined) return console.log(`skipped: ${unable}`)
  await using project = await makeProject({ leakCheck: false })
  await writeFiles(project.base, { 'bin/npx': `#!/bin/sh\nshift\nexec "${process.execPath}" "${cliPath}" "$@"\n` })
  await chmod(path.join(project.base, 'bin/npx'), 0o755)
  const steps = stepsOf(readPage('docs/plugins/optional-dependencies.md'))
  assert.equal([steps.filter((step) => step.type === 'run').length, steps.filter((step) => step.type === 'excerpt').length], [2, 1])
  const followed = await followPage(project, steps, {
    cwd: project.dir, env: { PATH: [path.join(project.base, 'bin'), project.env['PATH']].join(path.delimiter) }, install: async () => undefined,
  })
  const last = followed.at(-1)
  assert.is(last?.problem, undefined, last?.problem)
  assert.is(followed.length, steps.length)
})

test.run()
