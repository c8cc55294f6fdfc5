import picomatch from 'picomatch'

/**
 * What every child may see of the environment. Presets and builders add what their toolchain needs, the config what it names;
 * everything else is withheld, so that an agent cannot read a key that it was not given.
 */
export const allowedVariables: readonly string[] = [
  'PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL',
  'LANG', 'LANGUAGE', 'LC_*', 'TZ',
  'TERM', 'COLORTERM', 'COLUMNS', 'LINES', 'NO_COLOR', 'FORCE_COLOR', 'CLICOLOR', 'CLICOLOR_FORCE',
  'TMPDIR', 'TMP', 'TEMP', 'XDG_RUNTIME_DIR', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME',
  'CI',
  'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy',
  'SSL_CERT_FILE', 'SSL_CERT_DIR',
]

export interface ChildEnvironment {
  env: Record<string, string>
  /** Names of what was there and is not passed, sorted: names only, never a value. */
  withheld: string[]
}

/**
 * The environment of builders and checks: the allow-list, what `pass` (config and presets) and `builderPass` name by glob, then `set`.
 * A name is matched as it is written, with regard to case. Variables of Autopack itself (`AUTOPACK_*`) are not inherited.
 */
export function childEnvironment(options: {
  env: Readonly<Record<string, string | undefined>>
  pass?: readonly string[]
  set?: Readonly<Record<string, string>>
  builderPass?: readonly string[]
}): ChildEnvironment {
  const passes = nameMatcher([...allowedVariables, ...(options.pass ?? []), ...(options.builderPass ?? [])])
  const env: Record<string, string> = {}
  const withheld: string[] = []
  for (const [name, value] of Object.entries(options.env)) {
    if (value === undefined) continue
    if (passes(name)) env[name] = value
    else if (!Object.hasOwn(options.set ?? {}, name)) withheld.push(name)
  }
  return { env: { ...env, ...options.set }, withheld: withheld.sort() }
}

/** Most names stand in the list as they are: an expression is only built for the others. */
function nameMatcher(globs: readonly string[]): (name: string) => boolean {
  const names = new Set(globs.filter((glob) => /^\w+$/.test(glob)))
  const patterns = globs.filter((glob) => !names.has(glob))
  const matches = patterns.length > 0 ? picomatch(patterns, { dot: true }) : () => false
  return (name) => names.has(name) || matches(name)
}

/** Names that say plainly that the value is secret. */
const secretName = /TOKEN(?!S)|SECRET|PASSW(?:OR)?D|PASSPHRASE|CREDENTIAL|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CONNECTION_STRING/i
/** Names that may say so: as a word of their own only, for MONKEY and AUTHOR are none. */
const suspectName = /(?:^|_)(?:KEY|PAT|AUTH|PASS|PWD|DSN|COOKIE|WEBHOOK)(?:_|$)/i
/** Working directories, sockets and key files have such names too, and their values stand in every log. */
const harmlessName = /^(?:OLD)?PWD$|(?:^|_)(?:FILE|PATH|DIR|SOCK|SOCKET|HOME)$/i
const pathValue = /^(?:~|\.{1,2})?\/(?:[\w.-]+\/)+[\w.-]*$/
/** Switches, words and numbers: AUTH_TYPE=password, KEY_DELAY=12000000. */
const plainValue = /^(?:[a-z]{1,12}|[\d.:-]+)$/i
const passwordInUrl = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s@]+)@/i

/** Values of the environment that must never be written: those whose name says so, and passwords in URLs; 8 characters or more. Passed to a child or not. */
export function secretValues(env: Readonly<Record<string, string | undefined>>): string[] {
  const values = new Set<string>()
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value.length < 8) continue
    const password = passwordInUrl.exec(value)?.[1]
    if (password !== undefined && password.length >= 8) values.add(password)
    const secret = secretName.test(name) || (suspectName.test(name) && !plainValue.test(value))
    if (secret && !harmlessName.test(name) && !pathValue.test(value)) values.add(value)
  }
  return [...values]
}
