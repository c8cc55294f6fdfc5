import type { Figures } from './ledger.ts'
import { median, type Measured } from './measure.ts'
import { policyNames } from './policies.ts'

const columns: readonly { title: string; value(figures: Figures): number; show(value: number): string }[] = [
  { title: 'builder calls', value: (figures) => figures.calls, show: whole },
  { title: 'wasted', value: (figures) => figures.wastedCalls, show: whole },
  { title: 'tokens wasted', value: (figures) => figures.wastedTokens, show: (value) => `${(value / 1e6).toFixed(1)} M` },
  { title: 'doable, undone', value: (figures) => figures.undone.length, show: whole },
  { title: 'healthy, parked', value: (figures) => figures.parked.phases, show: whole },
  { title: 'longest, probes', value: (figures) => figures.parked.probes, show: whole },
  { title: 'longest, minutes', value: (figures) => figures.parked.minutes, show: whole },
  { title: 'nights', value: (figures) => figures.nights, show: whole },
  { title: 'drain time', value: (figures) => figures.drainMinutes, show: (value) => `${(value / 60).toFixed(0)} h` },
]

/** The policies side by side as a table in Markdown: the median over the seeds, and the worst in brackets where it differs. */
export function tableOf(measured: readonly Measured[]): string[] {
  const rows = [
    ['policy', ...columns.map((column) => column.title)],
    ['---', ...columns.map(() => '---:')],
    ...policyNames.map((name) => [name, ...columns.map(({ value, show }) => {
      const values = measured.map((one) => value(one.figures[name]))
      const [middle, worst] = [show(median(values)), show(Math.max(...values))]
      return middle === worst ? middle : `${middle} (${worst})`
    })]),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => `| ${row.map((cell, column) => (cell.startsWith('---') ? cell.padStart(widths[column]!, '-') : column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`)
}

/** On what the calls were wasted, policy by policy: the median over the seeds. */
export function wasteTable(measured: readonly Measured[]): string[] {
  const reasons = [...new Set(measured.flatMap((one) => policyNames.flatMap((name) => Object.keys(one.figures[name].wastedOn))))].toSorted()
  const rows = [
    ['wasted on', ...policyNames], ['---', ...policyNames.map(() => '---:')],
    ...reasons.map((reason) => [reason, ...policyNames.map((name) => whole(median(measured.map((one) => one.figures[name].wastedOn[reason] ?? 0))))]),
  ]
  return rows.map((row) => `| ${row.join(' | ')} |`)
}

function whole(value: number): string {
  return String(Math.round(value))
}
