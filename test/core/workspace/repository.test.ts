import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatUserError, UserError } from '../../../core/errors.ts'
import { headBranch, isDirty, openRepository, resolveBase } from '../../../core/workspace/index.ts'
import { wholeProject, withSandbox } from './support.ts'

const test = suite('repository')

async function textOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action()
  } catch (error) {
    if (error instanceof UserError) return formatUserError(error)
    throw error
  }
  throw new Error('nothing was thrown')
}

test('a folder that is not in a repository', withSandbox(undefined, async ({ dir, env }) => {
  mkdirSync(path.join(dir, 'plain'))
  const text = await textOf(() => openRepository({ configDir: path.join(dir, 'plain'), root: '.', env }))
  assert.is(text, [
    `error[not-a-repository]: ${dir}/plain is not in a git repository`,
    `  --> ${dir}/plain`,
    '  fix: run `git init` and commit the project, or let `autopack init` do both',
  ].join('\n'))
}))

test('a bare repository, a root that is missing or elsewhere', withSandbox(undefined, async ({ dir, root, env, git }) => {
  git(['clone', '-q', '--bare', root, path.join(dir, 'bare.git')])
  assert.match(await textOf(() => openRepository({ configDir: path.join(dir, 'bare.git'), root: '.', env })), /^error\[repository-bare\]/)
  assert.match(await textOf(() => openRepository({ configDir: root, root: 'nothing', env })), /^error\[root-missing\]: the project root "nothing" is not a folder/)
  assert.match(await textOf(() => openRepository({ configDir: root, root: '..', env })), /^error\[root-outside-repository\]/)
}))

test('no commit yet, and a base that does not exist', withSandbox({}, async (sandbox) => {
  const repository = await sandbox.open()
  assert.match(await textOf(() => resolveBase(repository, 'HEAD')), /^error\[no-commit\]: the repository .* has no commit yet\n.*\n  fix: commit the project first/)
  assert.match(await textOf(() => resolveBase(repository, 'main')), /^error\[no-commit\]/)
  sandbox.write('a', 'a')
  const commit = sandbox.commitAll()
  sandbox.git(['tag', 'v1.0'])
  assert.is(await textOf(() => resolveBase(repository, 'mian')), 'error[base-not-found]: the base "mian" is no branch, tag or commit of this repository\n  fix: did you mean main?')
  assert.match(await textOf(() => resolveBase(repository, 'completely-different')), /fix: see `git branch --all`/)
  for (const hostile of ['--all', '-n1', 'a\0b', 'main:a', '']) assert.match(await textOf(() => resolveBase(repository, hostile)), /^error\[base-not-found\]/, hostile)
  for (const ref of ['HEAD', 'main', 'v1.0', commit, commit.slice(0, 10)]) assert.is((await resolveBase(repository, ref)).commit, commit, ref)
  assert.is((await resolveBase(repository, 'HEAD')).tree, sandbox.git(['rev-parse', 'HEAD^{tree}']).trim())
}))

test('symlinks on the way are resolved, and the caller\'s own GIT_DIR does not count', withSandbox({ 'app/x': 'x' }, async ({ dir, root, env }) => {
  symlinkSync(root, path.join(dir, 'alias'))
  const repository = await openRepository({ configDir: path.join(dir, 'alias/app'), root: '.', env: { ...env, GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere', GIT_WORK_TREE: '/nowhere' } })
  assert.is(repository.root, root)
  assert.is(repository.projectRoot, path.join(root, 'app'))
  assert.is(repository.prefix, 'app/')
  assert.is(repository.commonDir, path.join(root, '.git'))
}))

test('uncommitted changes, in scope and others', withSandbox({ 'src/a': '1', 'docs/b': '1', 'staged': '1', 'odd\nname': '1' }, async (sandbox) => {
  const repository = await sandbox.open()
  assert.equal(await isDirty(repository, wholeProject), { inScope: [], others: [] })
  for (const file of ['src/a', 'docs/b', 'staged', 'odd\nname']) sandbox.write(file, '2')
  sandbox.git(['add', 'staged'])
  sandbox.write('untracked', 'x')
  assert.equal(await isDirty(repository, { ...wholeProject, write: ['src/'] }), { inScope: ['src/a'], others: ['docs/b', 'odd\nname', 'staged'] })
  assert.equal((await isDirty(repository, { ...wholeProject, write: ['src/'] }, [path.join(sandbox.root, 'docs')])).others, ['odd\nname', 'staged'])
  assert.is(await headBranch(repository), 'main')
  sandbox.git(['checkout', '-q', '--detach'])
  assert.is(await headBranch(repository), undefined)
}))

test.run()
