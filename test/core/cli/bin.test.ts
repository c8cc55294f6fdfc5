import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { errorOutputSchema } from '../../../core/model/outputs.ts'
import { cliPath, makeProject } from '../../support/project.ts'
import { prepare, runHere } from '../../support/run-project.ts'

const test = suite('bin')

/** To be imported: tells at the end which modules were loaded. */
const listing = `data:text/javascript,${encodeURIComponent("import { registerHooks } from 'node:module'; const seen = []; registerHooks({ load(url, context, next) { seen.push(url); return next(url, context) } }); process.on('exit', () => console.error(seen.map((url) => process.env.WHOLE_URLS ? url : url.split('/').pop()).join(' ')))")}`

test('--version and --help load nothing but what they print', async () => {
  await using project = await makeProject({ git: false })
  const run = (flag: string) => project.run([process.execPath, '--import', listing, cliPath, flag])
  const version = await run('--version')
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
  assert.is(version.stderr, 'bin.ts version.ts\n')
  const help = await run('--help')
  assert.is(help.stderr, 'bin.ts help.ts commands.ts\n')
  assert.match(help.stdout, /usage {2}autopack <command> \[options\]\n/)
  for (const line of help.stdout.split('\n')) assert.ok(line.length <= 80, line)
  assert.is((await project.cli([])).stdout, help.stdout)
})

test('status loads no schemas, no parser of arguments, no builder of statements and no plugins', async () => {
  await using project = await makeProject({})
  await prepare(project, { phases: { add: 'echo one > a.txt', none: 'true' } })
  assert.is((await runHere(project)).phase('add').outcome, 'complete')
  const { exitCode, stdout, stderr } = await project.run([process.execPath, '--import', listing, cliPath, 'status'], { env: { WHOLE_URLS: '1' } })
  assert.is(exitCode, 0)
  assert.match(stdout, /none/)
  const packages = new Set([...stderr.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map((match) => match[1]))
  assert.equal([...packages].toSorted(), ['cosmiconfig', 'env-paths', 'fastest-levenshtein'])
  assert.not.match(stderr, /node:(?:crypto|child_process)|\/plugins\/(?!defaults)/)
})

/** To be imported: tells at the end under which V8 flags modules were loaded, and under which the process ends. */
const flagged = `data:text/javascript,${encodeURIComponent("import { registerHooks } from 'node:module'; import { cachedDataVersionTag as flags } from 'node:v8'; const seen = { first: flags(), same: [], others: [] }; registerHooks({ load(url, context, next) { (flags() === seen.first ? seen.same : seen.others).push(url.split('/').pop()); return next(url, context) } }); process.on('exit', () => console.error(JSON.stringify({ ...seen, last: flags() })))")}`

test('a supervisor takes its code from the compile cache of NODE_COMPILE_CACHE: it sets the flag of V8 that has a cache refused once it is loaded', async () => {
  await using project = await makeProject({})
  await prepare(project, { phases: { add: 'true' } })
  const run = async (cache: string | undefined, flag: string) => {
    const { stderr } = await project.run([process.execPath, '--import', flagged, cliPath, 'run', flag], { env: { NODE_COMPILE_CACHE: cache } })
    return JSON.parse(stderr.trimEnd().split('\n').at(-1)!) as { first: number; last: number; same: string[]; others: string[] }
  }
  const given = await run(process.env['NODE_COMPILE_CACHE'] ?? project.path('cache'), '--dry-run')
  assert.ok(['main.ts', 'start-drain.ts', 'run-drain.ts', 'dialect.ts'].every((name) => given.same.includes(name)), given.same.join(' '))
  assert.ok(given.others.length < given.same.length / 20, given.others.join(' '))
  const own = await run(undefined, '--no-such-flag')
  assert.ok(own.others.includes('main.ts'), 'without one, before anything is loaded')
  assert.ok([given, own].every(({ first, last }) => first !== last))
})

test('an old Node and Windows get one line each', async () => {
  await using project = await makeProject({ git: false })
  const pretend = (code: string) => project.run([process.execPath, '--import', `data:text/javascript,${encodeURIComponent(code)}`, cliPath, 'status'])
  const old = await pretend("Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } })")
  assert.is(old.exitCode, 2)
  assert.is(old.stderr, `autopack needs Node 24.15 or newer; this is 20.11.1 (${process.execPath}). Install it from https://nodejs.org, or run: npx -p node@24 -p autopack autopack\n`)
  const windows = await pretend("Object.defineProperty(process, 'platform', { value: 'win32' })")
  assert.is(windows.exitCode, 2)
  assert.is(windows.stderr, 'autopack does not run natively on Windows. Run it in WSL: https://learn.microsoft.com/windows/wsl/install\n')
})

test('a slip gets a suggestion, exit code 2', async () => {
  await using project = await makeProject({ git: false })
  const told = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await project.cli(args)
    assert.equal([exitCode, stdout], [2, ''], args.join(' '))
    return stderr
  }
  assert.is(await told('stauts'), "error[usage]: unknown command 'stauts'\n  fix: did you mean status?\n")
  assert.is(await told('frobnicate'), "error[usage]: unknown command 'frobnicate'\n  fix: see `autopack --help` for what there is\n")
  assert.is(await told('status', '--jsn'), "error[usage]: unknown option '--jsn'\n  fix: did you mean --json?\n")
  assert.is(await told('show'), "error[usage]: missing required argument 'run'\n  fix: see `autopack show --help`\n")
  assert.is(await told('run', '--parallel', '0'), "error[usage]: option '--parallel <n>' argument '0' is invalid. Expected a whole number above zero\n  fix: see `autopack run --help`\n")
  assert.is(await told('run', '--scope', 'src/'), 'error[usage]: --scope is about --goal\n  fix: say what is to be done with --goal "…", or write a plan\n')
  assert.is(await told('-C', 'nowhere', 'status'), `error[directory-missing]: -C names "nowhere", which is not a folder\n  --> ${project.path('nowhere')}\n  fix: name an existing folder\n`)
})

test('with --json an error is JSON too, as its schema says', async () => {
  await using project = await makeProject({ git: false })
  const { exitCode, stderr } = await project.cli(['status', '--json'])
  assert.is(exitCode, 2)
  const { error } = errorOutputSchema.parse(JSON.parse(stderr))
  assert.is(error.code, 'config-not-found')
  assert.match(error.fix ?? '', /^run `autopack init` to make one/)
})

test('what nobody expected is one line, with --debug a stack trace, exit code 4', async () => {
  await using project = await makeProject({ git: false, files: { 'autopack.config.json': '{ "project": "demo" }' } })
  // A plugin's loader that breaks stands in for any mistake of ours.
  const broken = "import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) { if (url.endsWith('/core/config/load.ts')) throw new Error('boom'); return next(url, context) } })"
  const run = (...flags: string[]) => project.run([process.execPath, '--import', `data:text/javascript,${encodeURIComponent(broken)}`, cliPath, 'status', ...flags])
  const plain = await run()
  assert.is(plain.exitCode, 4)
  assert.is(plain.stderr, 'internal error: boom (run again with --debug for the stack trace)\n')
  const debug = await run('--debug')
  assert.match(debug.stderr, /^internal error: boom\nError: boom\n {4}at /)
})

test('help of a command names its options, the global ones and an example', async () => {
  await using project = await makeProject({ git: false })
  const { exitCode, stdout } = await project.cli(['run', '--help'])
  assert.is(exitCode, 0)
  assert.is((await project.cli(['help', 'run'])).stdout, stdout)
  for (const text of ['--dry-run', '--max-tokens-per-drain <n>', '--no-skip-runs-with-queued', '-C <dir>', '$ autopack run export-20261201']) assert.ok(stdout.includes(text), text)
})

test('a reader that goes away is no error', async () => {
  await using project = await makeProject({ git: false, files: { 'autopack.config.json': '{ "project": "demo" }' } })
  const { stdout, stderr } = await project.run(['sh', '-c', `"${process.execPath}" "${cliPath}" config | head -n 1; echo "\${PIPESTATUS:-}"`])
  assert.match(stdout, /^configPath/)
  assert.is(stderr, '')
})

test.run()
