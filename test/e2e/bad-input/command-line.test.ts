/** What `autopack` says of names, commands and flags that it does not know or that do not go together. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { good, readable, snapshot } from '../../support/bad-input.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('bad input: the command line')

const cases: readonly (readonly [args: string[], text: string])[] = [
  [['run', 'dmeo'], 'error[run-not-found]: there is no run "dmeo", neither in the plans nor in the store\n  fix: did you mean "demo"?'],
  [['run', 'demo', 'elsewhere'], 'error[run-not-found]: there is no run "elsewhere", neither in the plans nor in the store\n  fix: there are demo'],
  [['rnu'], "error[usage]: unknown command 'rnu'\n  fix: did you mean run?"],
  [['deploy'], "error[usage]: unknown command 'deploy'\n  fix: see `autopack --help` for what there is"],
  [['run', '--dry-rnu'], "error[usage]: unknown option '--dry-rnu'\n  fix: did you mean --dry-run?"],
  [['run', '--parallel', 'many'], "error[usage]: option '--parallel <n>' argument 'many' is invalid. Expected a whole number above zero\n  fix: see `autopack run --help`"],
  [['run', '--max-cost-per-drain'], "error[usage]: option '--max-cost-per-drain <usd>' argument missing\n  fix: see `autopack run --help`"],
  [['run', '--scope', 'made.txt'], 'error[usage]: --scope is about --goal\n  fix: say what is to be done with --goal "…", or write a plan'],
  [['run', 'demo', '--goal', 'Do it.'], 'error[usage]: --goal makes a run of its own, and demo names another\n  fix: leave one of them out'],
  [['run', '--goal', 'Do it.', '--resume'], 'error[usage]: --goal starts a new run, and --resume goes on with an earlier session\n  fix: leave one of them out'],
  [['run', '--goal', ' '], 'error[usage]: --goal says nothing\n  fix: say what is to be done with --goal "…"'],
  [['run', '--goal', 'Do it.', '--check', ''], 'error[usage]: a --check says nothing\n  fix: leave it out, or write something behind it'],
  [['stop', 'demo'], 'error[nothing-imported]: there are no runs yet\n  fix: import and run the plans with `autopack run`'],
  [['run', '--dry-run', '--resume'], 'error[usage]: --dry-run runs nothing, so that there is nothing to --resume\n  fix: leave one of them out'],
  [['run', '--resume', 'batch-drain-20200101-000000'], 'error[session-not-found]: there is no drain session "batch-drain-20200101-000000"\n  fix: start one with `autopack run` or `autopack drain`'],
  [['show', 'demo', '--diff', '--patch'], 'error[usage]: --diff and --patch exclude each other\n  fix: ask for one of them'],
  [['show', 'demo', 'one'], 'error[nothing-imported]: there are no runs yet\n  fix: import and run the plans with `autopack run`'],
  [['run', '--config', 'other.ts'], 'error[config-missing]: --config other.ts: there is no such file, or it cannot be read\n  --> other.ts\n  fix: name a config file, relative to the working directory'],
  [['-C', 'nowhere', 'run'], 'error[directory-missing]: -C names "nowhere", which is not a folder\n  --> /project/nowhere\n  fix: name an existing folder'],
  [['run', '--config'], "error[usage]: option '--config <file>' argument missing\n  fix: see `autopack run --help`"],
]

test('each gets one message and exit code 2, and changes nothing', async () => {
  await using project = await makeProject({ files: good })
  const before = await snapshot(project)
  for (const [args, text] of cases) {
    const { exitCode, stdout, stderr } = await runInside(project, args)
    assert.fixture(readable(project, stderr), `${text}\n`, `autopack ${args.join(' ')} printed\n${stderr}`)
    assert.equal([exitCode, stdout], [2, ''], args.join(' '))
  }
  assert.equal(await snapshot(project), before)
})

test.run()
