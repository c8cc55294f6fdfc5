import type { ResolvedConfig } from './config.ts'
import { withoutPassword } from './database-url.ts'
import { formatPath, type ValuePath } from './locate.ts'
import { isPlain } from './merge.ts'

/** One value of the config. `value` is data: builders, plugins and classifiers stand for themselves by name, a RegExp as its text. */
export interface ConfigRow { path: string; value: unknown; origin: string }

const order = [
  'configPath', 'project', 'root', 'runsDir', 'databaseUrl', 'presets', 'plugins', 'classifiers', 'plans', 'builder', 'builders', 'checks', 'preflight',
  'prices', 'workspace', 'protect', 'env', 'notify', 'keepAwake', 'learning', 'context', 'prompt', 'drain',
] as const satisfies readonly (keyof ResolvedConfig)[]

/** Every value of a config with its origin, in a stable order: what `autopack config --json` prints. */
export function configRows(config: ResolvedConfig): ConfigRow[] {
  return order.flatMap((key) => rowsOf(shownValue(config, key), [key], config))
}

/** What is printed ends up in issues and logs: passwords, and the secret that the address of a webhook is, stay out of it. */
function shownValue(config: ResolvedConfig, key: (typeof order)[number]): unknown {
  if (key === 'databaseUrl' && config.databaseUrl !== undefined) return withoutPassword(config.databaseUrl)
  if (key !== 'notify') return config[key]
  return config.notify.map((target) => ({
    ...target,
    ...(target.webhook !== undefined && { webhook: `${new URL(target.webhook).origin}/***` }),
    ...(target.headers && { headers: Object.fromEntries(Object.keys(target.headers).map((name) => [name, '***'])) }),
  }))
}

/** The rows as lines of text, in three columns. */
export function configLines(rows: readonly ConfigRow[]): string[] {
  const values = rows.map((row) => valueText(row.value))
  const pathWidth = Math.max(0, ...rows.map((row) => row.path.length))
  const valueWidth = Math.min(60, Math.max(0, ...values.map((value) => value.length)))
  return rows.map((row, index) => `${row.path.padEnd(pathWidth)}  ${values[index]!.padEnd(valueWidth)}  ${row.origin}`)
}

function rowsOf(value: unknown, at: ValuePath, config: ResolvedConfig): ConfigRow[] {
  // Lists of values with an origin each, and objects, are taken apart; an argument list or a list of paths is one value.
  const first = at[0]!
  const isTakenApart = Array.isArray(value) && value.length > 0 && (at.length === 1 ? first !== 'presets' && first !== 'plans' : formatPath(at) === 'env.pass')
  if (isTakenApart) return (value as unknown[]).flatMap((item, index) => rowsOf(item, [...at, index], config))
  if (isPlain(value) && Object.keys(value).length > 0 && !('shell' in value)) {
    return Object.entries(value).flatMap(([key, item]) => rowsOf(item, [...at, key], config))
  }
  return [{ path: formatPath(at), value: plainValue(value), origin: originAt(config, at) }]
}

function originAt(config: ResolvedConfig, at: ValuePath): string {
  if (at[0] === 'configPath') return 'search'
  for (let length = at.length; length > 0; length--) {
    const origin = config.originOf(formatPath(at.slice(0, length)))
    if (origin !== undefined) return origin
  }
  return 'default'
}

function plainValue(value: unknown): unknown {
  if (value === undefined) return null
  if (value instanceof RegExp) return String(value)
  if (typeof value === 'function') return value.name || 'a function'
  if (Array.isArray(value)) return value.map(plainValue)
  if (typeof value !== 'object' || value === null) return value
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]))
  const { name, options } = value as { name?: unknown; options?: unknown }
  return options === undefined ? String(name) : { name: String(name), options: plainValue(options) }
}

function valueText(value: unknown): string {
  if (value === null) return '-'
  if (typeof value === 'string') return value === '' ? '""' : value
  return JSON.stringify(value)
}
