/** A receipt holds for every outcome, and whoever changes what it stands for is found out. */
import { existsSync } from 'node:fs'
import { appendFile, copyFile, cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { verifyOutputSchema } from '../../core/model/outputs.ts'
import type { VerifyOutput } from '../../core/model/outputs.ts'
import { shownPhase, verifiedAttempts } from '../support/attempts.ts'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { runHere, outside, prepare } from '../support/run-project.ts'

const test = suite('verify')

const verdictOf = `test ! -e src/bad.txt && test ! -e '$OUTSIDE/broken'`.replaceAll("'", '"')

/** A run with every outcome that needs no agent: complete, failed, held by a plugin, skipped by one, research that found nothing. */
async function everyOutcome(): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, {
    phases: {
      good: 'echo good > src/good.txt; echo told',
      bad: { build: 'echo bad > src/bad.txt', needs: [] },
      stray: { build: 'echo stray > other.txt', scope: { paths: ['src/'] } },
      idle: 'true',
      skipped: 'true',
      held: 'true',
      last: 'echo last > src/last.txt',
    },
    imports: "import { definePlugin } from 'autopack'",
    config: `checks: [{ name: 'tests', run: { shell: ${JSON.stringify(verdictOf)} } }], drain: { maxAttemptsPerPhase: 1 },
      plugins: [definePlugin({ name: 'chooser', apiVersion: 1, apply(api) {
        api.hooks.beforePhase.tap((context) => { if (context.phase.id === 'skipped') context.skip('not needed'); if (context.phase.id === 'held') context.hold('wait for it') })
      } })()],`,
  })
  await project.commit('prepare')
  return project
}

async function verify(project: TestProject, file: string, ...args: string[]): Promise<VerifyOutput> {
  const { exitCode, stdout, stderr } = await runInside(project, ['verify', file, '--json', ...args])
  const output = verifyOutputSchema.parse(JSON.parse(stdout || stderr))
  assert.is(exitCode, output.ok ? 0 : 1)
  return output
}

async function attemptDir(project: TestProject, phase: string): Promise<string> {
  return (await shownPhase(project, phase)).attempts.at(-1)!.dir
}

/** Changes something, looks, and puts it back. */
async function tampered(project: TestProject, phase: string, file: string, change: (text: string) => string): Promise<VerifyOutput> {
  const dir = await attemptDir(project, phase)
  const path = join(dir, file)
  const text = await readFile(path, 'utf8')
  await writeFile(path, change(text))
  const output = await verify(project, dir)
  await writeFile(path, text)
  return output
}

test('every receipt holds; whatever was changed afterwards is told', async () => {
  await using project = await everyOutcome()
  const run = await runHere(project)
  assert.equal(run.outcomes, { good: 'complete', bad: 'unknown', stray: 'scope_violation', idle: 'builder_no_change', skipped: 'skipped', held: 'held', last: 'complete' }, run.stdout + run.stderr)
  const outcomes: Record<string, (string | null)[]> = {}
  for (const phase of Object.keys(run.outcomes)) outcomes[phase] = (await verifiedAttempts(project, phase)).map(({ outcome }) => outcome)
  assert.equal(outcomes, { good: ['complete'], bad: ['failed'], stray: ['failed'], idle: ['failed'], skipped: ['skipped'], held: ['held'], last: ['complete'] })

  const log = await tampered(project, 'good', 'builder.log', (text) => text.replace('told', 'lied'))
  assert.equal([log.ok, log.problems.length], [false, 1])
  assert.match(log.problems[0]!, /^builder\.log was changed: 5 bytes with sha256 [0-9a-f]{64}, recorded 5 with [0-9a-f]{64}$/)
  const patch = await tampered(project, 'bad', 'changes.patch', (text) => `${text}\n`)
  assert.match(patch.problems.join('\n'), /^changes\.patch was changed: \d+ bytes with sha256 [0-9a-f]{64}, recorded \d+ with [0-9a-f]{64}$/)
  const receipt = await tampered(project, 'bad', 'receipt.json', (text) => text.replace('"charged": true', '"charged": false'))
  assert.match(receipt.problems.join('\n'), /^the store recorded the receipt hash [0-9a-f]{64}, this one has [0-9a-f]{64}$/)
  const committed = await tampered(project, 'good', 'receipt.json', (text) => text.replace('"warnings": []', '"warnings": ["x"]'))
  assert.equal(committed.problems.map((problem) => problem.replace(/[0-9a-f]{40,}/g, 'HASH')), [
    'the store recorded the receipt hash HASH, this one has HASH', 'commit HASH names the receipt hash HASH, this one has HASH',
  ])
  const broken = await tampered(project, 'good', 'receipt.json', () => '{')
  assert.match(broken.problems.join('\n'), /^the receipt is not JSON: /)
  const option = await tampered(project, 'good', 'receipt.json', (text) => text.replace(/"tree": "[0-9a-f]+"/g, () => `"tree": "--output=${outside(project, 'written')}"`))
  assert.match(option.problems.join('\n'), /^the receipt is not one of ours: base\.tree: /)
  assert.not.ok(existsSync(outside(project, 'written')), 'git took it for an option')
  const climbing = await tampered(project, 'good', 'receipt.json', (text) => text.replace('"path": "prompt.md"', '"path": "../../prompt.md"'))
  assert.match(climbing.problems.join('\n'), /files\.\d+\.path: expected a path inside the attempt's folder$/)

  await gone(project)
  await rewritten(project)
})

/** A file that is not there any more, and a receipt that another store knows nothing of. */
async function gone(project: TestProject): Promise<void> {
  const copy = outside(project, 'copy')
  await cp(await attemptDir(project, 'good'), copy, { recursive: true })
  const { stdout: removed } = await project.run(['rm', join(copy, 'prompt.md')])
  assert.is(removed, '')
  assert.equal((await verify(project, copy)).problems, ['prompt.md is gone'])

  const other = await runInside(project, ['verify', await attemptDir(project, 'good'), '--json'], { env: { AUTONOMOUS_RUNS_DIR: outside(project, 'other-runs') } })
  const output = verifyOutputSchema.parse(JSON.parse(other.stdout))
  assert.equal([output.ok, output.unknown], [true, ['the store knows no such attempt']])
}

/** The branch with another content, with another message, and without the commit. */
async function rewritten(project: TestProject): Promise<void> {
  const branch = 'refs/heads/autopack/p/r'
  const tip = await project.git('rev-parse', branch)
  const last = await attemptDir(project, 'last')
  const replace = async (commit: string): Promise<string[]> => {
    await project.git('update-ref', branch, commit)
    const { ok, problems } = await verify(project, last)
    assert.is(ok, false, 'nobody noticed')
    return problems.map((problem) => problem.replace(/[0-9a-f]{40,}/g, 'HASH'))
  }
  const message = await project.git('log', '-1', '--format=%B', tip)
  const tree = await project.git('rev-parse', 'main^{tree}')
  const otherTree = await project.git('commit-tree', tree, '-p', `${tip}^`, '-m', message)
  assert.equal(await replace(otherTree), ['commit HASH has tree HASH, judged was HASH'])
  const otherParent = await project.git('commit-tree', `${tip}^{tree}`, '-p', 'main~1', '-m', message)
  assert.equal(await replace(otherParent), ['commit HASH does not follow the recorded base HASH'])
  const untold = await project.git('commit-tree', `${tip}^{tree}`, '-p', `${tip}^`, '-m', 'squashed')
  const lost = ['no commit carries this attempt in its trailers: the branch autopack/p/r was rewritten or deleted; the store recorded commit HASH']
  assert.equal(await replace(untold), lost)
  await project.git('update-ref', '-d', branch)
  assert.equal((await verify(project, last)).problems.map((problem) => problem.replace(/[0-9a-f]{40,}/g, 'HASH')), lost)
  await project.git('update-ref', branch, tip)
  assert.ok((await verify(project, last)).ok)
}

test('--rerun runs the checks again on the tree that was judged, in a worktree of its own', async () => {
  await using project = await everyOutcome()
  await runHere(project)
  const good = await attemptDir(project, 'good')
  const bad = await attemptDir(project, 'bad')
  assert.ok((await verify(project, good, '--rerun')).confirmed.includes('check tests ends the same way again: exit code 0'))
  assert.ok((await verify(project, bad, '--rerun')).confirmed.includes('check tests ends the same way again: exit code 1'))
  await appendFile(outside(project, 'broken'), '')
  const changed = await verify(project, good, '--rerun')
  assert.equal([changed.ok, changed.problems], [false, ['check tests ended with exit code 1, recorded exit code 0']])
  await copyFile(join(good, 'receipt.json'), outside(project, 'receipt.json'))
  assert.is((await project.git('worktree', 'list')).split('\n').length, 2, 'the worktree of the rerun is gone')
  assert.is(await project.git('status', '--porcelain'), '')
})

test('--rerun hands over what the attempt had: exclusions, changed files and the names of the attempt', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n', 'src/gone.txt': 'g\n' } })
  const script = 'echo "$AUTOPACK_PHASE $AUTOPACK_ATTEMPT $*" >> "$OUTSIDE/told"; case "$*" in *--without=src/broken*) exit 0 ;; esac; echo BROKEN; exit 1'
  await prepare(project, {
    phases: { one: 'echo b > src/b.txt; echo more >> src/a.txt; rm src/gone.txt' },
    config: `checks: [{ name: 'tests', run: ['sh', outside + '/check', '{files}', '--', '{exclude}', '--end'] }], drain: { maxAttemptsPerPhase: 1 },
      classifiers: [{ type: 'classifier', name: 'leave-out', classify: ({ failure }) => /BROKEN/.test(failure.output) ? { class: 'known', action: { type: 'retry-checks', check: 'tests', args: ['--without=src/broken'], skipped: [] } } : undefined }],`,
  })
  await writeFile(outside(project, 'check'), script)
  await project.commit('prepare')
  const run = await runHere(project)
  assert.equal(run.outcomes, { one: 'complete' }, run.stdout)
  const before = (await readFile(outside(project, 'told'), 'utf8')).trim().split('\n')
  const again = await verify(project, await attemptDir(project, 'one'), '--rerun')
  assert.equal([again.problems, again.unknown], [[], []])
  assert.ok(again.confirmed.includes('check tests ends the same way again: exit code 0'), again.confirmed.join('\n'))
  const after = (await readFile(outside(project, 'told'), 'utf8')).trim().split('\n')
  assert.is(after.length, before.length + 1)
  assert.is(after.at(-1), 'one 1 src/a.txt src/b.txt -- --without=src/broken --end')
  assert.ok(before.includes(after.at(-1)!), before.join('\n'))
})

test.run()
