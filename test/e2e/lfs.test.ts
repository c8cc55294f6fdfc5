/** A repository with large files in Git LFS, with the real git-lfs: builders and checks see contents, commits hold pointers, and a push finds what they point to. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findOnPath } from '../../core/cli/find-program.ts'
import { makeProject } from '../support/project.ts'
import { outside, prepare, runHere, told } from '../support/run-project.ts'

const test = suite('git lfs')

const there = (await findOnPath('git-lfs', process.env)) !== undefined
if (!there) console.log('skip because git-lfs is not installed')
const withLfs = there ? test : test.skip

withLfs('text beside large files, one changed, one added, and what a failed builder did to another', async () => {
  await using project = await makeProject()
  await project.git('lfs', 'install', '--skip-repo')
  await prepare(project, {
    phases: {
      // Looking is enough for git-lfs to put its hooks into the repository.
      text: { build: 'touch assets/one.bin; git status --short > $OUTSIDE/status; ls "$(git rev-parse --git-common-dir)/hooks" > $OUTSIDE/hooks; echo more >> a.txt', scope: { paths: ['a.txt'] } },
      change: { build: 'printf "one, changed" > assets/one.bin; git add --all', scope: { paths: ['assets/'] } },
      breaks: { build: 'printf "two, broken" > assets/two.bin; git add --all; echo x > elsewhere.txt', scope: { paths: ['assets/'] } },
      add: { build: 'cat assets/one.bin assets/two.bin > $OUTSIDE/seen; printf three > assets/three.bin', scope: { paths: ['assets/'] } },
    },
    config: "drain: { maxAttemptsPerPhase: 1 }, checks: [{ name: 'contents', run: ['sh', '-c', 'cat assets/*.bin > \"$OUTSIDE/checked\"; ! grep -l git-lfs assets/*.bin'] }],",
  })
  await project.commit('start', { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'a.txt': 'a\n', 'assets/one.bin': 'one', 'assets/two.bin': 'two' })
  // Committed before anybody thought of LFS: git takes it for modified in every checkout.
  await project.write({ 'assets/raw.bin': 'raw' })
  const raw = await project.git('hash-object', '-w', '--no-filters', 'assets/raw.bin')
  await project.git('update-index', '--add', '--cacheinfo', `100644,${raw},assets/raw.bin`)
  await project.git('commit', '--quiet', '--no-verify', '--message', 'raw')
  await rm(project.path('.git/hooks'), { recursive: true })

  const run = await runHere(project, ['--allow-dirty'])
  assert.equal(run.outcomes, { text: 'complete', change: 'complete', breaks: 'scope_violation', add: 'complete' }, run.stdout + run.stderr)
  assert.match(await told(project, 'hooks'), 'pre-push')
  assert.is(run.phase('breaks').classification!.title, 'elsewhere.txt is outside the write scope of this phase (added)')
  assert.is(await told(project, 'seen'), 'one, changedtwo', 'what a builder sees')
  assert.is(await told(project, 'checked'), 'one, changedrawthreetwo', 'what a check sees')
  assert.not(run.stdout.includes('changed files, which were discarded'), 'what nobody touched is no litter of a check')
  const names = await project.git('diff', '--name-status', 'main', 'autopack/p/r')
  assert.is(names, 'M\ta.txt\nM\tassets/one.bin\nA\tassets/three.bin')
  for (const [file, size] of [['one', 12], ['two', 3], ['three', 5]]) assert.match(await project.git('show', `autopack/p/r:assets/${file}.bin`), new RegExp(`^version https://git-lfs\\.github\\.com/spec/v1\\noid sha256:[0-9a-f]{64}\\nsize ${size}$`))
  assert.match(await project.git('lfs', 'fsck', '--objects', 'autopack/p/r'), 'OK')

  // What was committed can be pushed and checked out elsewhere.
  const [remote, clone] = [outside(project, 'remote.git'), outside(project, 'clone')]
  await project.git('init', '--quiet', '--bare', remote)
  await project.git('push', '--quiet', `file://${remote}`, 'main', 'autopack/p/r')
  await project.git('clone', '--quiet', '--branch', 'autopack/p/r', `file://${remote}`, clone)
  assert.is((await project.run(['sh', '-c', 'cat assets/*.bin'], { cwd: join(clone) })).stdout, 'one, changedrawthreetwo')
})

test.run()
