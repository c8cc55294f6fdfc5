import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codesOf, makeSandbox, wholeProject, withSandbox } from './support.ts'
import type { Sandbox } from './support.ts'
import type { GuardResult, Workspace, WriteScope } from '../../../core/workspace/index.ts'

const test = suite('guard')

interface Case {
  files?: Record<string, string | Buffer>
  prepare?: (sandbox: Sandbox) => void
  scope?: Partial<WriteScope>
  build: string | ((sandbox: Sandbox, workspace: Workspace) => void)
  expect: (result: GuardResult, sandbox: Sandbox, workspace: Workspace) => void | Promise<void>
}

/** Acquire, build, guard; afterwards rollback must leave exactly the base, whatever was done. */
function guarded(name: string, one: Case): void {
  test(name, withSandbox(one.files, async (sandbox) => {
    one.prepare?.(sandbox)
    const repository = await sandbox.open()
    const mainBefore = sandbox.git(['status', '--porcelain=v1', '-b'])
    const headBefore = sandbox.git(['rev-parse', 'HEAD'])
    const workspace = await sandbox.acquire(repository)
    await workspace.beforeBuild()
    if (typeof one.build === 'string') sandbox.build(workspace, one.build)
    else one.build(sandbox, workspace)
    const result = await workspace.guard({ ...wholeProject, ...one.scope })
    await one.expect(result, sandbox, workspace)
    await workspace.rollback()
    assert.is(sandbox.git(['status', '--porcelain=v1', '--ignored'], { cwd: workspace.path }), '', 'rollback leaves the base and nothing else')
    assert.is(sandbox.git(['rev-parse', 'HEAD'], { cwd: workspace.path }).trim(), workspace.base)
    assert.is(sandbox.git(['status', '--porcelain=v1', '-b']), mainBefore, 'the main checkout is as it was')
    assert.is(sandbox.git(['rev-parse', 'HEAD']), headBefore)
    await workspace.release()
  }))
}

const clean = (changed: string[]) => (result: GuardResult) => {
  assert.is(result.type, 'clean', JSON.stringify(result))
  assert.equal(result.changed.map((one) => `${one.status} ${one.path}`).sort(), changed)
}
const violates = (...codes: string[]) => (result: GuardResult) => {
  assert.is(result.type, 'violation', JSON.stringify(result))
  assert.equal(codesOf(result), codes)
}

guarded('nothing done is an empty candidate: the base tree', {
  build: 'true',
  expect: (result, _, workspace) => {
    clean([])(result)
    assert.is((result as { tree: string }).tree, workspace.baseTree)
  },
})
guarded('plain edits, a new file, a deletion', { build: 'echo 2 > src/a.ts; echo n > src/new.ts; rm src/b.ts', expect: clean(['added src/new.ts', 'deleted src/b.ts', 'modified src/a.ts']) })
guarded('a commit on the detached HEAD is squashed', { build: 'echo 2 > src/a.ts; git commit -qam mine; echo 3 > src/n.ts', expect: clean(['added src/n.ts', 'modified src/a.ts']) })
guarded('a commit that is reset away does not count', { build: 'echo 2 > src/a.ts; git commit -qam mine; git reset -q --hard HEAD~1', expect: clean([]) })
guarded('a new branch is removed, its commit kept', {
  build: 'git checkout -q -b mine; echo 2 > src/a.ts; git commit -qam mine',
  expect: (result, sandbox) => {
    violates('git-ref')(result)
    assert.is(sandbox.git(['for-each-ref', '--format=%(refname)', 'refs/heads']).trim(), 'refs/heads/main')
    assert.match(sandbox.git(['for-each-ref', '--format=%(subject)', 'refs/autopack/kept/demo/run-1']), /mine/)
  },
})
guarded('a moved branch is put back', { build: 'git commit -q --allow-empty -m x; git update-ref refs/heads/main HEAD', expect: violates('git-ref') })
guarded('a deleted branch and a deleted tag are put back', {
  prepare: (sandbox) => { sandbox.git(['branch', 'other']); sandbox.git(['tag', 'v1']) },
  build: 'git branch -q -D other; git tag -d v1 >/dev/null; git pack-refs --all',
  expect: (result, sandbox) => {
    violates('git-ref')(result)
    assert.is(sandbox.git(['rev-parse', 'other', 'v1']).trim().split('\n')[0], sandbox.git(['rev-parse', 'HEAD']).trim())
  },
})
guarded('packing refs and collecting garbage changes nothing', { build: 'git pack-refs --all; git gc -q --prune=now; git worktree prune', expect: clean([]) })
guarded('a rebase under way does not confuse', {
  build: 'echo 1 > src/n.ts; git add -A; git commit -qm one; echo 2 > src/n.ts; git commit -qam two; GIT_SEQUENCE_EDITOR="sed -i s/^pick/edit/" git rebase -q -i HEAD~2 2>/dev/null || true',
  expect: clean(['added src/n.ts']),
})
guarded('a stash is undone and kept', {
  build: 'echo 2 > src/a.ts; git stash -q',
  expect: (result, sandbox) => {
    violates('git-stash')(result)
    assert.is(sandbox.git(['stash', 'list']), '')
  },
})
guarded("a stash over a person's own leaves theirs", {
  prepare: (sandbox) => { sandbox.write('src/a.ts', 'mine\n'); sandbox.git(['stash', '-q']) },
  build: 'echo 2 > src/a.ts; git stash -q; git stash drop -q; git stash drop -q',
  expect: (result, sandbox) => {
    violates('git-stash')(result)
    assert.is(sandbox.git(['stash', 'list']).trim().split('\n').length, 1)
    assert.match(sandbox.git(['stash', 'show', '-p']), /\+mine/)
  },
})
guarded('config, hooks and info are put back', {
  build: 'git config core.hooksPath /tmp/x; echo "exit 1" > "$MAIN/.git/hooks/pre-commit"; chmod +x "$MAIN/.git/hooks/pre-commit"; echo "src/*" > "$MAIN/.git/info/exclude"; echo "* filter=x" > "$MAIN/.git/info/attributes"; echo n > src/n.ts',
  expect: (result, sandbox) => {
    violates('git-config', 'git-hooks', 'git-info')(result)
    assert.not(existsSync(path.join(sandbox.root, '.git/hooks/pre-commit')))
    assert.not(existsSync(path.join(sandbox.root, '.git/info/attributes')))
    assert.throws(() => sandbox.git(['config', 'core.hooksPath']))
    assert.ok(result.changed.some((one) => one.path === 'src/n.ts'), 'info/exclude hid nothing')
  },
})
guarded('what an editor writes into the config is nobody\'s violation', { build: 'git -C "$MAIN" config branch.main.vscode-merge-base origin/main; echo n > src/n.ts', expect: clean(['added src/n.ts']) })
guarded('index tricks hide nothing', {
  build: 'echo 2 > src/a.ts; git update-index --assume-unchanged src/a.ts; echo 3 > src/b.ts; git update-index --skip-worktree src/b.ts; echo n > src/n.ts; git add -N src/n.ts; git rm -q --cached README.md',
  expect: clean(['added src/n.ts', 'modified src/a.ts', 'modified src/b.ts']),
})
guarded('a sparse checkout hides nothing', { build: 'git sparse-checkout set --no-cone src 2>/dev/null || true; echo 2 > src/a.ts', expect: (result) => { assert.ok(result.changed.some((one) => one.path === 'src/a.ts')) } })
guarded('same size and same time is still a change', {
  build: 'touch -r src/a.ts /tmp/ref.$$; printf "export const a = 7\\n" > src/a.ts; touch -r /tmp/ref.$$ src/a.ts; rm /tmp/ref.$$',
  expect: clean(['modified src/a.ts']),
})
guarded('an ignored file added with -f is not part of the candidate', { build: 'mkdir dist; echo x > dist/x; git add -f dist/x; echo n > a.log', expect: clean([]) })
guarded('an ignored file that the scope names is part of it, others are told by ignored()', {
  scope: { write: ['dist/named.js', 'src/'] },
  build: 'mkdir dist; echo x > dist/named.js; echo y > dist/other.js',
  expect: async (result, _, workspace) => {
    clean(['added dist/named.js'])(result)
    assert.equal(await workspace.ignored(['dist/other.js', 'src/a.ts']), ['dist/other.js'])
  },
})
guarded('outside the scope, read-only, protected', {
  scope: { write: ['src/'], readOnly: ['src/b.ts'], protect: ['README.md'] },
  build: 'echo 2 > src/a.ts; echo 2 > src/b.ts; echo 2 > README.md; echo n > other.txt',
  expect: violates('outside-scope', 'protected', 'read-only'),
})
guarded('a nested repository is named', { build: 'git init -q lib; echo x > lib/x; echo 2 > src/a.ts', expect: violates('nested-repository') })
guarded('a nested repository with a commit is named', { build: 'git init -q lib; echo x > lib/x; git -C lib add -A; git -C lib -c user.name=x -c user.email=x commit -qm x; git add -A 2>/dev/null', expect: violates('nested-repository') })
guarded('a repository in a tracked folder is named', { build: 'git init -q src', expect: violates('nested-repository') })
guarded('a .git that was replaced is repaired', { build: 'rm .git; git init -q; git add -A; echo 2 > src/a.ts', expect: clean(['modified src/a.ts']) })
guarded('a .git that points elsewhere is repaired', { build: 'echo "gitdir: $MAIN/.git" > .git; echo 2 > src/a.ts', expect: clean(['modified src/a.ts']) })
guarded('metadata that was deleted is made again', { build: 'rm -rf "$(git rev-parse --git-dir)"; echo 2 > src/a.ts', expect: clean(['modified src/a.ts']) })
guarded('a config.worktree is removed', { build: 'echo "[core]\nbare = true" > "$(git rev-parse --git-dir)/config.worktree"; echo 2 > src/a.ts', expect: clean(['modified src/a.ts']) })
guarded('everything deleted', { build: 'rm -rf ./* .gitignore', expect: clean(['deleted .gitignore', 'deleted README.md', 'deleted src/a.ts', 'deleted src/b.ts']) })
guarded('the worktree itself deleted', { build: 'd="$PWD"; cd ..; rm -rf "$d"', expect: violates('workspace-deleted') })
guarded('modes, links and folders that became files', {
  build: 'chmod +x src/a.ts; ln -s a.ts src/link; rm -r src/b.ts; mkdir src/b.ts; echo 1 > src/b.ts/c; rm README.md; ln -s src/a.ts README.md',
  expect: clean(['added src/b.ts/c', 'added src/link', 'deleted src/b.ts', 'modified src/a.ts', 'type-changed README.md']),
})
guarded('links that leave', { build: 'ln -s /etc/passwd src/abs; ln -s ../../x src/up; ln -s .. src/ok', expect: (result) => { violates('symlink-escape')(result); assert.is((result as { problems: unknown[] }).problems.length, 2) } })
guarded('a folder moved outside and linked back', {
  build: 'mv src ../moved; ln -s ../moved src',
  expect: (result, sandbox) => { assert.ok(codesOf(result).includes('symlink-escape'), JSON.stringify(result)); sandbox.build({ path: sandbox.dir } as Workspace, 'rm -rf trees/moved') },
})
guarded('folders without permissions', { build: 'mkdir -p d/e; echo x > d/e/f; chmod 000 d/e; chmod 500 src', expect: () => undefined })
guarded('a folder so deep that no path reaches its end, from which git looks away', {
  build: 'cd src; name=$(printf "%0200d" 0); for _ in $(seq 24); do mkdir $name; cd -P $name; done; echo deep > file; chmod 500 .',
  expect: violates('unreadable'),
})
guarded('a file that git takes, and that nothing else could open', {
  build: 'name=$(printf "%0200d" 0); for _ in $(seq 20); do mkdir $name; cd -P $name; done; ln -s /etc/passwd $(printf "%060d" 0)',
  expect: violates('path-too-long'),
})
guarded('names that differ only in case', { build: 'echo 1 > readme.MD; mkdir Src; echo 1 > Src/z', expect: violates('case-collision') })
guarded('a submodule is not changed', {
  build: 'git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub; git init -q sub; git -C sub -c user.name=x -c user.email=x commit -q --allow-empty -m x',
  expect: violates('nested-repository'),
})
guarded('a filled submodule', {
  prepare: (sandbox) => { sandbox.git(['update-index', '--add', '--cacheinfo', `160000,${sandbox.git(['rev-parse', 'HEAD']).trim()},sub`]); sandbox.git(['commit', '-qm', 'sub']); sandbox.write('sub/.keep', ''); },
  build: 'echo poison > sub/conftest.py',
  expect: violates('submodule'),
})
guarded('odd names', {
  scope: { write: ['src/'] },
  build: (_, workspace) => {
    for (const name of ['new\nline', 'quo"te', "apos'trophe", '-dash', 'sp ace ', 'é', 'e\u0301x', 'col:on', '[id]', '*', '\\back', 'ü'.repeat(100), ':(top)x', '!not']) writeFileSync(path.join(workspace.path, 'src', name), 'x')
    writeFileSync(Buffer.concat([Buffer.from(`${workspace.path}/src/raw`), Buffer.from([0xff, 0xfe])]), 'x')
  },
  expect: (result) => {
    assert.is(result.type, 'clean', JSON.stringify(result))
    assert.is(result.changed.length, 15)
    assert.ok(result.changed.some((one) => one.path === 'src/new\nline'))
  },
})
guarded('CRLF under autocrlf is what git would commit', {
  files: { 'a.txt': 'one\ntwo\n', '.gitattributes': '*.txt text\n' },
  prepare: (sandbox) => { sandbox.git(['config', 'core.autocrlf', 'true']); sandbox.git(['config', 'core.safecrlf', 'true']) },
  build: (_, workspace) => {
    assert.is(readFileSync(path.join(workspace.path, 'a.txt'), 'utf8'), 'one\r\ntwo\r\n')
    writeFileSync(path.join(workspace.path, 'b.txt'), 'one\r\n')
  },
  expect: clean(['added b.txt']),
})
guarded('huge and binary files', {
  build: (_, workspace) => { writeFileSync(path.join(workspace.path, 'huge.bin'), Buffer.alloc(50 * 1024 * 1024, 7)); writeFileSync(path.join(workspace.path, 'zero.bin'), Buffer.from([0, 1, 2, 255])) },
  expect: clean(['added huge.bin', 'added zero.bin']),
})
guarded('a link in the place of the worktree\'s own files is not followed when they are removed', {
  build: (sandbox, workspace) => { symlinkSync(sandbox.root, path.join(workspace.path, 'main')) },
  expect: (result, sandbox) => { violates('symlink-escape')(result); assert.ok(lstatSync(path.join(sandbox.root, 'src/a.ts'))) },
})

test('a person who commits, switches and stashes in the main checkout meanwhile is left alone', withSandbox(undefined, async (sandbox) => {
  const workspace = await sandbox.acquire(await sandbox.open())
  await workspace.beforeBuild()
  sandbox.build(workspace, 'echo 2 > src/a.ts')
  sandbox.write('src/b.ts', 'person\n')
  const commit = sandbox.commitAll('by a person')
  sandbox.git(['checkout', '-q', '-b', 'feature'])
  sandbox.write('src/b.ts', 'later\n')
  sandbox.git(['stash', '-q'])
  const other = path.join(sandbox.dir, 'other')
  sandbox.git(['clone', '-q', sandbox.root, other])
  sandbox.git(['tag', 'v9'], { cwd: other })
  sandbox.git(['fetch', '-q', '--tags', other])
  const result = await workspace.guard(wholeProject)
  assert.is(sandbox.git(['tag']).trim(), 'v9')
  assert.is(result.type, 'clean', JSON.stringify(result))
  assert.is(sandbox.git(['rev-parse', 'main']).trim(), commit)
  assert.is(sandbox.git(['symbolic-ref', 'HEAD']).trim(), 'refs/heads/feature')
  assert.is(sandbox.git(['stash', 'list']).trim().split('\n').length, 1)
}))

test('a repository with SHA-256 objects', async () => {
  const sandbox = makeSandbox({})
  try {
    sandbox.build({ path: sandbox.root } as Workspace, 'rm -rf .git; git init -q --object-format=sha256 -b main')
    sandbox.write('src/a.ts', '1\n')
    sandbox.commitAll()
    const workspace = await sandbox.acquire(await sandbox.open())
    sandbox.build(workspace, 'git init -q src; echo 2 > src/b.ts')
    const result = await workspace.guard(wholeProject)
    violates('nested-repository')(result)
    assert.equal(result.changed, [{ path: 'src/b.ts', status: 'added' }])
    await workspace.rollback()
    assert.is(sandbox.git(['status', '--porcelain'], { cwd: workspace.path }), '')
  } finally {
    sandbox.clean()
  }
})

test('a builder that left without a guard is undone by rollback', withSandbox(undefined, async (sandbox) => {
  const workspace = await sandbox.acquire(await sandbox.open())
  await workspace.beforeBuild()
  sandbox.build(workspace, 'git config core.pager evil; git checkout -q -b mine; echo x > x; git add x; git commit -qm x')
  await workspace.rollback()
  assert.throws(() => sandbox.git(['config', 'core.pager']))
  assert.is(sandbox.git(['for-each-ref', '--format=%(refname)', 'refs/heads']).trim(), 'refs/heads/main')
  assert.not(existsSync(path.join(workspace.path, 'x')))
}))

test('a filter that a builder configured does not run, and never sees our environment', withSandbox(undefined, async (sandbox) => {
  const evil = `sh -c 'env >> "${sandbox.dir}/leaked"; cat'`
  const repository = await sandbox.open()
  const workspace = await sandbox.acquire(repository, { env: { PATH: sandbox.env['PATH']!, HOME: sandbox.env['HOME']! } })
  await workspace.beforeBuild()
  sandbox.build(workspace, `git config filter.evil.clean "$(cat <<'END'\n${evil}\nEND\n)"; echo "*.ts filter=evil" > .gitattributes; echo 2 > src/a.ts`)
  assert.ok((await workspace.savePatch(path.join(sandbox.dir, 'p'))) > 0)
  assert.equal(codesOf(await workspace.guard(wholeProject)), ['git-config'])
  assert.not(existsSync(path.join(sandbox.dir, 'leaked')))
  // What a check configures later is not compared any more: it runs without what the attempt may not see.
  sandbox.git(['config', 'filter.evil.clean', evil])
  sandbox.build(workspace, 'echo 3 > src/a.ts')
  await workspace.guard(wholeProject)
  assert.not.match(readFileSync(path.join(sandbox.dir, 'leaked'), 'utf8'), /GIT_CONFIG_NOSYSTEM/)
}))

test.run()
