import { textWidth } from './format.ts'

/** The caps in force as few lines of that width, broken between two caps. */
export function capLines(caps: Readonly<Record<string, string>>, width: number): string[] {
  const lines: string[] = []
  for (const [name, value] of Object.entries(caps)) {
    const cap = `${name} ${value}`
    const last = lines.at(-1)
    if (last !== undefined && textWidth(last) + 3 + textWidth(cap) <= width) lines[lines.length - 1] = `${last} · ${cap}`
    else lines.push(cap)
  }
  return lines
}
