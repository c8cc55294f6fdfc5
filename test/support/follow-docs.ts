/** Follows a page of the documentation in a project of its own, as a reader would who has Autopack installed. */
import { chmod, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import * as assert from 'uvu/assert'
import { followPage, readPage, stepsOf } from './doc-page.ts'
import type { DocStep } from './doc-page.ts'
import { cliPath, makeProject, repositoryRoot, writeFiles } from './project.ts'

export interface DocsToFollow {
  /** How many commands and excerpts the page has: one that is not recognised as such would not be followed. */
  runs: number
  excerpts: number
  /** Whether there is a repository before the page begins. Default true. */
  git?: boolean
  /** A script of the reader's own imports `autopack`: the sources are where the package would be. */
  imports?: boolean
  /** Another order than that of the page. */
  order?(steps: DocStep[]): DocStep[]
}

/** Fails with the first step that does not do what the page says. */
export async function followDocs(name: string, { runs, excerpts, git = true, imports = false, order = (steps) => steps }: DocsToFollow): Promise<void> {
  const identity = { GIT_AUTHOR_NAME: 'me', GIT_AUTHOR_EMAIL: 'me@example.invalid', GIT_COMMITTER_NAME: 'me', GIT_COMMITTER_EMAIL: 'me@example.invalid' }
  await using project = await makeProject({ git, leakCheck: false, env: identity, ...(imports && { files: { '.gitignore': 'node_modules\n' } }) })
  await writeFiles(project.base, { 'bin/npx': `#!/bin/sh\nshift\nexec "${process.execPath}" "${cliPath}" "$@"\n` })
  await chmod(path.join(project.base, 'bin/npx'), 0o755)
  if (imports) {
    await mkdir(project.path('node_modules'))
    await symlink(repositoryRoot, project.path('node_modules/autopack'))
  }
  const steps = stepsOf(readPage(name))
  assert.equal([steps.filter((step) => step.type === 'run').length, steps.filter((step) => step.type === 'excerpt').length], [runs, excerpts])
  const followed = await followPage(project, order(steps), {
    cwd: project.dir, env: { PATH: [path.join(project.base, 'bin'), project.env['PATH']].join(path.delimiter), ...(imports && { NODE_OPTIONS: '--conditions=autopack-source' }) },
    install: async () => undefined,
  })
  const last = followed.at(-1)
  assert.is(last?.problem, undefined, last?.problem)
  assert.is(followed.length, steps.length)
}
