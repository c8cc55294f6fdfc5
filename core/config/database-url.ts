/** The schemes of `DATABASE_URL` that are ours. */
const known = /^(?:sqlite|postgres|postgresql):/i

/**
 * The database that `DATABASE_URL` names. Projects use that variable for a database of their own too: one with a scheme that Autopack
 * has no store for cannot be meant for it and is passed over, with a note in the origin. An empty variable counts as unset.
 */
export function databaseUrlFrom(env: Readonly<Record<string, string | undefined>>): { databaseUrl: string | undefined; origin: string } {
  const url = env['DATABASE_URL']?.trim()
  if (!url) return { databaseUrl: undefined, origin: 'default' }
  if (known.test(url)) return { databaseUrl: url, origin: 'DATABASE_URL' }
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0]
  return { databaseUrl: undefined, origin: `default (DATABASE_URL is passed over: ${scheme ?? 'what it holds'} is none of sqlite:, postgres:, postgresql:)` }
}

/** The URL without its password, for the screen. A password that nobody has encoded may hold `/` and `@`: everything up to the last `@` is taken for one. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/@:]*):.*@/i, '$1:***@').replace(/([?&](?:ssl)?password=)[^&]*/gi, '$1***')
}
