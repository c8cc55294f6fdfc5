import { mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { builtInFormats, expandCommand, runCheck } from '../../../core/checks/index.ts'
import type { CheckRun } from '../../../core/checks/index.ts'
import { checkResultSchema } from '../../../core/model/check.ts'
import { checkSpecSchema } from '../../../core/model/plan.ts'
import { createProcessRunner } from '../../../core/process/run.ts'
import { systemRuntime } from '../../../core/runtime.ts'

const test = suite<{ dir: string; check(spec: object, more?: Partial<CheckRun>): ReturnType<typeof runCheck> }>('runCheck')

test.before.each(async (context) => {
  const dir = (context.dir = await realpath(await mkdtemp(join(tmpdir(), 'autopack-check-'))))
  await mkdir(join(dir, 'work', 'sub'), { recursive: true })
  const exec = createProcessRunner({ runtime: systemRuntime() })
  context.check = async (spec, more = {}) => {
    const result = await runCheck({
      spec: checkSpecSchema.parse({ name: 'tests', ...spec }), formats: builtInFormats(), workspaceDir: join(dir, 'work'), projectDir: join(dir, 'work'), tree: 'abc', run: 'r', phase: 'p',
      attempt: 2, args: [], files: [], env: { PATH: process.env['PATH']! }, logPath: join(dir, 'out', 'tests.log'), reportPath: join(dir, 'out', 'tests.xml'), timeoutMs: 30_000, exec, ...more,
    })
    checkResultSchema.parse(result)
    return result
  }
})
test.after.each(({ dir }) => rm(dir, { recursive: true, force: true }))

const node = (code: string, ...rest: string[]) => [process.execPath, '-e', code, ...rest]
const write = (path: string, content = '<testsuite><testcase classname="c" name="n"/></testsuite>') => `require('fs').writeFileSync(${path}, ${JSON.stringify(content)})`

test('reads the report at {report}, and gives the command its environment and arguments', async ({ check }) => {
  const result = await check(
    { format: 'junit', run: node(`${write('process.argv[1]')}; console.log(process.env.GREETING, process.argv.slice(2).join())`, '{report}', '{run}/{phase}/{attempt}'), env: { GREETING: 'hi' } },
    { args: ['--skip', 'a b'] },
  )
  assert.equal([result.exitCode, result.reportProblem, result.report!.tests.map((each) => each.id)], [0, undefined, ['c > n']])
  assert.is(result.tail.trim(), 'hi r/p/2,--skip,a b')
  assert.equal([result.args, result.tree, result.check], [['--skip', 'a b'], 'abc', 'tests'])
})

test('reads files of a glob relative to the working directory, ordered by path', async ({ check, dir }) => {
  await mkdir(join(dir, 'work', 'sub', 'reports'))
  const one = (name: string) => write(`'reports/${name}.xml'`, `<testsuite><testcase classname="${name}" name="n"/></testsuite>`)
  const result = await check({ format: 'junit', run: node(`${one('b')};${one('a')}`), report: 'reports/*.xml', cwd: 'sub' })
  assert.equal(result.report?.tests.map((each) => each.id), ['a > n', 'b > n'], result.reportProblem)
})

test('what an earlier execution left is never taken for a report', async ({ check, dir }) => {
  await mkdir(join(dir, 'out'), { recursive: true })
  await writeFile(join(dir, 'out', 'tests.xml'), '<testsuite><testcase name="old"/></testsuite>')
  await writeFile(join(dir, 'work', 'report.xml'), '<testsuite><testcase name="old"/></testsuite>')
  assert.match((await check({ format: 'junit', run: node('', '{report}') })).reportProblem!, 'the report is missing: the command wrote nothing to')
  assert.match((await check({ format: 'junit', run: node('process.exit(3)'), report: 'report.xml' })).reportProblem!, 'wrote nothing to report.xml (exit code 3)')
  assert.not(existsSync(join(dir, 'out', 'tests.xml.started')))
})

test('a report that is put back with an old time is stale', async ({ check, dir }) => {
  const kept = join(dir, 'kept.xml')
  await writeFile(kept, '<testsuite><testcase name="old"/></testsuite>')
  await utimes(kept, new Date(1_600_000_000_000), new Date(1_600_000_000_000))
  const result = await check({ format: 'junit', run: ['cp', '-p', kept, 'report.xml'], report: 'report.xml' })
  assert.match(result.reportProblem!, 'the report report.xml is stale')
  assert.is(result.report, undefined)
})

test('a broken report, an unknown format, a format without a report', async ({ check }) => {
  assert.match((await check({ format: 'junit', run: node(write('process.argv[1]', '<testsuite><testcase'), '{report}') })).reportProblem!, 'cannot be read')
  assert.is((await check({ format: 'xunit', run: ['true'] })).reportProblem, 'the format "xunit" is not known; there are exit-code, junit, tap, pytest')
  assert.match((await check({ format: 'junit', run: ['true'] })).reportProblem!, 'put {report} into the command')
})

test('a command that does not exist is named, and so is a folder that was never committed', async ({ check, dir }) => {
  const result = await check({ run: ['autopack-no-such-tool', 'x'] })
  assert.is(result.ended, 'spawn-failed')
  assert.match(result.reportProblem!, 'autopack-no-such-tool')
  assert.match((await check({ format: 'junit', report: 'r.xml', run: { shell: 'autopack-no-such-tool' } })).reportProblem!, 'a command was not found')
  const uncommitted = await check({ format: 'junit', report: 'r.xml', run: ['true'] }, { projectDir: join(dir, 'work', 'packages/web') })
  assert.is(uncommitted.reportProblem, "the project's folder packages/web is not in the commit that the worktree was made from; commit it")
})

test('a limit and a stop are no verdict', async ({ check }) => {
  const wait = node('setTimeout(() => {}, 60000)')
  assert.match((await check({ run: wait }, { timeoutMs: 200 })).reportProblem!, 'it was ended at its limit of 200ms')
  assert.is((await check({ run: wait }, { signal: AbortSignal.abort() })).reportProblem, 'it was stopped')
})

test('formats read from the output see this execution only', async ({ check }) => {
  const tap = { format: 'tap', run: node("console.log('1..1\\nok 1 - a')") }
  assert.equal((await check(tap)).report!.tests.map((each) => each.id), ['a'])
  assert.equal((await check(tap)).report!.tests.map((each) => each.id), ['a'], 'the log is appended to')
})

test('TAP may be written to the report as well', async ({ check }) => {
  const result = await check({ format: 'tap', run: node(write('process.argv[1]', '1..1\nnot ok 1 - a\n'), '{report}') })
  assert.equal(result.report?.tests.map((each) => each.status), ['failed'])
})

test('causes are read where the report cannot say what is wrong, without those of low confidence', async ({ check }) => {
  const causesOf = (output: string) => [{ fingerprint: 'v1-a', title: output.trim(), confidence: 'high' as const }, { fingerprint: 'v1-b', title: 'b', confidence: 'low' as const }]
  const failing = { run: node("console.error('boom'); process.exitCode = 1") }
  assert.equal((await check(failing, { causesOf })).causes, [{ fingerprint: 'v1-a', title: 'boom' }])
  assert.equal((await check({ run: ['true'] }, { causesOf })).causes, [])
  const told = await check({ format: 'tap', run: node("console.log('1..1\\nnot ok 1 - a'); process.exitCode = 1") }, { causesOf })
  assert.equal(told.causes, [])
})

test('single tests run by the rerun command, whose exit code is enough', async ({ check }) => {
  const spec = { format: 'junit', run: node('', '{report}'), rerun: node("console.log(process.argv.slice(1).join('|'))", '{tests}'), cwd: 'sub' }
  const result = await check(spec, { tests: ['sub/a.py::b', 'c d'] })
  assert.equal([result.tail.trim(), result.report!.hasTests, result.exitCode], ['a.py::b|c d', false, 0])
})

test('placeholders: lists alone become elements, in a shell line all is quoted', () => {
  const values = { run: 'r', phase: "it's", attempt: 1, workspace: '/w', report: '/r.xml', files: ['a.ts', 'b c.ts'], tests: [], exclude: ['--skip=x'] }
  assert.equal(expandCommand(['lint', '{files}', '--out={report}', '{tests}', '{other}'], values), ['lint', 'a.ts', 'b c.ts', '--out=/r.xml', '{other}', '--skip=x'])
  assert.equal(expandCommand(['lint', '{exclude}', 'src'], values), ['lint', '--skip=x', 'src'])
  assert.equal(expandCommand(['lint', '{exclude}', 'src'], { ...values, exclude: [] }), ['lint', 'src'])
  assert.equal(expandCommand({ shell: 'lint {files} > {report}; echo {phase}' }, values), { shell: "lint a.ts 'b c.ts' > /r.xml; echo 'it'\\''s' --skip=x" })
})

test.run()
