import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installPackage, npmEnvironment } from '../support/consumer.ts'
import { repositoryRoot } from '../support/project.ts'

const test = suite('installing from a git URL')

/** Installs the last commit, so what is not committed is not tested here. */
function isRepository(): boolean {
  try {
    return execFileSync('git', ['rev-parse', '--show-toplevel'], { cwd: repositoryRoot, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() === repositoryRoot
  } catch {
    return false
  }
}

const cloned = isRepository()
if (!cloned) console.log('skip because this is not a git clone')
const inClone = cloned ? test : test.skip

inClone('builds and runs', async () => {
  const { project, installed } = await installPackage('git')
  await using _disposed = project
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string }
  const { stdout, stderr } = await project.run(['npx', '--no-install', 'autopack', '--version'], { env: npmEnvironment() })
  assert.is(stdout.trim(), version, stderr)
})

test.run()
