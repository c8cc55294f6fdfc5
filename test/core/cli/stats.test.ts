import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statsOutputSchema } from '../../../core/model/stats-output.ts'
import { projectFiles, runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('stats command')

const plan = 'id: demo-20261101\nphases: [{ id: a, goal: A }, { id: b, goal: B }]\n'

test('stats tells of attempts what the drain recorded, by run and by time, and writes nothing where there is nothing', async () => {
  const builder = 'echo "$AUTOPACK_PHASE" > "$AUTOPACK_PHASE.txt"; echo \'{"usage":{"input_tokens":1200,"output_tokens":300,"cost":0.02}}\' > "$AUTOPACK_USAGE_FILE"'
  await using project = await makeProject({ files: projectFiles({ builder, plan }) })
  const before = await runInside(project, ['stats'])
  assert.equal([before.exitCode, before.stdout], [0, 'No attempt has ended yet.\n'])
  assert.is((await runInside(project, ['run'])).exitCode, 0)
  const json = async (...args: string[]) => statsOutputSchema.parse(JSON.parse((await runInside(project, ['stats', '--json', ...args])).stdout))
  const { total, yield: brought, estimates, drains } = await json('demo-20261101', '--since', '1d')
  assert.equal([total.attempts, total.tokens, total.unknown, brought.phases, drains.length], [2, 3_000, 0, 2, 1])
  assert.equal([estimates.tokens?.attempts, estimates.tokens?.smape], [1, 0], 'the second phase was expected to cost what the first did')
  assert.is((await json('--since', '2200-01-01')).total.attempts, 0)
  assert.match((await runInside(project, ['stats'])).stdout, /^demo  2 attempts in 1 drain · 2 reached the builder · 3k tokens · \$0\.04 · /)
  const wrong = await runInside(project, ['stats', '--since', 'yesterday'])
  assert.equal([wrong.exitCode, wrong.stderr.split('\n')[0]], [2, 'error[usage]: --since "yesterday" is neither a duration nor a date'])
  assert.is((await runInside(project, ['stats', 'nope'])).exitCode, 2)
})

test.run()
