import { totalTokens, unpricedPart } from '../model/usage.ts'
import type { Usage } from '../model/usage.ts'

// Not imported: an import makes all of what node:util exports, which takes longer than a table to print.
const { stripVTControlCharacters } = process.getBuiltinModule('node:util')

/** `1 phase`, `3 phases`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** `950`, `12.3k`, `4.1M`. */
export function formatCount(count: number): string {
  if (count < 1_000) return String(count)
  // 999,950 and more would round to 1000.0k.
  if (count < 999_950) return `${trimZero((count / 1_000).toFixed(1))}k`
  return `${trimZero((count / 1_000_000).toFixed(1))}M`
}

/** `850 B`, `4.2 kB`, `1.3 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1_000
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : trimZero(value.toFixed(1))} ${units[unit]}`
}

function trimZero(text: string): string {
  return text.replace(/\.0$/, '')
}

/** `$0.04`; amounts below a cent keep what tells them from nothing. */
export function formatCost(dollars: number): string {
  return dollars > 0 && dollars < 0.01 ? '<$0.01' : `$${dollars.toFixed(2)}`
}

/**
 * `12.3k tokens`, `12.3k tokens · $0.04`, `12.3k tokens · at least $0.04, no price for 3k (local/own)`, `tokens unknown`. Unknown is never printed as 0, and what is
 * known of a part is not passed off as the whole.
 */
export function formatUsage(usage: Usage): string {
  const tokens = totalTokens(usage)
  if (usage === 'unknown' || tokens === undefined) return 'tokens unknown'
  const unpriced = unpricedPart(usage)
  const count = `${atLeast(usage.incomplete)}${formatCount(tokens)} tokens`
  if (usage.cost === undefined) return unpriced && unpriced.models.length > 0 ? `${count} · no price for ${unpriced.models.join(', ')}` : count
  const models = unpriced && unpriced.models.length > 0 ? ` (${unpriced.models.join(', ')})` : ''
  return `${count} · ${atLeast(usage.incomplete || unpriced)}${usage.costEstimated ? '~' : ''}${formatCost(usage.cost)}${unpriced ? `, no price for ${formatCount(unpriced.tokens)}${models}` : ''}`
}

/** In front of an amount of which a part is not known. */
export const atLeast = (isPart: unknown): string => (isPart ? 'at least ' : '')

/** `3 files +120 -4`. */
export function formatDiffStat(stat: { files: number; added: number; removed: number }): string {
  return `${plural(stat.files, 'file')} +${stat.added} -${stat.removed}`
}

/** Columns that a text takes on a terminal: without colours, by code point. Good for what we print: ids, paths, messages. */
export function textWidth(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : [...stripVTControlCharacters(text)].length
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}

/** Cuts a plain text (no colours) at `width` columns, with `…` in the place of the rest. */
export function truncate(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}

/** One line of what a tool or a model printed: no colours, no control characters that could move the cursor, nothing that turns the reading direction. */
export function plainLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return stripVTControlCharacters(text).replace(/[\t\r\n]+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
}

/** A path as a person would type it: relative to `cwd` where that is shorter. `/` separated. */
export function shortPath(absolute: string, cwd: string): string {
  const inside = cwd === '/' ? '/' : `${cwd}/`
  return absolute === cwd ? '.' : absolute.startsWith(inside) ? absolute.slice(inside.length) : absolute
}

export { shellQuote } from '../model/command-text.ts'
