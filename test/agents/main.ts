/**
 * Drives real agents, installed from npm into the user's cache, through whole runs. A scripted model on loopback takes the place of the service: no key, no
 * token, no network but npm's. In the end it prints what became of each scenario with each agent.
 *
 *   npm run test:agents                    all
 *   npm run test:agents -- claude          the files whose path contains that text
 *   npm run record:agents                  writes test/fixtures/builders/ anew
 *   options: --if-available (says so and ends well where the packages cannot be had), and those of test/support/run.ts
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installAgents, pinnedAgents } from '../support/agents/install.ts'
import { matrixText, type TestEnd } from '../support/agents/matrix.ts'

interface Counts { passed: number; failed: number; skipped: number; tests: TestEnd[] }

const args = process.argv.slice(2).filter((argument) => argument !== '--if-available')
const optional = process.argv.includes('--if-available')
const counts = args.indexOf('--counts')

const missing = await installAgents(console.log)
for (const [agent, why] of missing) console.log(`${agent} cannot be had${optional ? ', its tests are skipped' : ''}: ${why}`)
const isDone = missing.size === Object.keys(await pinnedAgents()).length || (missing.size > 0 && !optional)
if (isDone && counts !== -1) writeFileSync(args[counts + 1]!, '{"passed":0,"failed":0,"skipped":1}\n')
process.exitCode = !isDone ? await runTests() : optional ? 0 : 1

async function runTests(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'autopack-agents-'))
  try {
    const file = counts === -1 ? join(folder, 'counts.json') : args[counts + 1]!
    const code = await new Promise<number>((resolve) => {
      // Of drafts of plans each test has an agent of its own.
      const without = [...missing.keys(), ...(missing.has('claude') || missing.has('codex') ? ['plan'] : [])].flatMap((name) => ['--without', `agents/${name}`])
      const runner = fileURLToPath(new URL('../support/run.ts', import.meta.url))
      spawn(process.execPath, [runner, '--folder', 'test/agents', ...args, ...without, '--counts', file], { stdio: 'inherit' }).on('close', (exitCode) => resolve(exitCode ?? 1))
    })
    // It was interrupted.
    if (!existsSync(file)) return code
    const { tests, passed, failed } = JSON.parse(readFileSync(file, 'utf8')) as Counts
    const table = matrixText(tests, await pinnedAgents())
    if (table !== '') console.log(`\n${table}\n\n${passed} passed, ${failed} failed`)
    return code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
