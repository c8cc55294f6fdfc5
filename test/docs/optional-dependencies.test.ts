import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/plugins/optional-dependencies.md')

/** pytest has to be here, and praw has not. */
const unable = ((): string | undefined => {
  try {
    execFileSync('python3', ['-c', 'import importlib.util, pytest, sys; sys.exit(importlib.util.find_spec("praw") is not None)'], { stdio: 'pipe' })
    return undefined
  } catch {
    return 'python3 has no pytest here, or has praw'
  }
})()

test('does what it says, step by step', async () => {
  if (unable !== undefined) return console.log(`skipped: ${unable}`)
  await followDocs('docs/plugins/optional-dependencies.md', { runs: 2, excerpts: 1 })
})

test.run()
