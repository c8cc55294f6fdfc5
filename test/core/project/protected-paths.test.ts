import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { protectedPaths } from '../../../core/project/protected-paths.ts'
import { scopeMatcher } from '../../../core/workspace/index.ts'

const test = suite('what no builder may change')

const of = (configDir: string, protect: string[], template?: string): string[] =>
  protectedPaths({ repository: { root: '/repo' }, config: { configDir, configPath: `${configDir}/autopack.config.ts`, protect, prompt: { template } } })

test('globs stand relative to the config, however they are written', () => {
  assert.equal(of('/repo', ['autopack.config.ts', 'locked/']), ['autopack.config.ts', 'locked/'])
  const below = of('/repo/sub', ['./plans/*.ts', '../ci/**', 'locked/'], '/repo/prompts/mine.md')
  assert.equal(below, ['sub/autopack.config.ts', 'prompts/mine.md', 'sub/plans/*.ts', 'ci/**', 'sub/locked/'])
  const isProtected = scopeMatcher(below)
  assert.equal(['sub/plans/a.ts', 'ci/x', 'sub/locked/key', 'plans/a.ts', 'sub/src/a.ts'].map(isProtected), [true, true, true, false, false])
})

test('of a config outside of the repository they stand relative to the repository', () => {
  assert.equal(of('/elsewhere', ['locked/**']), ['locked/**'])
})

test.run()
