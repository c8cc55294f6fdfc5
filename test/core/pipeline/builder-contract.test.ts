import { existsSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { receiptSchema } from '../../../core/model/receipt.ts'
import { makeProject } from '../../support/project.ts'
import { outside, prepare, runHere } from '../../support/run-project.ts'

const test = suite('the contract of builders')

/** A builder of a project's own, as source text. */
const mine = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
const mine = (name, more = {}) => ({
  name, account: more.account,
  async available() { appendFileSync(join(outside, 'asked.txt'), name + ' ' + (more.model ?? '') + '\\n'); return { ok: true, version: '1.2.3' } },
  async build(request) {
    const told = { argv: [name], usage: 'unknown', tail: '', exitCode: 0 }
    writeFileSync(join(outside, 'request-' + request.attempt + '.json'), JSON.stringify({ thread: request.thread ?? null, prices: request.prices }))
    mkdirSync(request.temporaryDir)
    writeFileSync(join(request.temporaryDir, 'left.txt'), 'left')
    request.log('my token is correct-horse-battery')
    request.progress({ thread: 'conversation-' + request.attempt })
    if (request.attempt === 1) return { ...told, type: 'error', signal: null, exitCode: 1, message: 'not yet', warnings: ['mind this, and not correct-horse-battery'] }
    writeFileSync(join(request.projectDir, 'src/' + request.phase.id + '.txt'), 'one\\n')
    return { ...told, type: 'done' }
  },
})
`

test('what it logs and warns of is kept without secrets, its conversation is handed on, and every builder of one name is asked', async () => {
  await using project = await makeProject({ files: { 'src/.gitkeep': '' }, env: { MY_TOKEN: 'correct-horse-battery' } })
  await prepare(project, {
    imports: `${mine}const outside = ${JSON.stringify(outside(project))}`.replaceAll('outside, ', 'there, ').replace('const outside', 'const there'),
    config: "builders: { first: mine('mine', { model: 'small', account: 'a' }), second: mine('mine', { model: 'large', account: 'b' }) }, prices: { small: { input: 1, output: 2 } },",
    phases: { one: { build: '', builder: 'first' }, two: { build: '', builder: 'second', needs: ['one'] } },
  })
  await project.commit('begin')
  const run = await runHere(project)
  assert.equal([run.exitCode, run.phase('one').outcome, run.phase('one').attempt], [0, 'complete', 2], run.stderr + run.stdout.slice(-1_500))
  const folder = (attempt: number, ...rest: string[]) => project.path('.autonomous_runs/p/runs/r/r/phases/01_one', `attempt-${attempt}`, ...rest)
  assert.equal([1, 2].map((attempt) => existsSync(folder(attempt, 'tmp'))), [false, false], 'its temporary folder stayed')
  assert.equal(readFileSync(folder(1, 'builder.log'), 'utf8').includes('correct-horse'), false)
  assert.match(readFileSync(folder(1, 'builder.log'), 'utf8'), /^my token is \S+\n/)
  const receipt = receiptSchema.parse(JSON.parse(readFileSync(folder(1, 'receipt.json'), 'utf8')))
  assert.match(receipt.warnings.join(), /^mind this, and not (?!correct-horse)/)
  const got = (attempt: number) => JSON.parse(readFileSync(outside(project, `request-${attempt}.json`), 'utf8')) as unknown
  // The last phase that ran has written them.
  assert.equal([got(1), got(2)], [{ thread: null, prices: { small: { input: 1, output: 2 } } }, { thread: 'conversation-1', prices: { small: { input: 1, output: 2 } } }])
  assert.equal(readFileSync(outside(project, 'asked.txt'), 'utf8').trim().split('\n').toSorted(), ['mine large', 'mine small'])
})

test.run()
