/** What children see of the caller's environment, and that a secret which one of them prints is nowhere to be read. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { autopackRun, prepare, receiptOf, told } from '../support/run-project.ts'

const test = suite('environment')

const withheld = 'hunter2-withheld-9f8e7d6c'
const passed = 'hunter2-passed-1a2b3c4d5e'
const set = 'hunter2-set-in-config-77'
const env = { DEPLOY_TOKEN: withheld, SERVICE_TOKEN: passed, PLAIN_SETTING: 'plain' }
const tell = 'env | cut -d= -f1 | sort > "$OUTSIDE/$AUTOPACK_PHASE-$1"'

// A report says it, a log says it, a failure's title, a usage file, a file name: everything that comes from a child.
const check = `
sh -c '${tell}' - check
echo "checked with $SERVICE_TOKEN"
echo "Error: refused $SERVICE_TOKEN" >&2
echo '<testsuite><testcase name="login '"$SERVICE_TOKEN"'"><failure message="denied '"$SERVICE_TOKEN"'">'"$SERVICE_TOKEN"'</failure></testcase></testsuite>' > "$1"
exit 1
`

async function loud(): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, {
    phases: {
      build: {
        build: `sh -c '${tell}' - builder; echo "building with $SERVICE_TOKEN and $CONFIG_PASSWORD"; echo "{\\"note\\":\\"$SERVICE_TOKEN\\"}" >> "$AUTOPACK_USAGE_FILE"; echo built > src/b.txt`,
        checks: [{ name: 'login', run: ['sh', '-c', check, 'check', '{report}'], format: 'junit' }, { name: 'text', run: { shell: 'echo "Error: no login with $SERVICE_TOKEN"; exit 1' } }],
      },
      crash: 'echo "TypeError: cannot use $SERVICE_TOKEN"; exit 1',
      skip: 'true',
    },
    imports: "import { definePlugin } from 'autopack'",
    config: `env: { pass: ['SERVICE_*'], set: { CONFIG_PASSWORD: '${set}', OUTSIDE: outside, MAIN: '' } }, drain: { maxAttemptsPerPhase: 1 },
      plugins: [definePlugin({ name: 'teller', apiVersion: 1, apply(api) {
        api.hooks.beforePhase.tap((event) => { if (event.phase.id === 'skip') event.skip('no login with ' + process.env.SERVICE_TOKEN) })
      } })()],`,
  })
  await project.commit('prepare')
  return project
}

/** Every file below the folder that holds the text, with what stands around it. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const content = await readFile(join(entry.parentPath, entry.name), 'latin1')
    const at = content.indexOf(text)
    if (at !== -1) found.push(`${join(entry.parentPath, entry.name).slice(folder.length + 1)}: ${JSON.stringify(content.slice(Math.max(0, at - 80), at + 40))}`)
  }
  return found
}

test('a secret of the caller is not passed, and one that is passed is written nowhere', async () => {
  await using project = await loud()
  const run = await autopackRun(project, [], { env })
  assert.is(run.exitCode, 1, run.stdout + run.stderr)
  assert.equal([run.phase('build').outcome, run.phase('crash').outcome, run.phase('skip').outcome], ['failed', 'failed', 'skipped'])

  for (const who of ['builder', 'check']) {
    const names = (await told(project, `build-${who}`)).split('\n')
    assert.ok(names.includes('SERVICE_TOKEN') && names.includes('PATH') && names.includes('AUTOPACK_PHASE'), `${who}: ${names.join(' ')}`)
    assert.not.ok(names.some((name) => name === 'DEPLOY_TOKEN' || name === 'PLAIN_SETTING'), `${who}: ${names.join(' ')}`)
  }
  assert.ok((await receiptOf(run.phase('build'))).environmentWithheld.includes('DEPLOY_TOKEN'))

  const runsDir = project.path('.autonomous_runs')
  for (const secret of [withheld, passed, set]) {
    assert.not.ok(run.stdout.includes(secret), `events: ${run.stdout.slice(Math.max(0, run.stdout.indexOf(secret) - 200)).slice(0, 260)}`)
  }
  assert.ok((await filesWith(runsDir, '[redacted]')).some((file) => file.includes('builder.log')), 'the builder printed nothing')
  assert.equal((await Promise.all([withheld, passed, set].map((secret) => filesWith(runsDir, secret)))).flat(), [])
  for (const args of [['status', '--json'], ['show', 'r', 'build'], ['show', 'r', 'build', '--json'], ['logs', 'r', 'crash']]) {
    // The reader's own environment need not hold the secret.
    const { stdout } = await runInside(project, args)
    assert.not.ok(stdout.includes(passed), args.join(' '))
  }
})

test.run()
