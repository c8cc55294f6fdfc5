import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { junit } from '../../../core/checks/formats/junit.ts'
import { causesOf } from '../../../core/failure/index.ts'
import { runHook } from '../../../core/testing/index.ts'
import { optionalDependencies } from '../../../plugins/index.ts'

/** What the runners really print, in `test/fixtures/runners`. */
const printed = (name: string) => readFileSync(new URL(`../../fixtures/runners/${name}`, import.meta.url), 'utf8')

const test = suite('optionalDependencies, by what runners print')
const folders: string[] = []
test.after.each(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })))

const style = { import: ["import snoowrap from 'snoowrap'\n", "import { posts } from '../src/reddit.js'\n"], require: ["const snoowrap = require('snoowrap')\n", "const { posts } = require('../src/reddit.js')\n"] }

function projectOf([direct, detour]: readonly string[]): string {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'runners-')))
  folders.push(root)
  for (const folder of ['src', 'test']) mkdirSync(path.join(root, folder))
  writeFileSync(path.join(root, 'package.json'), JSON.stringify({ name: 'feeds', scripts: { test: 'jest' }, peerDependenciesMeta: { snoowrap: { optional: true } } }))
  for (const [file, text] of [['src/reddit.js', direct!], ['test/direct.test.js', direct!], ['test/reddit.test.js', detour!]] as const) writeFileSync(path.join(root, file), text)
  return root
}

async function ask(root: string, argv: string[], output: string, problems?: { code: string; message: string; path?: string }[], command = argv) {
  const causes = causesOf(output, { projectRoot: '/project' })
  const { answer } = await runHook(optionalDependencies(), 'classifyFailure', {
    projectRoot: root, repositoryRoot: root, checks: [{ name: 'tests', argv }],
    failure: {
      stage: 'baseline', check: 'tests', command, output: output.replaceAll('/project', root), causes,
      problems: problems ?? causes.map((cause) => ({ code: 'broken-base', message: cause.title, ...(cause.file !== undefined && { path: cause.file }) })),
    },
  })
  return answer?.action?.type === 'retry-checks' ? { args: answer.action.args, skipped: answer.action.skipped.map((one) => one.file).toSorted(), fixes: answer.action.skipped.map((one) => one.fix) } : answer
}

test('Vitest, which prints files that fail alike one below the other', async () => {
  const answer = await ask(projectOf(style.import), ['npx', 'vitest', 'run'], printed('vitest5-optional-peer.txt'))
  assert.equal(answer, { ...answer, args: ['--exclude=test/direct.test.js', '--exclude=test/reddit.test.js'], skipped: ['test/direct.test.js', 'test/reddit.test.js'] })
})

test('Vitest with a JUnit report: a file that lacks an optional peer is not loaded, and no test that failed before', async () => {
  const root = projectOf(style.import)
  const text = printed('vitest5-optional-peer.junit.xml')
  const parsed = junit.parse({ reportFiles: [{ path: 'report.xml', text }], output: '', exitCode: 1, projectDir: root, cwd: '', isFile: () => true })
  assert.is(parsed.type, 'report')
  const { tests, collectionErrors } = parsed.type === 'report' ? parsed.report : { tests: [], collectionErrors: [] }
  assert.equal(tests.map((one) => one.status), ['passed'])
  assert.equal(collectionErrors.map((one) => [one.file, one.module]), [['test/direct.test.js', 'snoowrap'], ['test/reddit.test.js', 'snoowrap']])
  const answer = await ask(root, ['npx', 'vitest', 'run'], 'JUNIT report written to report.xml\n', collectionErrors.map((one) => ({ code: 'broken-base', message: one.message, path: one.file! })))
  assert.equal(answer, { ...answer, skipped: ['test/direct.test.js', 'test/reddit.test.js'] })
})

test('Jest through npm: -- stands once, where arguments were there before the phase too; the fix fits CommonJS', async () => {
  const root = projectOf(style.require)
  const first = await ask(root, ['npm', 'test'], printed('jest30-require.txt'))
  const files = ['--testPathIgnorePatterns=/node_modules/', '--testPathIgnorePatterns=/test/direct\\.test\\.js$', '--testPathIgnorePatterns=/test/reddit\\.test\\.js$']
  assert.equal(first, { ...first, args: ['--', ...files], skipped: ['test/direct.test.js', 'test/reddit.test.js'] })
  for (const fix of (first as { fixes: string[] }).fixes) assert.match(fix, /try \{ snoowrap = require\('snoowrap'\) \} catch/)
  const again = await ask(root, ['npm', 'test'], printed('jest30-require.txt'), undefined, ['npm', 'test', '--', '--testPathIgnorePatterns=/x/'])
  assert.equal(again, { ...again, args: files })
})

test('Mocha, which ends before it writes its report', async () => {
  const missing = [{ code: 'broken-base', message: 'the report is missing: the command wrote nothing to report.xml (exit code 1)' }]
  // It names one file, and of an import on a detour none: the others are read.
  const both = ['test/direct.test.js', 'test/reddit.test.js']
  for (const importer of ['test/direct.test.js', 'src/reddit.js']) {
    const answer = await ask(projectOf(style.import), ['npx', 'mocha', 'test'], printed('mocha12-import.txt').replaceAll('test/direct.test.js', importer), missing)
    assert.equal(answer, { ...answer, args: both.map((file) => `--ignore=${file}`), skipped: both }, importer)
  }
  const more = await ask(projectOf(style.import), ['npx', 'mocha', 'test'], printed('mocha12-import.txt'), missing, ['npx', 'mocha', 'test', '--ignore=test/reddit.test.js'])
  assert.equal(more, { ...more, args: ['--ignore=test/direct.test.js'], skipped: ['test/direct.test.js'] }, 'what was left out before is not told twice')
  const broken = await ask(projectOf(style.import), ['npx', 'mocha', 'test'], printed('mocha12-import.txt').replaceAll("'snoowrap'", "'/project/src/zoo.js'"), missing)
  assert.is(broken, undefined, 'a module of the project is not excused')
})

test.run()
