import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readFile } from 'node:fs/promises'
import { fingerprintBucketsSchemas } from '../../plugins/fingerprint-buckets/outputs.ts'
import type { AutopackEvent } from '../../core/model/events.ts'
import { drainReportSchema } from '../../core/model/drain-report.ts'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'

const test = suite('the breaker through the command line')

const config = `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'
export default defineConfig({
  project: 'shop',
  builder: command({ run: ['node', 'tools/build', '{phase}'] }),
  checks: [{ name: 'files', run: ['sh', '-c', 'ls src > /dev/null'] }],
})
`
const plan = (id: string) => JSON.stringify({ id, phases: ['one', 'two'].map((name) => ({ id: `${id}-${name}`, goal: name, scope: { paths: ['src/'] } })) })
const files = {
  'autopack.config.ts': config, 'src/a.txt': 'a\n', '.gitignore': '.autonomous_runs\nnode_modules\n',
  // It loads a module that is not there. Without an extension both are data to the test, which then needs no process of its own.
  'tools/build': "const { made } = require('./helper')\nconst { appendFileSync, writeFileSync } = require('node:fs')\nappendFileSync(process.env.CALLS, process.argv[2] + '\\n')\nwriteFileSync('src/' + process.argv[2] + '.txt', made)\n",
  'runs/orders.json': plan('orders-20261201'), 'runs/returns.json': plan('returns-20261202'), 'runs/stock.json': plan('stock-20261203'),
}

test('a planted import crash costs two builder calls, everything else is parked; mended between drains, all is done', async () => {
  await using project = await makeProject({ files: { ...files, 'autopack.config.ts': config.replace("project: 'shop',", "project: 'shop', env: { pass: ['CALLS'] },") } })
  const env = { CALLS: project.path('../calls.txt') }
  let real = true
  // The first through the real command line, the others in this process.
  const drain = async (): Promise<{ exitCode: number; events: AutopackEvent[] }> => {
    const { exitCode, stdout } = await (real ? project.cli(['drain', '--json'], { env }) : runInside(project, ['drain', '--json'], { env }))
    real = false
    return { exitCode, events: stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as AutopackEvent) }
  }
  const finished = (events: readonly AutopackEvent[]) => events.flatMap((event) => (event.type === 'phase-finished' ? [[event.run, event.outcome, event.classification?.class]] : []))

  const first = await drain()
  assert.equal(finished(first.events), [['orders-20261201', 'failed', 'builder_error'], ['returns-20261202', 'failed', 'builder_error']], 'the probe is in another family')
  const report = first.events.find((event) => event.type === 'drain-finished')?.report
  assert.equal([first.exitCode, report?.stop.reason, report?.counts.failed, report?.counts.parked], [3, 'fingerprint_repeat', 2, 4])
  assert.is(drainReportSchema.safeParse(report).error, undefined)
  const [bucket] = report!.buckets
  assert.equal([bucket?.state, bucket?.radius, bucket?.parked], ['open', 'builder command', 6])
  const opened = first.events.filter((event) => event.type === 'bucket-changed')
  assert.equal(opened.map((event) => [event.state, event.systemic]), [['suspended', true], ['open', true]])
  assert.match(report!.sections.find((section) => section.title === 'Buckets')!.lines.join('\n'), /2 times \(100 %\) {2}builder_error: .*\n +open: parks 6 phases of builder command/)

  // What is parked, why, and what would release it is one command away.
  const { stdout: listed } = await runInside(project, ['buckets', '--json'], { env })
  const output = fingerprintBucketsSchemas.buckets.parse(JSON.parse(listed))
  assert.equal(output.buckets.map((one) => [one.fingerprint, one.count, one.parked, one.spent.unknown, one.runs.length]), [[bucket!.fingerprint, 2, 6, 2, 2]])
  assert.match((await runInside(project, ['status'], { env })).stdout, /parked +orders-20261201-two +v1-\w+ is open for builder command/)
  assert.match((await runInside(project, ['show', 'stock-20261203', 'stock-20261203-one'], { env })).stdout, /parked: .*helper.*; released by a probe of the next drain, or autopack buckets close v1-/s)
  const summary = await readFile(project.path('.autonomous_runs/shop/runs/stock/stock-20261203/run_summary.md'), 'utf8')
  assert.match(summary, /\| stock-20261203-one \| QUEUED \| 0 \| {2}\| parked: .*helper/)

  // Still broken: one probe, by a member.
  const second = await drain()
  assert.equal(finished(second.events).map(([run]) => run), ['orders-20261201'])
  await project.write({ 'tools/helper': "exports.made = 'made'\n" })
  await project.git('add', '-A')
  await project.git('commit', '-qm', 'mend it')
  const third = await drain()
  assert.equal([third.exitCode, finished(third.events).length, third.events.find((event) => event.type === 'drain-finished')?.report.counts.complete], [0, 6, 6])
  assert.is((await readFile(env.CALLS, 'utf8')).trim().split('\n').length, 6)
  const { stdout: closed } = await runInside(project, ['buckets'], { env })
  assert.match(closed, /^\w{7} {2}3 .* builder\n +builder_error: Module \S+helper/m, closed)
})

test('a person closes and parks a bucket, and is told what cannot be', async () => {
  await using project = await makeProject({ files })
  const env = { CALLS: project.path('../calls.txt') }
  await runInside(project, ['drain'], { env })
  const closed = await runInside(project, ['buckets', 'close', 'v1-', '--reason', 'mended', '--by', 'ann', '--json'], { env })
  assert.equal({ ...fingerprintBucketsSchemas['buckets-decision'].parse(JSON.parse(closed.stdout)), fingerprint: '', title: '' }, { project: 'shop', fingerprint: '', title: '', state: 'closed', by: 'ann', reason: 'mended', parked: 0 })
  assert.is((await runInside(project, ['drain'], { env })).exitCode, 3, 'it is not')
  const parked = await runInside(project, ['buckets', 'park', 'v1-', '--reason', 'wait for Monday', '--by', 'ann'], { env })
  assert.match(parked.stdout, /^v1-\w{12} parks 6 phases until it is closed: /)
  const { exitCode, stdout } = await runInside(project, ['drain'], { env })
  assert.equal([exitCode, stdout.includes('start ')], [3, false])
  assert.match(stdout, /parked by ann: wait for Monday; released by autopack buckets close v1-/)
  for (const [args, text] of [
    [['buckets', 'close', 'v1-'], /^error\[usage\]: why should the bucket be closed\? It is kept with the bucket .*\n {2}fix: say it with --reason/],
    [['buckets', 'close', 'nothing', '--reason', 'x'], /^error\[fingerprint-unknown\]: no stored failure has the fingerprint "nothing".*\n {2}fix: there are v1-/],
    [['buckets', 'shut'], /^error\[usage\]: .*there is no `autopack buckets shut`/],
    [['buckets', '--since', 'yesterday'], /^error\[usage\]: .*--since yesterday is no time/],
  ] as const) {
    const refused = await runInside(project, [...args], { env })
    assert.equal([refused.exitCode, text.test(refused.stderr)], [2, true], refused.stderr)
  }
})

test('without the plugin a drain has no buckets, and says so', async () => {
  await using project = await makeProject({ files: { ...files, 'autopack.config.ts': config.replace('{ defineConfig }', '{ defineConfig, without }').replace("project: 'shop',", "project: 'shop', plugins: [without('fingerprintBuckets')], drain: { maxAttemptsPerPhase: 1 },") } })
  const { stdout } = await runInside(project, ['run', 'orders-20261201'], { env: { CALLS: project.path('../calls.txt') } })
  assert.match(stdout, /no buckets, breakers or probes in this drain: the plugin that switches them on, fingerprintBuckets, was removed/)
  assert.match(stdout, /0 complete · 2 failed/)
})


test.run()
