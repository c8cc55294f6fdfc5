import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { BenchResult } from './run.ts'
import { goalsOf, measure, type Measured } from './waste/measure.ts'
import { tableOf, wasteTable } from './waste/table.ts'

/** What `--help` prints. */
export const help = `What a backlog costs under several policies, most of all in builder calls that could not succeed: docs/waste.md tells of it.

  npm run bench -- waste [options]

  --seeds N     how many worlds; default 20
  --seed N      the first of their seeds; default 1
  --runs N      runs of 10 phases each; default 40
  --json FILE   where all figures go; default test/bench/waste/results.json

Takes a few seconds for each seed. Time is virtual: the figures are the same on every machine.`

const phasesPerRun = 10

/** Replays one backlog under every policy, seed by seed; prints the table and returns how far the goals are met. */
export async function bench(args: readonly string[] = []): Promise<BenchResult[]> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '40' },
      json: { type: 'string', default: fileURLToPath(new URL('./waste/results.json', import.meta.url)) },
    },
  })
  const [seeds, first, runs] = [values.seeds, values.seed, values.runs].map(Number) as [number, number, number]
  const measured: Measured[] = []
  for (let seed = first; seed < first + seeds; seed++) {
    const one = await measure(seed, { runs, phasesPerRun })
    measured.push(one)
    console.log(`  seed ${seed}: wasted calls ${Object.entries(one.figures).map(([name, figures]) => `${name} ${figures.wastedCalls}`).join(', ')}`)
  }
  const goals = goalsOf(measured)
  writeFileSync(values.json, `${JSON.stringify({ runs, phases: runs * phasesPerRun, seeds: measured.map((one) => one.seed), goals, measured }, undefined, 2)}\n`)
  console.log(`\n${runs * phasesPerRun} phases in ${runs} runs, seeds ${first} to ${first + seeds - 1}: the median, and the worst in brackets\n`)
  console.log([...tableOf(measured), '', ...wasteTable(measured), '', `all figures: ${values.json}`].join('\n'))
  return goals.map(({ name, median, worst, met, atMost, unit }) => ({ name, ratio: worst, goal: atMost, unit, detail: `${worst.toFixed(3)} is the worst of ${seeds} worlds, ${median.toFixed(3)} the median; ${met} of them meet the goal` }))
}

if (import.meta.main) {
  if (process.argv.includes('--help')) console.log(help)
  else for (const row of await bench(process.argv.slice(2))) console.log(`${row.name}  ${row.ratio.toFixed(3)}  <= ${row.goal}  ${row.ratio <= row.goal ? 'met' : 'MISSED'}  ${row.detail ?? ''}`)
}
