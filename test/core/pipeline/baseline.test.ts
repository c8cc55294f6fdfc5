import { writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import { outside, prepare, runHere } from '../../support/run-project.ts'

const test = suite('baseline')

test('what broke the base outside of its tree, and was mended there, no longer blocks', async () => {
  await using project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  const upgraded = [
    'Traceback (most recent call last):', '  File "lib/start.py", line 1, in <module>', '    from settings import load_profile',
    "ImportError: cannot import name 'load_profile' from 'settings' (/usr/lib/python3/settings.py)",
  ]
  const check = `checks: [{ name: 'tests', run: { shell: 'test -e "$OUTSIDE/installed" || { cat "$OUTSIDE/crash"; exit 1; }' } }],`
  await prepare(project, { phases: { one: { build: 'echo one > src/one', scope: { paths: ['src/one'] } } }, config: check, plan: { base: 'main' } })
  await project.commit('prepare')
  await writeFile(outside(project, 'crash'), `${upgraded.join('\n')}\n`)
  const broken = await runHere(project)
  assert.equal(broken.outcomes, { one: 'import_crash' }, broken.stderr)
  assert.match(broken.phase('one').reason ?? '', 'before the builder')
  // The tree is the same as before, and so is everything else that a kept result could be kept by.
  await writeFile(outside(project, 'installed'), '')
  await runInside(project, ['requeue', 'r', 'one', '--reason', 'the package is back'])
  const mended = await runHere(project)
  assert.equal(mended.outcomes, { one: 'complete' }, mended.stderr)
})

test.run()
