/**
 * A shop with 200 phases in 20 runs of 4 families, and five faults that have nothing to do with any of them. Everything in it is real: git, checks,
 * builders and what breaks them; only the builders are scripts in the place of agents.
 */

/** What a person mends between two drains. */
export const faults = ['base', 'builder', 'check', 'package', 'machine'] as const
export type Fault = (typeof faults)[number]

const families = ['catalogue', 'orders', 'returns', 'stock'] as const
/** One phase in each of these runs writes code that its test refuses, whatever is tried. */
const hopeless = ['catalogue-20261201', 'orders-20261203', 'returns-20261204', 'stock-20261202']

export const runIds: readonly string[] = families.flatMap((family) => [1, 2, 3, 4, 5].map((day) => `${family}-2026120${day}`))
export const phaseIds: readonly string[] = runIds.flatMap((run) => Array.from({ length: 10 }, (_, index) => `${run}-${index}`))
export const isHopeless = (phase: string): boolean => hopeless.some((run) => phase === `${run}-4`)

/** Whom a fault hits while it is there. */
export function isHitBy(fault: Fault, phase: string): boolean {
  switch (fault) {
    // A syntax error, committed, in a module that every test imports.
    case 'base': return true
    // The tool that builds for half of the runs imports a file that somebody deleted.
    case 'builder': return /^(?:orders|stock)-/.test(phase)
    // The script of a check that the catalogue's phases have was removed.
    case 'check': return phase.startsWith('catalogue-')
    // A package that the tests of returns need is not installed.
    case 'package': return phase.startsWith('returns-')
    // Nothing listens on the port of the database that every check of stock asks.
    case 'machine': return phase.startsWith('stock-')
  }
}

const config = `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'

export default defineConfig({
  project: 'shop',
  // Scripts ask no model: nothing is spent.
  builder: command({ run: ['node', 'tools/write.mjs', '{phase}'], usage: 'none' }),
  builders: { editor: command({ run: ['node', 'tools/edit.mjs', '{phase}'], usage: 'none' }) },
  checks: [{ name: 'tests', run: ['node', '--test', '--test-reporter=tap', 'test/shop.test.mjs'], format: 'tap' }],
  env: { pass: ['SHOP_*'] },
})
`
const write = `import { appendFileSync, writeFileSync } from 'node:fs'
const phase = process.argv[2]
appendFileSync(process.env.SHOP_CALLS, phase + '\\n')
const wrong = process.env.SHOP_HOPELESS.split(' ').includes(phase)
writeFileSync('src/done/' + phase + '.mjs', 'export default ' + JSON.stringify(wrong ? phase + ' is wrong' : 'fine') + '\\n')
`
const edit = `import { appendFileSync } from 'node:fs'
appendFileSync(process.env.SHOP_CALLS, process.argv[2] + ' begins\\n')
const { build } = await import('./editing.mjs')
build(process.argv[2])
`
export const editing = `import { writeFileSync } from 'node:fs'
export const build = (phase) => writeFileSync('src/done/' + phase + '.mjs', 'export default ' + JSON.stringify(process.env.SHOP_HOPELESS.split(' ').includes(phase) ? phase + ' is wrong' : 'fine') + '\\n')
`
const shopTest = `import test from 'node:test'
import assert from 'node:assert'
import { readdirSync } from 'node:fs'
import { price } from '../src/money.mjs'
test('prices', () => assert.equal(price(2), 200))
for (const file of readdirSync(new URL('../src/done/', import.meta.url)).filter((name) => name.endsWith('.mjs')))
  test(file, async () => assert.equal((await import('../src/done/' + file)).default, 'fine'))
`
const links = `import { readdirSync } from 'node:fs'
if (readdirSync('src/done').length === 0) throw new Error('nothing is linked')
`
const returns = `import { createRequire } from 'node:module'
const { rate } = createRequire(process.env.SHOP_PACKAGES + '/x.js')('currency-table')
if (rate !== 1) throw new Error('the rate is ' + rate)
`
const database = `import { connect } from 'node:net'
const socket = connect(Number(process.env.SHOP_PORT), '127.0.0.1', () => socket.end())
`
export const money = { broken: 'export const price = (euros) => { return euros * 100\n', mended: 'export const price = (euros) => euros * 100\n' }

function plan(run: string): string {
  const family = run.slice(0, run.indexOf('-'))
  const checks = {
    catalogue: [{ name: 'links', run: ['node', 'tools/links.mjs'] }],
    orders: [],
    returns: [{ name: 'rates', run: ['node', 'tools/returns.mjs'] }],
    stock: [{ name: 'database', run: ['node', 'tools/database.mjs'] }],
  }[family as (typeof families)[number]]
  return JSON.stringify({
    id: run,
    phases: Array.from({ length: 10 }, (_, index) => ({
      id: `${run}-${index}`, goal: `Write part ${index} of ${run}.`, scope: { paths: [`src/done/${run}-${index}.mjs`] }, deliverables: [`src/done/${run}-${index}.mjs`], checks,
      ...((family === 'orders' || family === 'stock') && { builder: 'editor' }),
    })),
  })
}

/** All files of the shop, with every fault in it that lies in a file. */
export function shop(): Record<string, string> {
  return {
    'autopack.config.ts': config, '.gitignore': '.autonomous_runs\n', 'src/done/README.md': 'Parts that are done.\n', 'src/money.mjs': money.broken,
    'tools/write.mjs': write, 'tools/edit.mjs': edit, 'tools/returns.mjs': returns, 'tools/database.mjs': database, 'test/shop.test.mjs': shopTest,
    ...Object.fromEntries(runIds.map((run) => [`runs/${run}.json`, plan(run)])),
  }
}

/** The script that the check of the catalogue runs, once it is back. */
export const linksScript = links
