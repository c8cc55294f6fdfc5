import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { wholeProject, withSandbox } from './support.ts'

const test = suite('what git keeps about a worktree')

/** What a builder makes of a file, `$file`, beside `$other`, which is not its own. */
const damages: Record<string, string> = {
  nothing: ':',
  shorter: 'printf x > "$file"',
  longer: 'head -c 9000 /dev/zero > "$file"',
  'as long, with other bytes': 'size=$(wc -c < "$file"); head -c "$size" /dev/zero > "$file"',
  gone: 'rm "$file"',
  'read only': 'chmod 444 "$file"; chmod u-w "$file"',
  'a second name of another file': 'ln -f "$other" "$file"',
  'a link to another file': 'ln -sf "$other" "$file"',
  'a pipe': 'rm "$file"; mkfifo "$file"',
  'a folder': 'rm "$file"; mkdir -p "$file/x"',
}

for (const name of ['index', 'HEAD']) {
  test(`${name} is as it was, whatever a builder made of it, and nothing else was written to`, withSandbox(undefined, async (sandbox) => {
    const repository = await sandbox.open()
    const workspace = await sandbox.acquire(repository)
    const file = path.join(readFileSync(path.join(workspace.path, '.git'), 'utf8').replace('gitdir: ', '').trim(), name)
    const other = path.join(sandbox.dir, 'other')
    const told = (): string => sandbox.git(['status', '--porcelain'], { cwd: workspace.path }) + sandbox.git(['rev-parse', 'HEAD'], { cwd: workspace.path })
    const before = told()
    for (const [damage, script] of Object.entries(damages)) {
      writeFileSync(other, 'x')
      await workspace.beforeBuild()
      sandbox.build(workspace, `file=${file}; other=${other}; echo more > src/new.ts; ${script}`)
      await workspace.guard(wholeProject)
      await workspace.rollback()
      assert.is(told(), before, damage)
      assert.is(readFileSync(other, 'utf8'), 'x', damage)
      assert.is(statSync(file).nlink, 1, damage)
    }
  }))
}

test('an index of any size is a copy of ours', withSandbox(Object.fromEntries(Array.from({ length: 1_200 }, (_, number) => [`src/${number}.ts`, `${number}\n`])), async (sandbox) => {
  const workspace = await sandbox.acquire(await sandbox.open())
  const file = path.join(readFileSync(path.join(workspace.path, '.git'), 'utf8').replace('gitdir: ', '').trim(), 'index')
  for (const script of ['echo more > src/new.ts', 'rm -r src; echo less > one.ts', 'echo two > two.ts']) {
    sandbox.build(workspace, script)
    const result = await workspace.guard(wholeProject)
    assert.is(result.type, 'clean')
    await workspace.materialise((result as { tree: string }).tree)
    assert.is(readFileSync(file).compare(readFileSync(path.join(sandbox.dir, 'trees/.index/run-1'))), 0, script)
    assert.is(sandbox.git(['ls-files', '--others', '--modified'], { cwd: workspace.path }), '', script)
  }
}))

test.run()
