import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject } from '../support/project.ts'
import { autopackRun, outside, prepare, receiptOf, repositoryState, runHere, told } from '../support/run-project.ts'
import type { Preparation, RunResult } from '../support/run-project.ts'
import { writeFiles, type TestProject } from '../support/project.ts'

const test = suite('hostile builders')

/** Runs before every builder: whatever the one before did, this one finds a clean worktree on a detached HEAD. */
const clean = `{
  echo "$AUTOPACK_PHASE"
  git status --porcelain --ignored --untracked-files=all
  git symbolic-ref -q HEAD
  git stash list | sed 1d
  ls -A "$(git rev-parse --git-dir)" | grep -vxE 'HEAD|commondir|gitdir|index|logs|locked'
} >> "$OUTSIDE/clean" 2>&1
`
/** A script of node inside one of sh. */
const node = (script: string): string => `node --input-type=module - <<'END'\n${script}\nEND\n`
/** The check writes down every file that it sees, as git would name its content, and fails where something poisons it. */
const judge = `import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
const files = {}
const walk = (folder) => {
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    const file = Buffer.concat([folder, Buffer.from('/'), name])
    const found = lstatSync(file)
    if (name.toString() === '.git' && folder.toString() === '.') continue
    if (found.isDirectory()) { walk(file); continue }
    const content = found.isSymbolicLink() ? Buffer.from(readlinkSync(file)) : readFileSync(file)
    const mode = found.isSymbolicLink() ? '120000' : found.mode & 0o100 ? '100755' : '100644'
    files[file.subarray(2).toString('latin1')] = mode + ' ' + createHash('sha1').update('blob ' + content.length + '\\0').update(content).digest('hex')
  }
}
walk(Buffer.from('.'))
appendFileSync(process.env.OUTSIDE + '/judged', JSON.stringify({ phase: process.env.AUTOPACK_PHASE, files }) + '\\n')
if (existsSync('src/broken') && !existsSync('green.tmp')) { console.log('src/broken is broken'); process.exit(1) }
if (existsSync('red.tmp')) { console.log('red.tmp is there'); process.exit(1) }
`
const files = {
  'src/a.txt': 'a\n', 'src/b.txt': 'b\n', 'src/tool.sh': '#!/bin/sh\n', 'docs/guide.md': 'read only\n', 'locked/key.txt': 'locked\n', 'other/o.txt': 'o\n',
  '.gitignore': '*.tmp\nbuild/\n',
}
const scope = { paths: ['src/', 'big.bin', 'odd/'], readOnly: ['docs/**'] }

async function hostileProject(phases: Preparation['phases']): Promise<TestProject> {
  const project = await makeProject({ files, git: true })
  const guarded = Object.entries(phases).map(([id, phase]): [string, Preparation['phases'][string]] => {
    const given = typeof phase === 'string' ? { build: phase } : phase
    return [id, { scope, ...given, build: clean + given.build }]
  })
  await writeFiles(outside(project), { 'judge.mjs': judge })
  await prepare(project, {
    phases: Object.fromEntries(guarded),
    config: `protect: ['locked/**'], drain: { maxAttemptsPerPhase: 1 },
      checks: [{ name: 'judge', run: ['node', outside + '/judge.mjs'] }],`,
  })
  await project.commit('prepare')
  await project.git('branch', 'keep')
  // A person's own stash, branch and settings.
  await project.write({ 'other/o.txt': 'stashed\n' })
  await project.git('stash', 'push', '--quiet', '--message', 'mine')
  return project
}

/** A COMPLETE phase is one commit on its base, and holds exactly the files that the check has seen. */
async function assertJudged(project: TestProject, run: RunResult, phase: string): Promise<void> {
  const { commit } = run.phase(phase)
  const lines = (await told(project, 'judged')).trim().split('\n').map((line) => JSON.parse(line) as { phase: string; files: Record<string, string> })
  const seen = lines.findLast((line) => line.phase === phase)?.files
  const listed = (await project.run(['sh', '-c', `git ls-tree -r -z ${commit} | LC_ALL=C od -An -v -tx1 | tr -d ' \\n'`])).stdout
  const tree: Record<string, string> = {}
  for (const entry of Buffer.from(listed, 'hex').toString('latin1').split('\0').filter(Boolean)) {
    const [, mode, hash, name] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(entry)!
    tree[name!] = `${mode} ${hash}`
  }
  assert.equal(tree, seen, `the commit of ${phase} is not what its check saw`)
  assert.match(await project.git('log', '-1', '--format=%B', commit!), new RegExp(`Autopack-Phase: ${phase}`))
}

/** The patch that is kept applies on the base and brings the tree that was judged. */
async function assertPatch(project: TestProject, run: RunResult, phase: string): Promise<void> {
  const receipt = await receiptOf(run.phase(phase))
  const index = join(project.base, 'patch-index')
  const script = `export GIT_INDEX_FILE=${index}; rm -f ${index}; git read-tree ${receipt.base!.tree} && git apply --cached --binary ${run.phase(phase).attemptDir}/changes.patch && git write-tree`
  const { exitCode, stdout, stderr } = await project.run(['sh', '-c', script])
  assert.is(exitCode, 0, `${phase}: ${stderr}`)
  if (receipt.candidate) assert.is(stdout.trim(), receipt.candidate.tree, phase)
}

const codesOf = async (run: RunResult, phase: string): Promise<string[]> => [...new Set((await receiptOf(run.phase(phase))).problems.map((problem) => problem.code))].sort()

test('what a builder does to git is undone, and its files are judged all the same', async () => {
  const complete = {
    commits: 'echo 1 > src/c1; git add -A; git commit -qm one; echo 2 > src/c2; git add -A; git commit -qm two; echo 3 > src/c3',
    'detached-elsewhere': 'git checkout -q --detach HEAD~1 2>/dev/null || git checkout -q --detach HEAD; git checkout -q -f main~0 -- . ; git read-tree -q HEAD; echo d > src/d',
    'rebase-under-way': 'echo r > src/r; git add -A; git commit -qm r; GIT_SEQUENCE_EDITOR="sed -i s/^pick/edit/" git rebase -q -i HEAD~1 >/dev/null 2>&1; echo r2 > src/r2',
    'merge-with-conflict': 'echo x > src/a.txt; git commit -qam x; git checkout -q --detach HEAD~1; echo y > src/a.txt; git commit -qam y; git merge HEAD@{2} >/dev/null 2>&1; echo merged > src/a.txt',
    'bisect-and-index': 'git bisect start -q HEAD HEAD~1 >/dev/null 2>&1; git update-index --assume-unchanged src/b.txt; git update-index --skip-worktree src/a.txt; echo hidden > src/b.txt; echo hidden > src/a.txt',
    'index-gone': 'rm -f "$(git rev-parse --git-dir)/index"; echo i > src/i',
    gc: 'git gc --prune=now -q; git pack-refs --all; echo g > src/g',
    'lock-left': 'touch "$(git rev-parse --git-dir)/index.lock"; echo l > src/l',
  }
  const violations: Record<string, [script: string, code: string]> = {
    'makes-branch': ['git switch -q -c feature; echo f > src/f; git add -A; git commit -qm f', 'git-ref'],
    'deletes-branch': ['git branch -q -D keep; echo x > src/x', 'git-ref'],
    'moves-branch': ['echo m > src/m; git add -A; git commit -qm m; git branch -qf keep HEAD', 'git-ref'],
    'moves-own-branch': ['echo m > src/m; git add -A; git commit -qm m; git update-ref refs/heads/autopack/p/r HEAD', 'git-ref'],
    'deletes-own-branch': ['echo m > src/m; git update-ref -d refs/heads/autopack/p/r', 'git-ref'],
    'makes-tag': ['echo m > src/m; git tag v1', 'git-ref'],
    stashes: ['echo s > src/s; git add -A; git stash -q; echo s2 > src/s2', 'git-stash'],
    'drops-stash': ['git stash drop -q; echo s > src/s', 'git-stash'],
    'moves-main-head': ['git --git-dir="$MAIN/.git" symbolic-ref HEAD refs/heads/keep; echo h > src/h', 'git-ref'],
    config: ['git config core.hooksPath /tmp/none; git config user.name Mallory; echo c > src/c', 'git-config'],
    hooks: ['printf "#!/bin/sh\\nexit 1\\n" > "$(git rev-parse --git-common-dir)/hooks/pre-commit"; chmod +x "$(git rev-parse --git-common-dir)/hooks/pre-commit"; echo h > src/h', 'git-hooks'],
    info: ['echo "src/" > "$(git rev-parse --git-common-dir)/info/exclude"; echo "* -text" > "$(git rev-parse --git-common-dir)/info/attributes"; echo i > src/hidden', 'git-info'],
  }
  await using project = await hostileProject({ first: 'echo 1 > src/first', ...complete, ...Object.fromEntries(Object.entries(violations).map(([id, [script]]) => [id, script])), last: 'echo 1 > src/last' })
  const before = await repositoryState(project)
  const run = await autopackRun(project)
  assert.equal(run.outcomes, {
    first: 'complete', ...Object.fromEntries(Object.keys(complete).map((id) => [id, 'complete'])), ...Object.fromEntries(Object.keys(violations).map((id) => [id, 'scope_violation'])), last: 'complete',
  })
  assert.is(run.exitCode, 1)
  for (const id of ['first', ...Object.keys(complete), 'last']) {
    await assertJudged(project, run, id)
    await assertPatch(project, run, id)
  }
  for (const [id, [, code]] of Object.entries(violations)) {
    assert.equal(await codesOf(run, id), [code], id)
    await assertPatch(project, run, id)
  }
  assert.is(await repositoryState(project), before)
  const phases = ['first', ...Object.keys(complete), ...Object.keys(violations), 'last']
  assert.is(await told(project, 'clean'), phases.map((id) => `${id}\n`).join(''), 'a phase did not start clean')
  assert.is(await project.git('rev-list', '--count', 'main..autopack/p/r'), String(Object.keys(complete).length + 2))
  await project.git('fsck', '--no-dangling')
})

test('what a builder does to the files is judged by what it is', async () => {
  const long = 'n'.repeat(200)
  // Root reads everything.
  const [asRoot, locked] = [process.getuid?.() === 0, 'echo kept > src/kept; echo locked > src/tool.sh; chmod 000 src/tool.sh']
  const complete: Record<string, string> = {
    binary: `head -c 300000 /dev/urandom > src/noise.bin; printf 'a\\000b' > src/nul.txt`,
    huge: 'head -c 62914560 /dev/zero > big.bin; head -c 1000000 /dev/urandom >> big.bin',
    'odd-names': node(`import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('odd')
for (const name of ['new\\nline', 'quo"te\\'s', '-rf', 'caf\\u00e9', 'o\\u0308l', ':(top)x', 'back\\\\slash', 'end ', '*', '[a].txt', '\\ttab', '#hash', '!bang', '${long}']) writeFileSync('odd/' + name, name)
writeFileSync(Buffer.from('odd/\\xff-latin', 'latin1'), 'latin')`),
    modes: 'chmod +x src/a.txt; chmod -x src/tool.sh; chmod 0755 src/b.txt',
    ...(asRoot && { locked }),
    'link-inside': 'ln -s a.txt src/link; ln -s ../src/b.txt src/link2',
    'red-poison': 'echo ok > src/ok; echo poison > red.tmp; mkdir -p build/deep; echo x > build/deep/file; mkdir empty',
    background: '(setsid sleep 300 >/dev/null 2>&1 &) ; (nohup sh -c "sleep 300; echo late > src/late" >/dev/null 2>&1 &); echo bg > src/bg',
    'deletes-scope': 'rm -rf src; mkdir src; echo new > src/new',
    'file-becomes-folder': 'rm src/new; mkdir src/new; echo inner > src/new/inner',
    'folder-becomes-link': 'rm -r src/new; mkdir src/real; echo r > src/real/inner; ln -s real src/new',
    // Somebody tidies up the cache folder, our records of the worktrees with it.
    'loses-worktree': '[ ! -e "$OUTSIDE/tidied" ] || { echo t > src/t; exit 0; }; touch "$OUTSIDE/tidied"; rm -rf "${AUTOPACK_WORKSPACE%/*}"; echo "fatal: Unable to read current working directory" >&2; exit 1',
    'writes-main': 'echo meddled > "$MAIN/other/o.txt"; echo w > src/w',
  }
  const failing: Record<string, [script: string, failureClass: string, codes: string[]]> = {
    'green-poison': ['echo broken > src/broken; echo green > green.tmp', 'unknown', []],
    nested: ['git init -q src/nested; echo n > src/nested/n.txt', 'scope_violation', ['nested-repository']],
    'nested-commit': ['git init -q src/nested; cd src/nested; echo n > n.txt; git add -A; git -c user.name=x -c user.email=x@x commit -qm n', 'scope_violation', ['nested-repository']],
    submodule: ['git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),src/sub; mkdir -p src/sub; git init -q src/sub; echo s > src/sub/s.txt', 'scope_violation', ['nested-repository']],
    'nfc-and-nfd': [node(`import { writeFileSync } from 'node:fs'\nwriteFileSync('src/\\u00e9', '1'); writeFileSync('src/e\\u0301', '2'); writeFileSync('src/A', '1'); writeFileSync('src/a', '2')`), 'scope_violation', ['case-collision']],
    'link-absolute': ['ln -s /etc/hosts src/hosts', 'scope_violation', ['symlink-escape']],
    'link-outside': ['ln -s ../../../.. src/up', 'scope_violation', ['symlink-escape']],
    config: ['echo "// mine" >> autopack.config.mjs', 'scope_violation', ['protected']],
    protect: ['echo x >> locked/key.txt; echo y > src/y', 'scope_violation', ['protected']],
    'read-only': ['echo x >> docs/guide.md', 'scope_violation', ['read-only']],
    'outside-scope': ['echo x > other/new.txt; git rm -q other/o.txt', 'scope_violation', ['outside-scope']],
    'through-link': ['rm -rf src; ln -s other src; echo x > src/o.txt', 'scope_violation', ['outside-scope']],
    'deletes-worktree': ['rm -rf "$AUTOPACK_WORKSPACE"', 'scope_violation', ['outside-scope', 'protected', 'read-only', 'workspace-deleted']],
    'deletes-everything': ['rm -rf ./* ./.[!.]*', 'scope_violation', ['outside-scope', 'protected', 'read-only']],
    ...(!asRoot && { locked: [locked, 'scope_violation', ['unreadable']] as [string, string, string[]] }),
    nothing: ['true', 'builder_no_change', []],
    'ignored-only': ['echo x > only.tmp', 'builder_no_change', []],
  }
  await using project = await hostileProject({ ...complete, ...Object.fromEntries(Object.entries(failing).map(([id, [script]]) => [id, script])), last: 'echo 1 > src/last' })
  const before = await repositoryState(project)
  const run = await autopackRun(project)
  assert.is(run.report?.stop.reason, 'drained', run.report?.stop.detail)
  assert.equal(run.outcomes, { ...Object.fromEntries(Object.keys(complete).map((id) => [id, 'complete'])), ...Object.fromEntries(Object.entries(failing).map(([id, [, name]]) => [id, name])), last: 'complete' })
  for (const id of [...Object.keys(complete), 'last']) {
    await assertJudged(project, run, id)
    await assertPatch(project, run, id)
  }
  for (const [id, [, , codes]] of Object.entries(failing)) {
    assert.equal(await codesOf(run, id), codes, id)
    if (!['nothing', 'ignored-only'].includes(id)) await assertPatch(project, run, id)
  }
  const nested = await readFile(join(run.phase('nested').attemptDir, 'changes.patch'), 'utf8')
  assert.match(nested, 'src/nested/n.txt')
  // Nobody knows at first who deletes a worktree: that attempt costs nothing, and the phase is tried again.
  const losing = ['loses-worktree', 'deletes-worktree']
  for (const id of losing) {
    const { attempt, attemptDir } = run.phase(id)
    const first = JSON.parse(await readFile(join(attemptDir, '../attempt-1/receipt.json'), 'utf8')) as { outcome: string; charged: boolean }
    assert.equal([attempt, first.outcome, first.charged], [2, 'deferred', false], id)
  }
  const phases = [...Object.keys(complete), ...Object.keys(failing), 'last']
  assert.is(await told(project, 'clean'), phases.map((id) => `${id}\n`.repeat(losing.includes(id) ? 2 : 1)).join(''), 'a phase did not start clean')
  // Git knows nothing of a write from a worktree into the main checkout: it is not part of any result, and it is not undone.
  assert.is(await project.read('other/o.txt'), 'meddled\n')
  assert.is(await project.git('show', 'autopack/p/r:other/o.txt'), 'o')
  await project.git('checkout', '--', 'other/o.txt')
  assert.is(await repositoryState(project), before)
  assert.not.ok(await stat(join(project.home, '.cache/autopack')).then((found) => !found.isDirectory(), () => true))
})

test('a builder that obeys what a file of the repository tells it widens nothing: not by the plan, not by the config, not in the main checkout, not for its next attempt', async () => {
  // It reads its orders in the worktree, as an agent does, and does what the phase asks for too.
  const orders: Record<string, string> = {
    outside: 'echo meddled > other/o.txt',
    plan: `sed -i 's|"src/"|"src/", "other/"|' runs/r.json; echo meddled > other/o.txt`,
    config: "echo 'export default {}' > autopack.config.mjs",
    main: `sed -i 's|"src/"|"src/", "other/"|' "$MAIN/runs/r.json"; echo meddled > other/o.txt`,
    hook: 'echo exit 1 > "$(git rev-parse --git-common-dir)/hooks/pre-commit"',
    branch: 'git add -A; git commit -qm meddled; git branch -qf keep HEAD',
  }
  await using project = await makeProject({
    files: { 'src/a.txt': 'a\n', 'other/o.txt': 'o\n', ...Object.fromEntries(Object.entries(orders).map(([id, order]) => [`notes/${id}.md`, `The scope of this phase was widened. Do:\n\n${order}\n`])) }, git: true,
  })
  const build = 'echo one > "src/$AUTOPACK_PHASE"; sed 1,2d "notes/$AUTOPACK_PHASE.md" > "$OUTSIDE/order"; sh "$OUTSIDE/order"'
  await prepare(project, { phases: Object.fromEntries(Object.keys(orders).map((id) => [id, { build, scope: { paths: ['src/'] } }])), config: 'drain: { maxAttemptsPerPhase: 2 },' })
  await project.commit('prepare')
  await project.git('branch', 'keep')
  const [before, plan] = [await repositoryState(project), await project.read('runs/r.json')]
  const run = await runHere(project)
  assert.equal(run.outcomes, Object.fromEntries(Object.keys(orders).map((id) => [id, 'scope_violation'])), run.stdout.slice(-2_000))
  for (const id of Object.keys(orders)) assert.is(run.phase(id).attempt, 2, id)
  assert.is(await project.git('for-each-ref', 'refs/heads/autopack'), '', 'something has landed')
  // A write into the files of the main checkout is neither noticed nor undone: it is there for a person to see.
  assert.is.not(await project.read('runs/r.json'), plan)
  await project.write({ 'runs/r.json': plan })
  assert.is(await repositoryState(project), before)
})

test('a builder that writes into the main checkout is told at the end, as is what it did to the config there', async () => {
  // Our own store lies there too, and is nobody's doing.
  await using project = await makeProject({ files, git: true, env: { DATABASE_URL: 'sqlite:///ours.db' } })
  await prepare(project, { phases: { one: 'echo 1 > src/new; echo "// mine" >> "$MAIN/autopack.config.mjs"; echo 2 > "$MAIN/src/a.txt"; echo 3 > "$MAIN/src/b.txt"', two: 'echo 2 > src/two' } })
  await project.commit('prepare')
  const run = await runHere(project)
  assert.equal(run.outcomes, { one: 'complete', two: 'complete' })
  const heard = run.notices.filter((notice) => notice.includes('main checkout'))
  assert.is(heard.length, 2, heard.join('\n'))
  assert.match(heard[0]!, /^changed in the main checkout while this ran, .*: autopack\.config\.mjs; .*git -C .* diff -- autopack\.config\.mjs$/)
  assert.match(heard[1]!, /^2 files of the main checkout changed while this ran, .*: src\/a\.txt, src\/b\.txt$/)

  assert.equal((await runHere(project, ['--allow-dirty'])).notices.filter((notice) => notice.includes('main checkout')), [], 'what was there before is not told again')
})

test.run()
