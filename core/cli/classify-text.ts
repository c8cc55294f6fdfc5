import type { ClassifyOutput } from '../model/outputs.ts'
import { plainLine, truncate } from '../reporters/format.ts'
import { formatTable } from '../reporters/table.ts'
import type { CliContext } from './context.ts'

/** How many further causes a screen shows; the JSON has them all. */
const mostOthers = 8

/** What a log says, for a person: title, class, the lines that prove it at their place, who read it and who was asked. */
export function classificationLines(output: ClassifyOutput, { style, stdout }: Pick<CliContext, 'style' | 'stdout'>): string[] {
  const width = Math.max(60, stdout.columns)
  const [first, ...others] = output.causes
  const evidence = first && first.fingerprint === output.fingerprint ? first.evidence : output.evidence.map((text) => ({ line: first?.evidence.find((one) => one.text.includes(text))?.line ?? null, text }))
  const gutter = Math.max(1, ...evidence.map(({ line }) => String(line ?? '').length))
  const paint = output.confidence === 'low' ? style.yellow : style.red
  return [
    paint(truncate(plainLine(output.title) || output.class, width)),
    `${style.bold(output.class)} ${style.dim('·')} ${output.fingerprint} ${style.dim(`· ${output.confidence} confidence · blame ${output.blame} · ${output.lines} ${output.lines === 1 ? 'line' : 'lines'} read`)}`,
    ...(evidence.length > 0 ? ['', ...evidence.map(({ line, text }) => `  ${style.dim(`${String(line ?? '').padStart(gutter)} |`)} ${truncate(plainLine(text), width - gutter - 5)}`)] : []),
    ...(others.length > 0 ? ['', style.bold('also in this output'), ...formatTable(others.slice(0, mostOthers).map((cause) => [cause.class, truncate(plainLine(cause.title), 90), style.dim(cause.fingerprint)]), { indent: 2 }),
      ...(others.length > mostOthers ? [style.dim(`  and ${others.length - mostOthers} more: --json`)] : [])] : []),
    '', style.bold('who was asked'),
    ...formatTable(output.asked.map(({ name, answer, reason }) => [name, answer === 'answered' ? style.green(answer) : answer === 'failed' ? style.red(answer) : style.dim(answer), style.dim(plainLine(reason))]), { indent: 2 }),
    ...(output.bytes === 0 ? ['', 'The log is empty.'] : output.confidence === 'low' ? ['', 'Nothing that a parser knows was found, so this never opens a breaker. A classifier of your own names it in three lines: docs/classifiers.md'] : []),
  ]
}
