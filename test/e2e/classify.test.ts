import { DatabaseSync } from 'node:sqlite'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { classifyOutputSchema, explainOutputSchema } from '../../core/model/outputs.ts'
import { runInside } from '../support/cli.ts'
import { readPage } from '../support/doc-page.ts'
import { makeProject } from '../support/project.ts'

const test = suite('autopack classify and explain')

const traceback = [
  'collecting',
  'Traceback (most recent call last):',
  '  File "/srv/ci/build-7/app/main.py", line 5, in <module>',
  '    import praw',
  "ModuleNotFoundError: No module named 'praw'",
  'make: *** [Makefile:3: test] Error 1', '',
].join('\n')

test('a log on standard input, in a folder without a config', async () => {
  await using project = await makeProject({ git: false })
  const { exitCode, stdout, stderr } = await runInside(project, ['classify'], { input: traceback })
  assert.equal([exitCode, stderr], [0, ''])
  assert.match(stdout, /^Python module praw is missing\nmissing_dependency · v\d+-[0-9a-f]{12} · high confidence/)
  assert.match(stdout, /\n {2}5 \| ModuleNotFoundError: No module named 'praw'\n/)
  assert.match(stdout, /built-in {2}answered {2}python read one cause/)
  assert.equal(await project.run(['ls', '-A', '.']).then((listing) => listing.stdout), '')
})

const collection = [
  '+ make test', 'python -m pytest -q', '==================================== ERRORS ====================================',
  '____________________ ERROR collecting tests/test_reddit.py _____________________',
  "ImportError while importing test module '/home/runner/work/shop/shop/tests/test_reddit.py'.", 'Hint: make sure your test modules/packages have valid Python names.', 'Traceback:',
  'tests/test_reddit.py:1: in <module>', '    import praw', "E   ModuleNotFoundError: No module named 'praw'", '=========================== short test summary info ============================',
  'ERROR tests/test_reddit.py', '!!!!!!!!!!!!!!!!!!!! Interrupted: 1 error during collection !!!!!!!!!!!!!!!!!!!!', '1 error in 0.08s', 'make: *** [Makefile:2: test] Error 2', '',
].join('\n')

test('the excerpt of the README is what the command prints', async () => {
  await using project = await makeProject({ git: false })
  const excerpt = /^```text\n\$ npx autopack classify < ci\.log\n([\s\S]*?)^```$/m.exec(readPage('README.md'))?.[1]
  assert.is((await runInside(project, ['classify'], { input: collection })).stdout, excerpt)
})

test('a file gives the same fingerprint as standard input, whatever runner printed it and when; the JSON fits its schema', async () => {
  const stamped = traceback.split('\n').map((line, index) => (line === '' ? '' : `2026-11-2${index % 5}T10:00:0${index % 7}.123Z ${line}`)).join('\r\n')
  await using project = await makeProject({ git: false, files: { 'ci.log': stamped } })
  const plain = JSON.parse((await runInside(project, ['classify', '-', '--json'], { input: traceback })).stdout)
  const wrapped = JSON.parse((await runInside(project, ['classify', 'ci.log', '--json'])).stdout)
  assert.is(wrapped.fingerprint, plain.fingerprint)
  classifyOutputSchema.parse(plain)
})

test('outside of a project, a log of any other checkout has the same fingerprint', async () => {
  const crash = (root: string, line: number) => `Traceback (most recent call last):\n  File "${root}/src/cart.py", line ${line}, in total\n    return prices['a']\nKeyError: 'a'\n`
  const input = ['/home/runner/work/shop/shop', '/tmp/wt-6cba37b3', '/builds/team/shop'].map((root, index) => JSON.stringify({ id: root, text: crash(root, index + 3) })).join('\n')
  await using project = await makeProject({ git: false })
  const { stdout } = await runInside(project, ['classify', '--jsonl'], { input })
  const records = stdout.trim().split('\n').map((line) => JSON.parse(line) as { fingerprint: string })
  assert.is(records.length, 3)
  assert.is(new Set(records.map(({ fingerprint }) => fingerprint)).size, 1, stdout)
})

test('the classifiers of a project are asked first, and the answer says who passed and why', async () => {
  await using project = await makeProject({ files: { 'autopack.config.ts': `
    import { defineClassifier, defineConfig } from 'autopack'
    export default defineConfig({ classifiers: [
      defineClassifier({ class: 'state_lock', match: /Error acquiring the state lock/ }),
      defineClassifier({ class: 'reddit', match: /No module named '(praw)'/, title: 'Reddit client $1 is missing', blame: 'machine' }),
    ] })` } })
  const { stdout } = await runInside(project, ['classify'], { input: traceback })
  assert.match(stdout, /^Reddit client praw is missing\nreddit · v\d+-[0-9a-f]{12} · high confidence · blame machine/)
  assert.match(stdout, /classifier:state_lock +passed +\/Error acquiring the state lock\/ is not in the output\n +classifier:reddit +answered +class reddit\n(?:.*not-asked.*\n)* +built-in +not-asked +a classifier had answered/)
})

test('what is no log is refused in one line; an empty one is unknown, with low confidence', async () => {
  await using project = await makeProject({ git: false })
  const missing = await runInside(project, ['classify', 'nowhere.log'])
  assert.equal([missing.exitCode, missing.stderr], [2, 'error[input-unreadable]: nowhere.log cannot be read: there is no such file\n  fix: name a log file, or give it on standard input\n'])
  const folder = await runInside(project, ['classify', '.'])
  assert.equal([folder.exitCode, folder.stderr], [2, 'error[input-unreadable]: . cannot be read: it is a folder\n  fix: name a log file, or give it on standard input\n'])
  const empty = JSON.parse((await runInside(project, ['classify', '--json'], { input: '' })).stdout)
  assert.equal([empty.class, empty.confidence], ['unknown', 'low'])
})

test('--jsonl classifies each line, tells a malformed one by its number and goes on, exit 2', async () => {
  await using project = await makeProject({ git: false })
  const input = [JSON.stringify({ id: 'a', text: traceback }), 'not json', '', JSON.stringify({ id: 2, text: '' }), JSON.stringify({ text: 'x' })].join('\n')
  const { exitCode, stdout, stderr } = await runInside(project, ['classify', '--jsonl'], { input })
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line))
  assert.is(exitCode, 2)
  assert.equal(lines.map(({ id, class: name }) => [id, name]), [['a', 'missing_dependency'], [2, 'unknown']])
  assert.equal(Object.keys(lines[0]), ['id', 'class', 'fingerprint', 'title', 'confidence'])
  assert.match(stderr, /^error\[json-line\]: line 2 is left out: it is no JSON: /)
  assert.match(stderr, /error\[json-line\]: line 5 is left out: id is missing\n/)
})

const failing = {
  'autopack.config.ts': `
    import { defineConfig } from 'autopack'
    import { command } from 'autopack/builders'
    export default defineConfig({ project: 'p', plans: ['runs/*.yaml'], drain: { maxAttemptsPerPhase: 1 },
      builder: command({ run: ['node', '-e', 'console.log("Error acquiring the state lock: " + process.argv[1]); process.exit(1)', '{phase}'] }) })`,
  'runs/r.yaml': 'id: r\nphases:\n  - { id: a, goal: one }\n  - { id: b, goal: two }\n',
}

test('explain shows template, raw text and every member of a stored fingerprint; --replay shows what a new classifier would merge and blame', async () => {
  await using project = await makeProject({ files: failing })
  assert.is((await runInside(project, ['run'])).exitCode, 1)
  const status = JSON.parse((await runInside(project, ['status', '--json'])).stdout)
  const fingerprint = status.runs[0].phases[0].fingerprint as string
  const explained = await runInside(project, ['explain', fingerprint.slice(0, 8), '--json'])
  const output = explainOutputSchema.parse(JSON.parse(explained.stdout))
  assert.is(output.fingerprint, fingerprint)
  assert.match(output.raw, /Error acquiring the state lock: a/)
  assert.ok(output.members.some((member) => member.phase === 'a'))
  const text = (await runInside(project, ['explain', fingerprint])).stdout
  assert.match(text, /template, of which the fingerprint is made/)
  const unknown = await runInside(project, ['explain', 'v1-ffffffffffff'])
  assert.is(unknown.exitCode, 2)
  assert.match(unknown.stderr, /^error\[fingerprint-unknown\]: no stored failure has the fingerprint "v1-ffffffffffff"\n {2}fix: there are v1-/)

  // As if an older version had stored them.
  const store = new DatabaseSync(project.path('.autonomous_runs/autopack.db'))
  store.exec("UPDATE attempts SET classification = replace(classification, '\"fingerprint\":\"v1-', '\"fingerprint\":\"v0-')")
  store.close()
  const old = explainOutputSchema.parse(JSON.parse((await runInside(project, ['explain', fingerprint.replace('v1-', 'v0-'), '--json'])).stdout))
  assert.equal([old.fingerprint, old.members.length, old.successors, old.formerly], [fingerprint.replace('v1-', 'v0-'), output.members.length, [{ fingerprint, members: output.members.length }], []])
  const now = await runInside(project, ['explain', fingerprint])
  assert.match(now.stdout, new RegExp(`formerly ${fingerprint.replace('v1-', 'v0-')}\n`), now.stderr)

  await project.write({ 'autopack.config.ts': failing['autopack.config.ts'].replace('import { defineConfig }', 'import { defineClassifier, defineConfig }').replace('drain:', "classifiers: [defineClassifier({ class: 'state_lock', match: /state lock/, title: 'The state is locked', blame: 'machine' })], drain:") })
  const replay = await runInside(project, ['classify', '--replay', '--json'])
  const report = JSON.parse(replay.stdout)
  assert.is(report.failures, 2)
  assert.is(report.blames.reduce((sum: number, one: { members: number }) => sum + one.members, 0), 2)
  assert.ok(report.classes.every((one: { after: string }) => one.after === 'state_lock'))
  assert.match((await runInside(project, ['classify', '--replay'])).stdout, /^2 stored failures, 0 as before\n/)
})

test('--watch classifies again when the file changes, and ends with Ctrl-C', async () => {
  await using project = await makeProject({ git: false, files: { 'ci.log': traceback } })
  const watching = project.startCli(['classify', 'ci.log', '--watch'])
  await watching.waitFor(/watching ci\.log/)
  await project.write({ 'ci.log': traceback.replaceAll('praw', 'boto3') })
  await watching.waitFor(/Python module boto3 is missing/)
  watching.signal('SIGINT')
  assert.is((await watching.result).exitCode, 0)
})

test.run()
