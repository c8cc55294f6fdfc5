import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readPage, strayLines } from '../support/doc-page.ts'
import { makeProject, repositoryRoot } from '../support/project.ts'

const test = suite('the demo')

test('ends as it expects, and every command that it proposes works', async () => {
  await using project = await makeProject({ git: false, leakCheck: false })
  // As `npm run demo` finds it: node and npm on the PATH, the clone as the working directory.
  const { exitCode, stdout, stderr } = await project.run([process.execPath, join(repositoryRoot, 'docs/examples/demo.ts')], { cwd: repositoryRoot })
  assert.is(exitCode, 0, `${stdout}\n${stderr}`)
  const commands = [...stdout.matchAll(/^ {2}((?:npm run --silent autopack -- |git -C ).*)$/gm)].map(([, line]) => line!)
  assert.ok(commands.length >= 7, stdout)
  for (const [index, line] of commands.entries()) {
    // Node runs the same script of package.json, in a third of npm's time: npm itself has run the first.
    const quick = index === 0 ? line : line.replace(/^npm run --silent /, 'node --run ')
    const result = await project.run(['sh', '-c', quick], { cwd: repositoryRoot, env: { PAGER: 'cat', GIT_PAGER: 'cat' } })
    assert.is(result.exitCode, 0, `${line}\n${result.stdout}\n${result.stderr}`)
    assert.ok(result.stdout.trim() !== '', `${line} printed nothing`)
  }
  // The excerpt on the README's first screen is one of this run.
  const excerpt = /^```text\n(\$ autopack run [\s\S]*?)^```$/m.exec(readPage('README.md'))?.[1]
  assert.ok(excerpt)
  assert.equal(strayLines(excerpt, stdout), [])
  assert.match(stdout, new RegExp(`rm -r ${project.base}/tmp/autopack-demo-`))
})

test.run()
