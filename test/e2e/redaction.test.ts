import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'

const test = suite('redaction in a whole run')

const secret = 'zyx"wvu&tsrq<98765'
const config = `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'
export default defineConfig({
  project: 'p', env: { pass: ['MY_API_KEY'] }, drain: { maxAttemptsPerPhase: 1 },
  builder: command({ run: { shell: 'echo "the key is $MY_API_KEY"; echo done > out.txt' } }),
  checks: [
    { name: 'report', run: ['node', 'check.mjs', '{report}'], format: 'junit', against: 'none' },
    { name: 'text', run: { shell: 'echo "Error: bad $MY_API_KEY"; test ! -e out.txt' } },
  ],
})
`
const check = `import { existsSync, writeFileSync } from 'node:fs'
const key = process.env.MY_API_KEY.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const failure = existsSync('out.txt') ? \`<failure message="boom \${key}">x \${key}</failure>\` : ''
writeFileSync(process.argv[2], \`<testsuite><testcase classname="a" name="takes \${key}">\${failure}</testcase></testsuite>\`)
process.exit(failure ? 1 : 0)
`

test('what builders, checks and reports print of a secret is nowhere in the runs directory, nor on the terminal', async () => {
  await using project = await makeProject({ files: { 'autopack.config.mjs': config, 'check.mjs': check, 'runs/r.yaml': 'id: r\nphases: [{ id: a, goal: leak it }]\n' } })
  const { exitCode, stdout, stderr } = await project.cli(['run'], { env: { MY_API_KEY: secret } })
  assert.is(exitCode, 1, stderr)
  assert.match(stdout, 'boom [redacted]')
  const parts = ['wvu&tsrq', 'wvu&amp;tsrq', 'tsrq<98765', 'tsrq&lt;98765']
  const leaks: string[] = parts.filter((part) => (stdout + stderr).includes(part)).map((part) => `terminal: ${part}`)
  const entries = await readdir(project.path('.autonomous_runs'), { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const text = (await readFile(join(entry.parentPath, entry.name))).toString('latin1')
    for (const part of parts) if (text.includes(part)) leaks.push(`${entry.name}: ${part}`)
  }
  assert.equal(leaks, [])
  const log = await runInside(project, ['logs', 'r', 'a'])
  assert.is(log.stdout.trim(), 'the key is [redacted]')
})

/** What a builder says is cut for titles, summaries and messages: the secret stands across each of these borders. */
const talks = `import { defineConfig } from 'autopack'
const secret = ${JSON.stringify(secret)}
const at = (offset) => 'x '.repeat(offset / 2) + secret + ' and so on'
const base = { argv: ['own'], usage: 'unknown', tail: at(190), exitCode: 1, signal: null }
export default defineConfig({
  project: 'p', drain: { maxAttemptsPerPhase: 1, maxFingerprintRepeats: 9 },
  builder: {
    name: 'own',
    async build({ phase, projectDir, progress }) {
      progress({ line: at(490) })
      if (phase.id === 'title') return { ...base, type: 'error', message: at(190) }
      if (phase.id === 'problem') return { ...base, type: 'error', message: 'no', problems: [{ code: 'x', message: at(140) }, { code: 'y', message: 'and more' }], warnings: [at(296)] }
      if (phase.id === 'thrown') throw new Error(at(140))
      if (phase.id === 'broken') return { type: at(280) }
      process.getBuiltinModule('node:fs').writeFileSync(projectDir + '/done.txt', '')
      return { ...base, type: 'done', exitCode: 0, summary: at(16 * 1024 - 10) }
    },
  },
})
`

test('what a builder says is redacted before it is cut', async () => {
  await using project = await makeProject({ files: { 'autopack.config.mjs': talks, 'runs/r.json': JSON.stringify({ id: 'r', phases: ['title', 'problem', 'thrown', 'broken', 'summary'].map((id) => ({ id, goal: 'Say it' })) }) } })
  const { stdout, stderr } = await runInside(project, ['run', '--json'], { env: { MY_API_KEY: secret } })
  const finished = stdout.trim().split('\n').map((line) => JSON.parse(line) as { type: string; outcome?: string }).filter((event) => event.type === 'phase-finished')
  assert.equal(finished.map((event) => event.outcome), ['failed', 'failed', 'failed', 'failed', 'complete'], stderr)
  const beginnings = [secret.slice(0, 8), JSON.stringify(secret.slice(0, 8)).slice(1, -1)]
  const leaks = beginnings.filter((part) => (stdout + stderr).includes(part)).map((part) => `terminal: ${part}`)
  let files = 0
  for (const entry of await readdir(project.path('.autonomous_runs'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    files++
    const text = (await readFile(join(entry.parentPath, entry.name))).toString('latin1')
    for (const part of beginnings) if (text.includes(part)) leaks.push(`${entry.name}: ${part} in ${text.slice(text.indexOf(part) - 60, text.indexOf(part) + 20)}`)
  }
  assert.ok(files > 20, 'there is hardly anything to look at')
  assert.equal(leaks, [])
})

test.run()
