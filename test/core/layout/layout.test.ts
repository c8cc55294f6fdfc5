import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { existsSync, readdirSync, globSync, mkdtempSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { formatUserError, UserError } from '../../../core/errors.ts'
import { checkRunsDir, ensureRunsDir } from '../../../core/layout/ensure.ts'
import { createRunLayout, drainSessionId } from '../../../core/layout/layout.ts'
import { resolveRunsDir } from '../../../core/layout/runs-dir.ts'
import { isInside, userCacheDir } from '../../../core/layout/worktrees.ts'
import { repositoryRoot } from '../../support/project.ts'

const test = suite('run layout')
const temporary: string[] = []
const temporaryDir = () => {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'autopack-layout-')))
  temporary.push(dir)
  return dir
}
test.after(() => temporary.forEach((dir) => rmSync(dir, { recursive: true, force: true })))

const layout = createRunLayout({ runsDir: '/runs', project: 'fileorganizer' })
const run = layout.run({ family: 'fileorg-p2', key: 'fileorg-p2-20251208' })

test('the paths of a project', () => {
  assert.is(layout.database, '/runs/autopack.db')
  assert.is(layout.stopSignal, '/runs/.stop_executor')
  assert.is(layout.breakGlass, '/runs/break_glass_repairs.jsonl')
  assert.is(layout.serverLog, '/runs/diagnostics/server.log')
  assert.is(layout.drainSession('batch-drain-20251208-101112'), '/runs/drain_sessions/batch-drain-20251208-101112.json')
  assert.is(layout.drainSessionEvents('batch-drain-20251208-101112'), '/runs/drain_sessions/batch-drain-20251208-101112.events.jsonl')
  assert.is(layout.learnedRules, '/runs/fileorganizer/docs/LEARNED_RULES.json')
  assert.is(layout.pluginDir('optionalDependencies'), layout.projectDir + '/plugins/' + layout.keyFor('optionalDependencies'))
  assert.is(layout.buildHistory, '/runs/fileorganizer/docs/BUILD_HISTORY.md')
  assert.is(layout.rulesUpdated, '/runs/fileorganizer/rules_updated.json')
})

test('the paths of a run', () => {
  const dir = '/runs/fileorganizer/runs/fileorg-p2/fileorg-p2-20251208'
  assert.is(run.dir, dir)
  assert.is(run.summary, `${dir}/run_summary.md`)
  assert.is(run.baseline, `${dir}/ci/baseline.json`)
  assert.is(run.retry, `${dir}/ci/retry.json`)
  assert.is(run.failure, `${dir}/diagnostics/failure.json`)
  assert.is(run.supervisorLog, `${dir}/supervisor/worker.log`)
  assert.is(run.review('r1'), `${dir}/reviews/r1.json`)
})

test('the paths of an attempt', () => {
  const attempt = run.phase({ index: 0, key: 'frontend' }).attempt(2)
  assert.is(attempt.dir, `${run.dir}/phases/01_frontend/attempt-2`)
  assert.is(attempt.prompt, `${attempt.dir}/prompt.md`)
  assert.is(attempt.receipt, `${attempt.dir}/receipt.json`)
  assert.is(attempt.checkLog('tests'), `${attempt.dir}/checks/tests.log`)
  assert.is(attempt.checkReport('tests', 'baseline'), `${attempt.dir}/checks/tests@baseline.xml`)
  assert.is.not(attempt.checkLog('tests', 'baseline'), attempt.checkLog('tests@baseline'))
  assert.is.not(attempt.checkLog('Tests').toLowerCase(), attempt.checkLog('tests').toLowerCase())
  assert.is(path.dirname(attempt.checkLog('../../etc/passwd')), attempt.checksDir)
})

test('phases are numbered from 01, beyond 99 too', () => {
  assert.match(run.phase({ index: 8, key: 'x' }).dir, /\/09_x$/)
  assert.match(run.phase({ index: 99, key: 'x' }).dir, /\/100_x$/)
})

test('a project that is named like a file of ours does not meet it', () => {
  for (const project of ['autopack.db', 'AUTOPACK.DB-wal', 'break_glass_repairs.jsonl', 'Workspaces', '.stop_executor'])
    assert.match(createRunLayout({ runsDir: '/runs', project }).projectDir, /\+[0-9a-f]{10}$/, project)
})

test('a session id cannot leave its folder', () => assert.is(path.dirname(layout.drainSession('../../x')), layout.drainSessionsDir))

test('drain session ids are UTC and a taken one gets -2', () => {
  const now = Date.UTC(2025, 11, 8, 9, 5, 7)
  const taken = new Set<string>()
  const next = () => {
    const id = drainSessionId(now, (candidate) => taken.has(candidate))
    taken.add(id)
    return id
  }
  assert.equal([next(), next(), next()], ['batch-drain-20251208-090507', 'batch-drain-20251208-090507-2', 'batch-drain-20251208-090507-3'])
})

test('the runs directory: environment, config, default; relative to the config', () => {
  const env = { AUTONOMOUS_RUNS_DIR: '../shared-runs' }
  assert.equal(resolveRunsDir({ configDir: '/p', configured: 'runs', env }), { runsDir: '/shared-runs', origin: 'environment' })
  assert.equal(resolveRunsDir({ configDir: '/p', env: { AUTONOMOUS_RUNS_DIR: '/abs' } }), { runsDir: '/abs', origin: 'environment' })
  assert.equal(resolveRunsDir({ configDir: '/p', configured: 'runs', env: { AUTONOMOUS_RUNS_DIR: '' } }), { runsDir: '/p/runs', origin: 'config' })
  assert.is(resolveRunsDir({ configDir: '/p', env: {} }).origin, 'default')
  assert.throws(() => createRunLayout({ runsDir: 'relative', project: 'p' }), /must be absolute/)
})

test('worktrees lie beside the runs when those are outside the repository', () => {
  const dir = temporaryDir()
  const outside = createRunLayout({ runsDir: path.join(dir, 'runs'), project: 'p' })
  const worktrees = outside.worktrees({ repositoryRoot: path.join(dir, 'repository'), cacheDir: '/cache' })
  assert.is(worktrees.worktree({ key: 'run-1' }), path.join(dir, 'runs', 'workspaces', 'p', 'run-1'))
  assert.is(worktrees.besideWorktree({ key: 'run-1' }, 2), path.join(worktrees.dir, '@beside-2', 'run-1'))
  assert.ok(worktrees.isBesideDir('@beside-12') && !worktrees.isBesideDir('beside-2') && !worktrees.isBesideDir('@beside-2.old'))
  assert.is(new Set(['r', 'R', 'r.2', '2'].flatMap((key) => [worktrees.worktree({ key }), ...[2, 3].map((number) => worktrees.besideWorktree({ key }, number))])).size, 12)
  const holding = [worktrees.besideWorktree({ key: 'run-1' }, 2), worktrees.freshWorktree('run-1'), worktrees.freshDir]
  assert.equal(holding.filter((place) => /[\\/]\./.test(path.relative(dir, place))), [], 'what lies in a hidden folder is not there to many a tool')
  assert.is(worktrees.setupCache('abc'), path.join(worktrees.dir, '.setup', 'abc'))
  assert.is(worktrees.indexFile('run-1'), path.join(worktrees.dir, '.index', 'run-1'))
})

test('worktrees lie in the cache folder when the runs are inside the repository, one place for each', () => {
  const dir = temporaryDir()
  const at = (repository: string, runs = 'runs', project = 'p') =>
    createRunLayout({ runsDir: path.join(repository, runs), project }).worktrees({ repositoryRoot: repository, cacheDir: '/cache' }).dir
  const places = [at(path.join(dir, 'one')), at(path.join(dir, 'two')), at(path.join(dir, 'one'), 'other'), at(path.join(dir, 'one'), 'runs', 'q')]
  for (const place of places) assert.match(place, /^\/cache\/autopack\/workspaces\/[pq]@[0-9a-f]{10}$/)
  assert.is(new Set(places).size, 4)
  assert.is(at(path.join(dir, 'one')), places[0])
})

test('a symbolic link does not hide that the runs are inside the repository', () => {
  const dir = temporaryDir()
  mkdirSync(path.join(dir, 'repository'))
  symlinkSync(path.join(dir, 'repository'), path.join(dir, 'link'))
  const place = createRunLayout({ runsDir: path.join(dir, 'link', 'runs'), project: 'p' }).worktrees({ repositoryRoot: path.join(dir, 'repository'), cacheDir: '/cache' })
  assert.match(place.dir, /^\/cache\//)
})

test('a configured folder for worktrees wins', () => {
  const place = layout.worktrees({ repositoryRoot: '/repository', cacheDir: '/cache', configured: '/fast' })
  assert.match(place.dir, /^\/fast\/fileorganizer@[0-9a-f]{10}$/)
})

test('the cache folder of each system', () => {
  assert.is(userCacheDir({ env: {}, home: '/h', platform: 'linux' }), '/h/.cache')
  assert.is(userCacheDir({ env: {}, home: '/h', platform: 'darwin' }), '/h/Library/Caches')
  assert.is(userCacheDir({ env: { XDG_CACHE_HOME: '/x' }, home: '/h', platform: 'linux' }), '/x')
  assert.is(userCacheDir({ env: { XDG_CACHE_HOME: 'relative' }, home: '/h', platform: 'linux' }), '/h/.cache')
})

test('inside means the folder or below it', () => {
  assert.ok(isInside('/a', '/a') && isInside('/a/b', '/a') && isInside('/a/..b', '/a'))
  assert.not.ok(isInside('/ab', '/a') || isInside('/', '/a'))
})

test('ensureRunsDir makes the folder with a .gitignore of * and leaves one that is there', async () => {
  const made = createRunLayout({ runsDir: path.join(temporaryDir(), 'deep', 'runs'), project: 'p' })
  await ensureRunsDir(made)
  assert.is(readFileSync(made.gitignore, 'utf8'), '*\n')
  writeFileSync(made.gitignore, '*\n!keep\n')
  await (await ensureRunsDir(made))()
  assert.is(readFileSync(made.gitignore, 'utf8'), '*\n!keep\n')
})

test('what ensureRunsDir made goes again, unless something lies in it by then', async () => {
  const dir = temporaryDir()
  const place = createRunLayout({ runsDir: path.join(dir, 'deep', 'runs'), project: 'p' })
  await (await ensureRunsDir(place))()
  assert.equal(readdirSync(dir), [])
  const undo = await ensureRunsDir(place)
  writeFileSync(path.join(place.runsDir, 'autopack.db'), '')
  await undo()
  assert.equal(readdirSync(place.runsDir).sort(), ['.gitignore', 'autopack.db'])
})

const errorOf = async (runsDir: string) => {
  try {
    await ensureRunsDir(createRunLayout({ runsDir, project: 'p' }))
  } catch (error) {
    assert.instance(error, UserError)
    assert.is((error as UserError).exitCode, 2)
    return formatUserError(error as UserError)
  }
  throw new Error('expected an error')
}

test('checkRunsDir says the same before anything is made', async () => {
  const dir = temporaryDir()
  const missing = createRunLayout({ runsDir: path.join(dir, 'deep', 'runs'), project: 'p' })
  await checkRunsDir(missing, { writes: true })
  assert.not.ok(existsSync(path.join(dir, 'deep')))
  writeFileSync(path.join(dir, 'deep'), '')
  const told = await checkRunsDir(missing, { writes: false }).catch(formatUserError)
  assert.is(told, await errorOf(missing.runsDir))
})

test('a runs directory that is a file', async () => {
  const file = path.join(temporaryDir(), 'runs')
  writeFileSync(file, '')
  const fix = '  fix: move the file away, or name another folder in AUTONOMOUS_RUNS_DIR or in `runsDir` of the config'
  assert.is(await errorOf(file), `error[runs-dir-is-file]: the runs directory ${file} is a file\n  --> ${file}\n${fix}`)
  const below = path.join(file, 'a', 'b')
  assert.is(await errorOf(below), `error[runs-dir-is-file]: the runs directory ${below} cannot be made: ${file} is a file\n  --> ${file}\n${fix}`)
})

test('a runs directory that cannot be written', async () => {
  if (process.platform !== 'linux') return
  // Not writable for root either.
  const runsDir = '/sys/autopack-runs'
  assert.is(
    (await errorOf(runsDir)).replace(/\((EPERM|EROFS|EACCES)\)/, '(CODE)'),
    `error[runs-dir-not-writable]: the runs directory ${runsDir} cannot be written (CODE)\n  --> ${runsDir}\n` +
      '  fix: make it writable for this user, or name another folder in AUTONOMOUS_RUNS_DIR or in `runsDir` of the config',
  )
})

test('nobody else puts the name of a file behind one of its folders', () => {
  const naming = /\bjoin\([^\n]*?(?:attemptDir|[pP]aths\.dir|runsDir|\.(?:project|projectRuns|drafts|drainSessions|phases|landings|diagnostics|reviews|checks)Dir)\b[^,\n]*,\s*['"`]/
  assert.ok(["path.join(paths.dir, 'setup.log')", "join(request.attemptDir, `${name}.log`)", "path.join(engine.layout.run(run).diagnosticsDir, 'a')"].every((line) => naming.test(line)))
  // What the user's config names lies where the user says.
  const allowed = (line: string) => line.includes('options.usageFile')
  const found = globSync('{core,plugins,presets}/**/*.ts', { cwd: repositoryRoot }).filter((file) => !file.startsWith(path.join('core', 'layout'))).flatMap((file) =>
    readFileSync(path.join(repositoryRoot, file), 'utf8').split('\n').flatMap((line, index) => (naming.test(line) && !allowed(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])))
  assert.equal(found, [], 'RunLayout is the only code that builds a path below the runs directory')
})

test.run()
