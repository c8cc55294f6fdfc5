import { execFileSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject, writeFiles } from '../../support/project.ts'
import { outside, prepare, receiptOf, runHere } from '../../support/run-project.ts'
import type { PhaseFinished } from '../../support/run-project.ts'

const test = suite('optional dependencies of a real pytest project')

/** Why this machine cannot show it; undefined where it can. */
const unable = ((): string | undefined => {
  try {
    execFileSync('python3', ['-m', 'pytest', '--version'], { stdio: 'pipe' })
  } catch {
    return 'python3 has no pytest here'
  }
  try {
    execFileSync('python3', ['-c', 'import praw'], { stdio: 'pipe' })
    return 'praw is installed here'
  } catch {
    return undefined
  }
})()

const files = {
  'pyproject.toml': '[project]\nname = "feeds"\n\n[project.optional-dependencies]\nreddit = ["praw>=7"]  # posts\n',
  'feeds/__init__.py': '',
  'feeds/core.py': 'def one():\n    return 1\n',
  'feeds/reddit.py': 'import praw\n\n\ndef posts():\n    return praw.__name__\n',
  'tests/test_core.py': 'from feeds.core import one\n\n\ndef test_one():\n    assert one() == 1\n',
  'tests/test_reddit.py': 'import json\nfrom feeds.reddit import posts\n\n\ndef test_posts():\n    assert json.dumps(posts())\n',
}
const config = `
  // Without what else is installed for pytest: to load that takes longer than the tests.
  env: { set: { OUTSIDE: outside, PYTHONDONTWRITEBYTECODE: '1', PYTEST_DISABLE_PLUGIN_AUTOLOAD: '1', PYTHONPATH: outside + '/site' }, pass: ['PYENV*'] },
  drain: { maxAttemptsPerPhase: 1 },
  checks: [{ name: 'tests', run: ['python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--junitxml={report}'], format: 'junit' }],`

const skippedWarning = 'check tests skipped tests/test_reddit.py: praw is not installed, and is optional (pyproject.toml, project.optional-dependencies.reddit); '
  + 'for good: praw = pytest.importorskip("praw") before line 1 of tests/test_reddit.py'
const checkLogs = async (event: PhaseFinished) => (await readdir(path.join(event.attemptDir, 'checks'))).filter((name) => name.endsWith('.log')).sort()

test('a file that praw is missing for is skipped and said so; the second phase loses no run; what a phase breaks itself blocks', async () => {
  if (unable !== undefined) return console.log(`skipped: ${unable}`)
  await using project = await makeProject({ files })
  const phases = {
    first: { build: 'echo one > docs/a.md', scope: { paths: ['docs/'] } },
    second: { build: 'echo two > docs/b.md', scope: { paths: ['docs/'] } },
    // Everything that imports the module lacks praw now.
    hides: { build: `printf 'import praw\\n\\n\\ndef one():\\n    return 1\\n' > feeds/core.py`, scope: { paths: ['feeds/'] } },
  }
  await prepare(project, { config, phases })
  await writeFiles(outside(project), { installed: 'echo three > docs/c.md', 'site/other.py': '' })
  await project.commit('prepare', { 'docs/README.md': 'x\n', 'runs/s.json': JSON.stringify({ id: 's', phases: [{ id: 'installed', goal: 'x', scope: { paths: ['docs/'] } }] }) })
  const run = await runHere(project, ['r'])

  const first = run.phase('first')
  assert.is(first.outcome, 'complete', run.stdout + run.stderr)
  assert.equal(first.warnings.filter((warning) => warning.includes('skipped')), [skippedWarning])
  assert.equal((await receiptOf(first)).warnings, first.warnings)
  assert.equal(await checkLogs(first), ['tests.log', 'tests@baseline-excluded.log', 'tests@baseline.log'])

  const second = run.phase('second')
  assert.is(second.outcome, 'complete')
  assert.equal(second.warnings, [skippedWarning])
  // The base's result comes from the phase before, which had the same arguments.
  assert.equal(await checkLogs(second), ['tests.log'])

  assert.is(run.phase('hides').classification?.class, 'missing_dependency')
  assert.ok(run.phase('hides').warnings.some((warning) => warning.includes('would leave out passed on the base: tests/test_core.py::test_one')), run.phase('hides').warnings.join('\n'))
  assert.equal(run.report?.phases.find((phase) => phase.phase === 'first')?.warnings, [skippedWarning])

  // Once it is installed nothing is left out, neither by what was learned nor by what was stored of the same tree.
  await writeFiles(outside(project), { 'site/praw.py': '' })
  const again = await runHere(project, ['s'])
  assert.equal([again.phase('installed').outcome, again.phase('installed').warnings], ['complete', []], again.stdout)
})

test.run()
