/**
 * A backlog of 200 real phases over a git repository with five planted faults, drained by the command line. A person mends one fault after each drain.
 *
 *   npm run test:backlog
 *
 * Held: every phase that can be done is done in the end; a drain wastes at most two builder calls on each fault, and none where the base itself is
 * broken; the report of every drain is as its schema says. It takes some minutes, and is therefore no part of `npm test`.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { drainReportSchema, type DrainReport } from '../../core/model/drain-report.ts'
import type { AutopackEvent } from '../../core/model/events.ts'
import { makeProject } from '../support/project.ts'
import { editing, faults, isHitBy, isHopeless, linksScript, money, phaseIds, shop, type Fault } from './world.ts'

await using project = await makeProject({ files: shop() })
const calls = project.path('../calls.txt')
const packages = project.path('../packages')
writeFileSync(calls, '')
mkdirSync(packages)
const database = createServer((socket) => socket.end())
const port = await new Promise<number>((resolve) => database.listen(0, '127.0.0.1', () => resolve((database.address() as { port: number }).port)))
await new Promise((resolve) => database.close(resolve))
const env = { SHOP_CALLS: calls, SHOP_HOPELESS: phaseIds.filter(isHopeless).join(' '), SHOP_PACKAGES: packages, SHOP_PORT: String(port) }

const mend: Record<Fault, () => Promise<unknown>> = {
  base: () => project.commit('close the brace', { 'src/money.mjs': money.mended }),
  builder: () => project.commit('bring the tool back', { 'tools/editing.mjs': editing }),
  check: () => project.commit('bring the script back', { 'tools/links.mjs': linksScript }),
  package: async () => {
    mkdirSync(`${packages}/node_modules/currency-table`, { recursive: true })
    writeFileSync(`${packages}/node_modules/currency-table/index.js`, 'exports.rate = 1\n')
  },
  machine: () => new Promise<void>((resolve) => database.listen(port, '127.0.0.1', resolve)),
}

const active = new Set<Fault>(faults)
let seen = 0
let failures = 0

/** Drains once; prints a line, and returns the report. */
async function drain(name: string): Promise<DrainReport> {
  const { exitCode, stdout, stderr } = await project.cli(['drain', '--json', '--batch-size', '500'], { env, limit: 900_000 })
  assert.equal(stderr, '')
  const events = stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as AutopackEvent)
  const finished = events.find((event) => event.type === 'drain-finished')
  assert(finished, stdout.slice(-2_000))
  const report = drainReportSchema.parse(finished.report)
  assert.equal(exitCode, report.exitCode)
  const called = readFileSync(calls, 'utf8').split('\n').filter((line) => line !== '').slice(seen).map((line) => line.replace(/ begins$/, ''))
  seen += called.length
  const doable = called.filter((phase) => !isHopeless(phase))
  // By the first of the faults that would have defeated it.
  const wasted = new Map<Fault, number>()
  for (const phase of doable) {
    const fault = faults.find((one) => active.has(one) && isHitBy(one, phase))
    if (fault) wasted.set(fault, (wasted.get(fault) ?? 0) + 1)
  }
  const told = faults.filter((one) => active.has(one)).map((one) => `${one} ${wasted.get(one) ?? 0}`).join(', ')
  const { counts } = report
  console.log(`${name.padEnd(18)} ${String(called.length).padStart(3)} calls · wasted: ${told || 'none'} · ${counts.complete} complete, ${counts.failed} failed, ${counts.parked} parked · ${report.stop.reason}, exit ${exitCode} · ${(report.durationMs / 1000).toFixed(0)} s`)
  for (const [fault, count] of wasted) {
    const allowed = fault === 'base' ? 0 : 2
    if (count > allowed) {
      failures++
      console.log(`  ${fault}: ${count} builder calls were wasted, ${allowed} are allowed`)
    }
  }
  return report
}

console.log(`${phaseIds.length} phases, ${faults.length} faults\n`)
let last = await drain('all faults')
for (const fault of faults) {
  await mend[fault]()
  active.delete(fault)
  last = await drain(`${fault} mended`)
}

const { stdout } = await project.cli(['status', '--json'], { env })
const phases = (JSON.parse(stdout) as { runs: { phases: { id: string; state: string }[] }[] }).runs.flatMap((run) => run.phases)
const undone = phases.filter((phase) => !isHopeless(phase.id) && phase.state !== 'COMPLETE').map((phase) => `${phase.id} ${phase.state}`)
const lied = phases.filter((phase) => isHopeless(phase.id) && phase.state === 'COMPLETE').map((phase) => phase.id)
database.close()
console.log(`\n${phases.length} phases: ${undone.length} that could be done are not${undone.length > 0 ? `: ${undone.slice(0, 5).join(', ')}` : ''}; ${lied.length} that could not be done are called complete`)
if (last.stop.reason !== 'drained' || last.exitCode !== 1) {
  failures++
  console.log(`the last drain ended with ${last.stop.reason} and exit code ${last.exitCode}, not because nothing but failed phases is left`)
}
if (undone.length > 0 || lied.length > 0 || phases.length !== phaseIds.length) failures++
console.log(`${failures === 0 ? 1 : 0} passed, ${failures} failed`)
process.exitCode = failures === 0 ? 0 : 1
