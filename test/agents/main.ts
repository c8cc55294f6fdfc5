/**
 * Drives real agents, installed from npm into the user's cache, through whole runs. A scripted model on loopback takes the place of the service: no key, no
 * token, no network but npm's.
 *
 *   npm run test:agents                    all
 *   npm run test:agents -- claude          the files whose path contains that text
 *   npm run record:agents                  writes test/fixtures/builders/ anew
 *   options: --if-available (says so and ends well where the packages cannot be had), and those of test/support/run.ts
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { installAgents } from '../support/agents/install.ts'

const args = process.argv.slice(2).filter((argument) => argument !== '--if-available')
const optional = process.argv.includes('--if-available')

process.exitCode = await installAgents(console.log).then(runTests, (error: { stderr?: string; message: string }) => {
  console.log(`the agents' packages cannot be had${optional ? ': their tests are skipped' : ''}\n${(error.stderr ?? error.message).trim()}`)
  const counts = args.indexOf('--counts')
  if (counts !== -1) writeFileSync(args[counts + 1]!, '{"passed":0,"failed":0,"skipped":1}\n')
  return optional ? 0 : 1
})

function runTests(): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../support/run.ts', import.meta.url)), '--folder', 'test/agents', ...args], { stdio: 'inherit' })
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}
