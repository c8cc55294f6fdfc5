import { padEnd, textWidth } from './format.ts'

/** Aligned columns, two spaces apart, without lines. The last column is not padded; an empty trailing cell leaves no trailing space. */
export function formatTable(rows: readonly (readonly string[])[], options: { indent?: number } = {}): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, textWidth(cell))))
  const indent = ' '.repeat(options.indent ?? 0)
  return rows.map((row) => {
    const cells = row.map((cell, column) => (column === row.length - 1 ? cell : padEnd(cell, widths[column] ?? 0)))
    return (indent + cells.join('  ')).trimEnd()
  })
}

/** Breaks a text at spaces to `width` columns; a word that is longer stands alone. Line breaks are kept. */
export function wrapText(text: string, width: number): string[] {
  // To measure each word of a long text that nothing breaks would take time for nothing.
  if (width === Infinity) return text.split('\n').map((paragraph) => paragraph.replace(/^ +/, ''))
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && textWidth(line) + 1 + textWidth(word) > width) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    return [...lines, line]
  })
}
