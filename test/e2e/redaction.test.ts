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

test.run()
