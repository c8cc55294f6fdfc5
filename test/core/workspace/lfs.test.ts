import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { UserError } from '../../../core/errors.ts'
import { findOnPath } from '../../../core/cli/find-program.ts'
import { isLfsHook } from '../../../core/workspace/lfs-hooks.ts'
import { codesOf, wholeProject, withSandbox } from './support.ts'

const test = suite('workspace: lfs')

const there = (await findOnPath('git-lfs', process.env)) !== undefined
if (!there) console.log('skip because git-lfs is not installed')
const withLfs = there ? test : test.skip

const hook = (name: string, end = '\n') => `#!/bin/sh
command -v git-lfs >/dev/null 2>&1 || { echo >&2 "\\nThis repository is configured for Git LFS but 'git-lfs' was not found on your path. If you no longer wish to use Git LFS, remove this hook by deleting the '${name}' file in the hooks directory (set by 'core.hookspath'; usually '.git/hooks').\\n"; exit 2; }
git lfs ${name} "$@"${end}`

test('a hook as git-lfs writes it, and nothing that does more', () => {
  const is = (name: string, content: string) => isLfsHook(`hooks/${name}`, Buffer.from(content))
  for (const name of ['post-checkout', 'post-commit', 'post-merge', 'pre-push']) assert.ok(is(name, hook(name)), name)
  assert.ok(is('pre-push', hook('pre-push', '')))
  assert.not(is('pre-commit', hook('pre-commit')))
  assert.not(is('pre-push', hook('post-merge')))
  assert.not(is('pre-push', `${hook('pre-push')}echo more\n`))
  assert.not(is('pre-push', hook('pre-push').replace('This', '$(touch x)')))
  assert.not(is('pre-push', hook('pre-push').replace('exit 2', 'touch x')))
})

test('hooks of git-lfs that come while a builder works are nobody\'s change; another hook is', withSandbox(undefined, async (sandbox) => {
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository)
  for (const [build, codes] of [
    ['mkdir -p "$MAIN/.git/hooks"; cp pre-push "$MAIN/.git/hooks/"; mkdir .husky; mv pre-push .husky/', []],
    ['mv pre-push "$MAIN/.git/hooks/pre-commit"', ['git-hooks']],
    ['mkdir .husky; echo echo >> pre-push; mv pre-push .husky/', ['outside-scope']],
  ] as const) {
    rmSync(path.join(sandbox.root, '.git/hooks/pre-push'), { force: true })
    await workspace.beforeBuild()
    sandbox.write('pre-push', hook('pre-push'), workspace.path)
    sandbox.build(workspace, build)
    const result = await workspace.guard({ ...wholeProject, write: ['src/'] })
    assert.equal(codesOf(result), codes)
    if (codes.length === 0) assert.equal(result.changed, [])
    await workspace.rollback()
  }
  // Where the scope names them, they are the work.
  await workspace.beforeBuild()
  sandbox.write('.husky/pre-push', hook('pre-push'), workspace.path)
  assert.equal((await workspace.guard({ ...wholeProject, write: ['.husky/'] })).changed, [{ path: '.husky/pre-push', status: 'added' }])
}))

test('what was committed past a rule of .gitattributes is as it was, until somebody changes it', withSandbox({ 'a.txt': 'one\r\ntwo\r\n', 'b.txt': 'one\r\n', 'src/a.ts': '1\n' }, async (sandbox) => {
  sandbox.write('.gitattributes', '*.txt text\n')
  sandbox.git(['add', '.gitattributes'])
  sandbox.git(['commit', '-qm', 'rules'])
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository)
  await workspace.beforeBuild()
  sandbox.build(workspace, 'touch a.txt b.txt; git status --porcelain > $HOME/status; echo 2 > src/a.ts')
  assert.match(readFileSync(path.join(sandbox.dir, 'home/status'), 'utf8'), ' M a.txt', 'git would have it changed')
  const result = await workspace.guard({ ...wholeProject, write: ['src/'] })
  assert.equal(result.changed, [{ path: 'src/a.ts', status: 'modified' }])
  assert.is(result.type === 'clean' && sandbox.git(['diff', '--name-only', workspace.base, result.tree]), 'src/a.ts\n')
  if (result.type === 'clean') assert.equal(await workspace.changedSince(result.tree), [])
  await workspace.rollback()
  await workspace.beforeBuild()
  sandbox.build(workspace, 'echo three >> b.txt; chmod +x a.txt')
  assert.equal((await workspace.guard(wholeProject)).changed, [{ path: 'a.txt', status: 'modified' }, { path: 'b.txt', status: 'modified' }])
  await workspace.rollback()
  // A phase that applies the rules to what is there.
  await workspace.beforeBuild()
  sandbox.build(workspace, 'echo "*.txt text eol=lf" > .gitattributes; touch a.txt')
  assert.ok((await workspace.guard(wholeProject)).changed.some((one) => one.path === 'a.txt'))
}))

test('a pointer written by hand to what nobody has would break every checkout', withSandbox({ '.gitattributes': '*.bin filter=lfs\n' }, async (sandbox) => {
  const pointer = (digit: string) => `version https://git-lfs.github.com/spec/v1\noid sha256:${digit.repeat(64)}\nsize 12\n`
  sandbox.write('old.bin', pointer('0'))
  sandbox.commitAll()
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository)
  const guarded = async (build: () => void) => {
    await workspace.beforeBuild()
    build()
    const result = await workspace.guard(wholeProject)
    await workspace.rollback()
    return result
  }
  assert.equal(codesOf(await guarded(() => sandbox.write('a/new.bin', pointer('1'), workspace.path))), ['lfs-pointer'])
  // The same as text, under another name, as what the base has, and where the store has it.
  assert.equal(codesOf(await guarded(() => sandbox.write('new.txt', pointer('1'), workspace.path))), [])
  assert.equal(codesOf(await guarded(() => sandbox.build(workspace, 'mv old.bin moved.bin'))), [])
  sandbox.write(`.git/lfs/objects/11/11/${'1'.repeat(64)}`, 'what it holds')
  assert.equal(codesOf(await guarded(() => sandbox.write('new.bin', pointer('1'), workspace.path))), [])
}))

withLfs('contents that Git LFS has not got', withSandbox({ 'a.txt': 'a\n' }, async (sandbox) => {
  sandbox.git(['lfs', 'install', '--skip-repo'])
  sandbox.write('.gitattributes', '*.bin filter=lfs\n')
  sandbox.write('one.bin', 'one')
  sandbox.commitAll()
  rmSync(path.join(sandbox.root, '.git/lfs'), { recursive: true })
  const repository = await sandbox.open()
  const error = await sandbox.acquire(repository).then(() => undefined, (one: UserError) => one)
  assert.is(error?.code, 'lfs-objects-missing')
  assert.match(error!.message, /^Git LFS has not got one\.bin: /)
  assert.match(error!.fix!, 'git lfs fetch')
  sandbox.git(['lfs', 'install', '--skip-repo', '--skip-smudge'])
  const workspace = await sandbox.acquire(repository)
  assert.match(readFileSync(path.join(workspace.path, 'one.bin'), 'utf8'), /^version https:\/\/git-lfs/)
  assert.equal((await workspace.guard(wholeProject)).changed, [])
}))

test.run()
