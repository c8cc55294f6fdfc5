import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { patch } from '../../../core/builders/index.ts'
import { patchName } from '../../../core/builders/patch.ts'
import type { BuildResult } from '../../../core/model/builder.ts'
import { builderBench } from './support.ts'

type Bench = ReturnType<typeof builderBench>
const test = suite<{ bench: Bench }>('patch builder')

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('')

/** A repository with `app/src/a.txt` and `top.txt` committed, whose project root is `app/`. */
function prepare(bench: Bench) {
  bench.write('workspace/app/src/a.txt', numbers(1, 40))
  bench.write('workspace/top.txt', 'top\n')
  bench.git('init', '-q')
  bench.git('add', '-A')
  bench.git('commit', '-q', '-m', 'base')
}

/** Makes a patch of what `change` does, and takes it back. */
function patchOf(bench: Bench, change: () => void, ...args: string[]): string {
  change()
  bench.git('add', '-A')
  const text = bench.git('diff', '--cached', '--binary', ...args)
  bench.git('reset', '-q', '--hard')
  return text
}

test.before.each((context) => {
  context.bench = builderBench({ project: 'app' })
  prepare(context.bench)
})
test.after.each((context) => context.bench.remove())

const read = (bench: Bench, file: string) => readFileSync(join(bench.workspace, file), 'utf8')
const failure = (result: BuildResult) => {
  assert.is(result.type, 'error')
  return result as Extract<BuildResult, { type: 'error' }>
}

test('makes a file where a stub of ours lies, and no other', async ({ bench }) => {
  const text = patchOf(bench, () => bench.write('workspace/app/web/package-lock.json', '{"name":"web"}\n'))
  const stub = join(bench.workspace, 'app/web/package-lock.json')
  bench.write('config/patches/the-phase.patch', text)
  bench.write('workspace/app/web/package-lock.json', '{}\n')
  assert.match(failure(await patch({ dir: 'patches' }).build(bench.request)).message, /package-lock\.json/)
  const result = await patch({ dir: 'patches' }).build({ ...bench.request, stubs: [stub] })
  assert.equal([result.type, read(bench, 'app/web/package-lock.json')], ['done', '{"name":"web"}\n'])
})

test('applies the patch of the phase: changes, additions, deletions, binary and odd names', async ({ bench }) => {
  const text = patchOf(bench, () => {
    bench.write('workspace/app/src/a.txt', numbers(1, 40).replace('line 7', 'seven'))
    bench.write('workspace/app/src/ö "quoted" name.txt', 'odd\n')
    bench.write('workspace/app/blob.bin', Buffer.from([0, 255, 1, 254]))
    rmSync(join(bench.workspace, 'top.txt'))
  })
  bench.write('config/patches/the-phase.patch', text)
  const result = await patch({ dir: 'patches' }).build(bench.request)
  assert.equal([result.type, result.usage], ['done', { inputTokens: 0, outputTokens: 0 }])
  assert.match(read(bench, 'app/src/a.txt'), /\nseven\n/)
  assert.is(read(bench, 'app/src/ö "quoted" name.txt'), 'odd\n')
  assert.equal([...readFileSync(join(bench.workspace, 'app/blob.bin'))], [0, 255, 1, 254])
  assert.not.ok(existsSync(join(bench.workspace, 'top.txt')))
})

test('paths may count from the project root, for changes and for additions alone', async ({ bench }) => {
  bench.write('config/fix.patch', patchOf(bench, () => bench.write('workspace/app/src/a.txt', numbers(2, 40)), '--relative=app'))
  assert.is((await patch({ file: 'fix.patch' }).build(bench.request)).type, 'done')
  assert.is(read(bench, 'app/src/a.txt'), numbers(2, 40))
  bench.git('reset', '-q', '--hard')
  bench.write('config/fix.patch', patchOf(bench, () => bench.write('workspace/app/src/new.txt', 'new\n'), '--relative=app'))
  assert.is((await patch({ file: 'fix.patch' }).build(bench.request)).type, 'done')
  assert.is(read(bench, 'app/src/new.txt'), 'new\n')
})

test('the repository root is preferred where both readings exist', async ({ bench }) => {
  bench.write('workspace/src/a.txt', numbers(1, 40))
  bench.git('add', '-A')
  bench.git('commit', '-q', '-m', 'both')
  bench.write('config/fix.patch', patchOf(bench, () => bench.write('workspace/src/a.txt', numbers(2, 40))))
  assert.is((await patch({ file: 'fix.patch' }).build(bench.request)).type, 'done')
  assert.equal([read(bench, 'src/a.txt'), read(bench, 'app/src/a.txt')], [numbers(2, 40), numbers(1, 40)])
})

test('a reject names file and hunk, and nothing is changed', async ({ bench }) => {
  const text = patchOf(bench, () => {
    bench.write('workspace/app/src/a.txt', numbers(1, 40).replace('line 3\n', 'three\n').replace('line 30\n', 'thirty\n'))
    bench.write('workspace/top.txt', 'changed\n')
  })
  bench.write('config/fix.patch', text)
  bench.write('workspace/app/src/a.txt', numbers(1, 40).replace('line 30\n', 'something else\n'))
  const result = failure(await patch({ file: 'fix.patch' }).build(bench.request))
  assert.is(result.class, 'patch_failed')
  assert.equal(result.problems, [{ path: 'app/src/a.txt', code: 'hunk_rejected', message: 'hunk 2 of 2 does not apply: @@ -27,7 +27,7 @@' }])
  assert.is(result.message, 'fix.patch does not apply: app/src/a.txt: hunk 2 of 2 does not apply: @@ -27,7 +27,7 @@')
  assert.equal([read(bench, 'top.txt'), read(bench, 'app/src/a.txt').includes('three')], ['top\n', false])
})

test('a reject below the project root names the hunk too', async ({ bench }) => {
  bench.write('config/fix.patch', patchOf(bench, () => bench.write('workspace/app/src/a.txt', numbers(1, 39)), '--relative=app'))
  bench.write('workspace/app/src/a.txt', 'other\n')
  const result = failure(await patch({ file: 'fix.patch' }).build(bench.request))
  assert.equal(result.problems, [{ path: 'app/src/a.txt', code: 'hunk_rejected', message: 'hunk 1 of 1 does not apply: @@ -37,4 +37,3 @@' }])
})

test('three-way merges what strict refuses, and a conflict is an error', async ({ bench }) => {
  const text = patchOf(bench, () => bench.write('workspace/app/src/a.txt', numbers(1, 40).replace('line 20\n', 'twenty\n')))
  bench.write('config/fix.patch', text)
  // The context changed right beside the hunk: a merge can tell, a strict patch cannot.
  bench.write('workspace/app/src/a.txt', numbers(1, 40).replace('line 17\n', 'moved\n'))
  bench.git('commit', '-q', '-a', '-m', 'beside')
  assert.is((await patch({ file: 'fix.patch' }).build(bench.request)).type, 'error')
  assert.is((await patch({ file: 'fix.patch', threeWay: true }).build(bench.request)).type, 'done')
  assert.match(read(bench, 'app/src/a.txt'), /moved\n[^]*twenty\n/)
  bench.write('workspace/app/src/a.txt', numbers(1, 40).replace('line 20\n', 'twentieth\n'))
  bench.git('commit', '-q', '-a', '-m', 'conflicting')
  const conflict = failure(await patch({ file: 'fix.patch', threeWay: true }).build(bench.request))
  assert.equal([conflict.class, conflict.problems], ['patch_failed', [{ path: 'app/src/a.txt', code: 'patch_conflict', message: 'the three-way merge left conflicts' }]])
})

test('a missing file, an existing one and a broken patch each say what is wrong', async ({ bench }) => {
  const problemOf = async (text: string) => {
    bench.write('config/fix.patch', text)
    return failure(await patch({ file: 'fix.patch' }).build(bench.request)).problems
  }
  assert.equal(await problemOf('--- a/gone.txt\n+++ b/gone.txt\n@@ -1 +1 @@\n-a\n+b\n'), [{ path: 'gone.txt', code: 'patch_rejected', message: 'No such file or directory' }])
  assert.equal(await problemOf('diff --git a/top.txt b/top.txt\nnew file mode 100644\n--- /dev/null\n+++ b/top.txt\n@@ -0,0 +1 @@\n+b\n'), [
    { path: 'top.txt', code: 'patch_rejected', message: 'already exists in working directory' },
  ])
  assert.match((await problemOf('--- a/top.txt\n+++ b/top.txt\n@@ -1,3 +1,3 @@\n-top\n'))![0]!.message, /^corrupt patch at /)
  assert.match((await problemOf('no patch at all\n'))![0]!.message, /^No valid patches in input/)
})

test('a patch that leaves the repository is refused', async ({ bench }) => {
  bench.write('config/fix.patch', '--- /dev/null\n+++ b/../outside.txt\n@@ -0,0 +1 @@\n+b\n')
  failure(await patch({ file: 'fix.patch' }).build(bench.request))
  assert.not.ok(existsSync(join(bench.path, 'outside.txt')))
})

test('a phase without a patch is an error with the expected path', async ({ bench }) => {
  const result = failure(await patch({ dir: 'patches' }).build(bench.request))
  const expected = join(bench.configDir, 'patches/the-phase.patch')
  assert.is(result.message, `no patch for phase "the-phase": expected ${expected}`)
  assert.equal(result.problems, [{ path: expected, code: 'patch_missing', message: 'expected a patch for phase "the-phase" here' }])
})

test('the name of a patch stays in its folder, and two ids never share one', () => {
  const ids = ['a/b', 'a-b', 'a%2Fb', 'a\\b', '..', '../x', 'a:b', 'über den Wolken']
  assert.equal(ids.map(patchName), ['a%2Fb.patch', 'a-b.patch', 'a%252Fb.patch', 'a%5Cb.patch', '...patch', '..%2Fx.patch', 'a%3Ab.patch', 'über den Wolken.patch'])
})

test('available names the folder that is missing, and git', async ({ bench }) => {
  const env = { PATH: process.env['PATH']! }
  assert.equal(await patch({ dir: 'patches' }).available!({ env, configDir: bench.configDir }), {
    ok: false, reason: `${join(bench.configDir, 'patches')} of the patch builder does not exist`, fix: 'create it, or correct the path (relative to the config file)',
  })
  assert.is((await patch({ dir: '.' }).available!({ env: { PATH: '/nowhere' }, configDir: bench.configDir })).ok, false)
  assert.equal(await patch({ dir: '.' }).available!({ env, configDir: bench.configDir }), { ok: true })
  assert.throws(() => patch({}), /the option dir of the patch builder cannot be undefined/)
})

test.run()
