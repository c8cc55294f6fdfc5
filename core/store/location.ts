import path from 'node:path'
import { databaseUrlError, databaseUrlUnsupportedError } from '../errors.ts'

/** Where a store is, and what said so. */
export interface StoreLocation {
  kind: 'sqlite'
  /** Absolute. */
  file: string
  origin: 'DATABASE_URL' | 'default'
}

/**
 * Reads `DATABASE_URL`: `sqlite:///relative.db` is relative to the config's folder, `sqlite:////absolute.db` is absolute; unset or empty means
 * `defaultFile`. `postgres://…` is refused for now. Throws a UserError for anything else.
 */
export function storeLocation(from: { databaseUrl?: string | undefined; configDir: string; defaultFile: string }): StoreLocation {
  const url = from.databaseUrl?.trim()
  if (!url) return { kind: 'sqlite', file: from.defaultFile, origin: 'default' }
  if (/^postgres(ql)?:/i.test(url)) throw databaseUrlUnsupportedError(withoutSecrets(url))
  const match = /^sqlite:\/\/\/(.+)$/i.exec(url)
  const named = match?.[1]
  if (!named || named.endsWith('/') || named === ':memory:' || named.includes('?')) throw databaseUrlError(withoutSecrets(url))
  return { kind: 'sqlite', file: path.resolve(from.configDir, named), origin: 'DATABASE_URL' }
}

/** The URL without user, password and parameters. */
function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//…@').replace(/\?.*$/, '?…')
}
