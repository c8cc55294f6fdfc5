// What classifiers ask for, through the real command line: each phase's builder prints a mark and fails, and a classifier answers to the mark.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'
import { runHere, prepare, receiptOf, statusOf } from '../support/run-project.ts'

const test = suite('actions of classifiers')

const imports = "import { defineClassifier } from 'autopack'"
const ok = 'mkdir -p lib; echo one > "lib/$AUTOPACK_PHASE"'

test('retry waits and tries again, defer waits for its time uncharged, hold waits for a person, fail fails', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString()
  await using project = await makeProject()
  await prepare(project, {
    imports,
    config: `drain: { maxAttemptsPerPhase: 3, maxPauseMinutes: 1 }, classifiers: [
      defineClassifier({ class: 'busy', match: /MARK busy (\\w+)/, title: 'The server is busy with $1', action: { type: 'retry', after: '50ms' } }),
      defineClassifier({ class: 'quota', match: /MARK quota/, title: 'The quota is spent', blame: 'machine', action: { type: 'defer', until: '${until}' } }),
      defineClassifier({ class: 'secret', match: /MARK secret/, title: 'A secret is missing', action: { type: 'hold', reason: 'put the API token into .env' } }),
      defineClassifier({ class: 'final', match: /MARK final/, title: 'It never works', action: { type: 'fail' } }),
    ],`,
    phases: {
      retried: `[ -e "$OUTSIDE/second" ] || { touch "$OUTSIDE/second"; echo 'MARK busy backup'; exit 1; }; ${ok}`,
      deferred: "echo 'MARK quota'; exit 1",
      held: `[ -e "$OUTSIDE/token" ] || { echo 'MARK secret'; exit 1; }; ${ok}`,
      final: "echo 'MARK final'; exit 1",
    },
  })
  const run = await runHere(project)
  const ends = run.events.flatMap((event) => (event.type === 'phase-finished' ? [`${event.phase} ${event.outcome} ${event.classification?.class ?? ''}`] : []))
  assert.equal(ends.filter((end) => end.startsWith('retried')), ['retried retry busy', 'retried complete '])
  assert.equal(ends.filter((end) => end.startsWith('deferred')), ['deferred deferred quota'])
  assert.equal(ends.filter((end) => end.startsWith('held')), ['held held secret'])
  // A failed phase may be tried again while attempts are left; the action does not ask for it.
  assert.equal([...new Set(ends.filter((end) => end.startsWith('final')))], ['final failed final'])
  assert.is((await receiptOf(run.phase('deferred'))).charged, false)
  assert.is((await receiptOf(run.phase('held'))).charged, true)

  const status = await statusOf(project)
  assert.equal(Object.values(status).map(({ id, state, class: name }) => [id, state, name]), [['retried', 'COMPLETE', null], ['deferred', 'QUEUED', 'quota'], ['held', 'QUEUED', 'secret'], ['final', 'FAILED', 'final']])
  const text = (await runInside(project, ['status', 'r'])).stdout
  assert.match(text, /held .*put the API token into \.env/)
  assert.match(text, new RegExp(`deferred .*until ${until.slice(0, 19)}Z`))

  // What is held stays so until a person says otherwise.
  const again = await runHere(project)
  assert.equal(again.events.filter((event) => event.type === 'phase-finished' && event.phase === 'held'), [])
  await project.run(['touch', `${project.base}/outside/token`])
  assert.is((await runInside(project, ['requeue', 'r', 'held', '--reason', 'the token is there'])).exitCode, 0)
  assert.is((await runHere(project)).outcomes['held'], 'complete')
})

test('a classifier that throws, loops, backtracks without end or answers nonsense is cut off and named, and the next one answers', async () => {
  await using project = await makeProject()
  await prepare(project, {
    imports,
    config: `drain: { maxAttemptsPerPhase: 1 }, classifiers: [
      defineClassifier({ class: 'a', name: 'throws', match: () => { throw new Error('no such table') } }),
      defineClassifier({ class: 'b', name: 'backtracks', match: /^(\\w+\\s?)+!$/m }),
      { type: 'classifier', name: 'nonsense', classify: () => ({ title: 'no class' }) },
      defineClassifier({ class: 'named', match: { cause: { module: /^pra/ } }, title: 'The module $<module> is missing' }),
    ],`,
    phases: { one: `echo '${'word '.repeat(40)}'; echo 'Traceback (most recent call last):'; echo '  File "a.py", line 1, in <module>'; echo "ModuleNotFoundError: No module named 'praw'"; exit 1` },
  })
  // The same again with a limit of its own for what never ends, so that it is not waited for three times.
  await project.write({ 'quick.config.ts': (await project.read('autopack.config.mjs'))
    .replace("{ defineClassifier }", '{ defineClassifier, definePlugin }')
    .replace(/^.*name: 'backtracks'.*\n/m, '')
    .replace(/^.*class: 'named'.*\n/m, '')
    .replace('classifiers: [', `plugins: [
      definePlugin({ name: 'loops', apiVersion: 1, apply(api) { api.hooks.classifyFailure.tap(() => { for (;;); }, { timeoutMs: 200 }) } })(),
      definePlugin({ name: 'named', apiVersion: 1, apply(api) { api.hooks.classifyFailure.tap(() => ({ class: 'named', title: 'Named at last' })) } })(),
    ], classifiers: [`) })
  const run = await runHere(project)
  const { classification, warnings } = run.phase('one')
  assert.equal([classification?.class, classification?.title, classification?.classifier], ['named', 'The module praw is missing', 'classifier:named'])
  assert.equal(warnings, [
    'classifier throws threw in hook classifyFailure: no such table',
    'classifier backtracks was cut off in hook classifyFailure after 5 s without a pause',
    "classifier nonsense returned { title: 'no class' } from hook classifyFailure: class: Invalid input: expected string, received undefined",
  ])

  // The same by hand: who failed, and why.
  const { stdout } = await runInside(project, ['classify', '--json', '--config', 'quick.config.ts'], { input: `${'word '.repeat(40)}\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\nModuleNotFoundError: No module named 'praw'\n` })
  const asked = (JSON.parse(stdout) as { asked: { name: string; answer: string; reason: string }[] }).asked
  const ours = asked.filter(({ answer }) => answer !== 'passed')
  assert.equal(ours.slice(0, 4).map(({ name, answer }) => [name, answer]), [['classifier:throws', 'failed'], ['classifier:nonsense', 'failed'], ['loops', 'failed'], ['named', 'answered']])
  assert.match(ours[2]!.reason, /cut off/)

  const replayed = await runInside(project, ['classify', '--replay', '--config', 'quick.config.ts'])
  assert.match(replayed.stdout, /^1 stored failure, 1 as before\n/)
  assert.match(replayed.stderr, /^warning: classifier throws threw in hook classifyFailure: no such table \(1 failure\)\n/)

  const shown = await runInside(project, ['show', 'r', 'one'])
  assert.match(shown.stdout, /classifier backtracks was cut off/)
})

test('an action that cannot be done is told when the config is loaded', async () => {
  await using project = await makeProject()
  await prepare(project, { imports, config: "classifiers: [defineClassifier({ class: 'x', match: /x/, action: { type: 'retry', after: 'a minute' } })],", phases: { one: 'true' } })
  const { exitCode, stderr } = await runInside(project, ['run'])
  assert.is(exitCode, 2)
  assert.match(stderr, /classifiers\[0\]\.action\.after: expected a duration such as "60s" or "10m", found "a minute"\n {2}--> autopack\.config\.mjs:/)
})

test.run()
