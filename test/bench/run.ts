/**
 * Runs the benchmarks: every file beside this one that exports `bench()`.
 *
 *   npm run bench                 all
 *   npm run bench -- startup      the files whose name contains that text
 *   npm run bench -- waste --help what that one takes; options go to the files that are run
 *
 * Prints each ratio beside its goal and writes results.json beside this file (not kept in git: it tells of one machine).
 * A missed goal is shown and is no failure: times depend on the machine, only ratios taken side by side count.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

export interface BenchResult {
  name: string
  /** What was measured against what stands beside it; `detail` says what that is. */
  ratio: number
  /** The ratio is to stay at or below it; with `atLeast`, at or above. */
  goal: number
  atLeast?: boolean
  /** Default `×`. */
  unit?: string
  detail?: string
}

const here = fileURLToPath(new URL('.', import.meta.url))
const record = `${here}results.json`
const args = process.argv.slice(2)
const firstOption = args.findIndex((text) => text.startsWith('-'))
const [filters, options] = firstOption === -1 ? [args, []] : [args.slice(0, firstOption), args.slice(firstOption)]
const files = readdirSync(here).filter((file) => file.endsWith('.ts') && file !== 'run.ts' && (filters.length === 0 || filters.some((text) => file.includes(text)))).sort()
const results: (BenchResult & { file: string; met: boolean })[] = []

for (const file of files) {
  const module = (await import(`./${file}`)) as { bench?: (options: readonly string[]) => Promise<BenchResult[]>; help?: string }
  if (!module.bench) continue
  if (options.includes('--help')) {
    console.log(module.help ?? `${file} takes no options`)
    continue
  }
  console.log(`${file} …`)
  try {
    for (const result of await module.bench(options)) {
      const met = result.atLeast === true ? result.ratio >= result.goal : result.ratio <= result.goal
      results.push({ file, ...result, met })
    }
  } catch (error) {
    console.log(`  failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    process.exitCode = 1
  }
}

if (files.length === 0) {
  console.log('no benchmark matches')
  process.exitCode = 1
} else if (!options.includes('--help')) {
  printTable()
  writeFileSync(record, `${JSON.stringify({ node: process.version, platform: `${process.platform} ${process.arch}`, cpu: cpus()[0]?.model, cores: availableParallelism(), results: [...others(), ...results] }, undefined, 2)}\n`)
}

/** What was measured before, of the benchmarks that did not run now. */
function others(): typeof results {
  const known = existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as { results: typeof results }).results : []
  return known.filter((one) => !files.includes(one.file) && existsSync(`${here}${one.file}`))
}

function printTable(): void {
  const amount = (value: number, unit = '×'): string => `${value >= 100 ? value.toFixed(0) : value.toFixed(2)}${unit.length > 1 ? ' ' : ''}${unit}`
  const rows = [
    ['benchmark', 'ratio', 'goal', '', 'detail'],
    ...results.map((one) => [one.name, amount(one.ratio, one.unit), `${one.atLeast === true ? '≥' : '≤'} ${amount(one.goal, one.unit)}`, one.met ? 'met' : 'MISSED', one.detail ?? '']),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  console.log(`\n${rows.map((row) => row.map((cell, column) => (column === 4 ? cell : column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()).join('\n')}`)
}
