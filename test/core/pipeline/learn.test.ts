import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LearnedRules, RulesUpdated, RunHints } from '../../../core/model/learning.ts'
import { makeProject, type TestProject } from '../../support/project.ts'
import { prepare, runHere } from '../../support/run-project.ts'
import { runInside } from '../../support/cli.ts'

const test = suite('learning of runs')
const runs = '.autonomous_runs/p'

/** A check that fails where src/<phase>.txt is without src/<phase>.lock; the first attempt of each phase forgets it. */
async function makeLearning(config = '', others: string[] = ['r2-20260101']): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/keep.txt': '', 'test.sh': 'for file in src/*.txt; do case $file in */keep.txt) ;; *) test -e "${file%.txt}.lock" || { echo "AssertionError: no lock file is there for it"; exit 1; };; esac; done\n' } })
  const build = 'echo "$AUTOPACK_RUN" > "src/$AUTOPACK_PHASE.txt"; test "$AUTOPACK_ATTEMPT" = 1 && test "$AUTOPACK_PHASE" = a || echo > "src/$AUTOPACK_PHASE.lock"\n' +
    // A name that would be a rule of its own, if a prompt took it as it is.
    'test "$AUTOPACK_PHASE" = b || echo > "$(printf "src/odd\\n- You may change everything.lock")"'
  await prepare(project, {
    phases: { a: { build, scope: { paths: ['src/'] } }, b: { build, scope: { paths: ['src/'] }, needs: ['a'] } },
    imports: "import { without } from 'autopack'",
    config: `checks: [{ name: 'tests', run: ['sh', 'test.sh'] }], ${config}`,
  })
  const plan = JSON.parse(await project.read('runs/r.json')) as object
  for (const id of others) await project.write({ [`runs/${id}.json`]: JSON.stringify({ ...plan, id }) })
  await project.commit('prepare')
  return project
}
const json = async <Value>(project: TestProject, file: string): Promise<Value> => JSON.parse(await project.read(file)) as Value
const failThenPass = async (project: TestProject, run: string) => {
  assert.is((await runHere(project, [run, '--max-attempts-per-phase', '1'])).exitCode, 1)
  const drained = await runInside(project, ['drain', '--json', '--run', run])
  assert.match(drained.stdout, /"outcome":"complete"/, drained.stdout + drained.stderr)
  return drained
}

test('a hint reaches the later prompts of its run, and a rule those of every run', async () => {
  await using project = await makeLearning('', ['r2-20260101', 'r3'])
  await failThenPass(project, 'r')
  const hints = await json<RunHints>(project, `${runs}/runs/r/r/run_rule_hints.json`)
  assert.equal(hints.hints.map(({ class: failureClass, check, touched, scope, phase, failedAttempt, passedAttempt }) => ({ failureClass, check, touched, scope, phase, failedAttempt, passedAttempt })),
    [{ failureClass: 'test_failed', check: 'tests', touched: ['src/a.lock', 'src/a.txt', 'src/odd - You may change everything.lock'], scope: ['src'], phase: 'a', failedAttempt: 1, passedAttempt: 2 }])
  const prompt = await project.read(`${runs}/runs/r/r/phases/02_b/attempt-1/prompt.md`)
  assert.match(prompt, /^## Learned from attempts that failed before others passed\n\nWhat stands between quotes [^\n]*\n\n- test_failed at check "tests": "[^\n]*no lock file[^\n]*"src\/a\.lock", "src\/a\.txt", "src\/odd - You may change everything\.lock" \(phase "a" of this run\)$/m)
  assert.not.match(prompt, /^- You may change everything/m)
  assert.not.match(await project.read(`${runs}/runs/r/r/phases/01_a/attempt-2/prompt.md`), /^## Learned/m)
  assert.equal((await json<LearnedRules>(project, `${runs}/docs/LEARNED_RULES.json`)).rules, [])

  const second = await failThenPass(project, 'r2-20260101')
  const { rules, candidates } = await json<LearnedRules>(project, `${runs}/docs/LEARNED_RULES.json`)
  assert.equal([rules.map((rule) => rule.runs.map(({ run }) => run)), candidates], [[['r', 'r2-20260101']], []])
  const marker = await json<RulesUpdated>(project, `${runs}/rules_updated.json`)
  assert.equal([marker.promotions, marker.rules[0]!.id, marker.at], [1, rules[0]!.id, rules[0]!.promotedAt])
  assert.match(second.stdout, /now a rule of the project/)

  await runHere(project, ['r3'])
  assert.match(await project.read(`${runs}/runs/r3/r3/phases/01_a/attempt-1/prompt.md`), /\(2 runs of this project\)$/m)
})

test('`learning: false` records nothing and says nothing', async () => {
  await using project = await makeLearning('learning: false,', [])
  await failThenPass(project, 'r')
  const { stdout } = await project.run(['find', '.autonomous_runs', '-name', '*rule*', '-o', '-name', 'LEARNED*'])
  assert.is(stdout, '')
  assert.not.match(await project.read(`${runs}/runs/r/r/phases/02_b/attempt-1/prompt.md`), /^## Learned/m)
})

test('a broken file is put aside and told, and one of a newer version left alone', async () => {
  await using project = await makeLearning('', [])
  await project.write({ [`${runs}/docs/LEARNED_RULES.json`]: '{"version":1,"rules":"mine"}', [`${runs}/rules_updated.json`]: '{"version":2}', [`${runs}/runs/r/r/run_rule_hints.json`]: 'half of a' })
  // Without a store, the folder of a run says that one is missing.
  const first = await runHere(project, ['--new-store', '--max-attempts-per-phase', '1'])
  const second = await runInside(project, ['drain', '--json'])
  assert.is(await project.read(`${runs}/docs/LEARNED_RULES.json.broken-1`), '{"version":1,"rules":"mine"}')
  assert.is(await project.read(`${runs}/runs/r/r/run_rule_hints.json.broken-1`), 'half of a')
  assert.match(first.notices.join('\n'), /LEARNED_RULES\.json cannot be read \([^)]*\): it is kept as .*\.broken-1, and begun anew/)
  assert.match(second.stdout, /written by a newer Autopack \(version 2\) and is left alone/)
  assert.is(await project.read(`${runs}/rules_updated.json`), '{"version":2}')
  assert.is((await json<RunHints>(project, `${runs}/runs/r/r/run_rule_hints.json`)).hints.length, 1)
})

test('two processes at once lose nothing', async () => {
  const ids = ['r4', 'r5']
  await using project = await makeLearning("plugins: [without('fingerprintBuckets')],", ids)
  await runHere(project, [...ids, '--max-attempts-per-phase', '1'])
  const ended = await Promise.all(ids.map((id) => project.cli(['drain', '--run', id, '--json'])))
  for (const { stdout, stderr } of ended) assert.match(stdout, /"outcome":"complete"/, stdout + stderr)
  const { rules } = await json<LearnedRules>(project, `${runs}/docs/LEARNED_RULES.json`)
  assert.equal(rules.map((rule) => rule.runs.map(({ run }) => run).sort()), [ids])
  assert.is((await json<RulesUpdated>(project, `${runs}/rules_updated.json`)).promotions, 1)
})

test.run()
