/** The version of the package, read from its package.json. Imports nothing: it is on the path of `--version`. */
export function readVersion(): string {
  const fs = process.getBuiltinModule('node:fs')
  // From the sources the package's folder is two levels up, from dist/ three.
  const file = new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json', import.meta.url)
  const version: unknown = (JSON.parse(fs.readFileSync(file, 'utf8')) as { version?: unknown }).version
  return typeof version === 'string' ? version : 'unknown'
}
