import { readFileSync } from 'node:fs'

const folder = new URL('../../fixtures/failures/', import.meta.url)
const read = new Map<string, string>()

/** What a tool printed, with the names of its example replaced by those of this world. */
function printed(fixture: string, names: Readonly<Record<string, string>> = {}): string {
  const text = read.get(fixture) ?? readFileSync(new URL(`${fixture}.txt`, folder), 'utf8')
  read.set(fixture, text)
  return Object.entries(names).reduce((changed, [from, to]) => changed.replaceAll(from, to), text)
}

/** A module that every test file imports does not have a name any more. */
export const importCrash = (workspace: string, file: string): string =>
  printed('pytest/broken-name-1', { '/tmp/fx/shop': workspace, 'tests/test_broken_name.py': file, 'app.orders': 'app.settings', 'app/orders.py': 'app/settings.py', refund: 'load_profile' })

export const missingPackage = (workspace: string, file: string, module: string): string =>
  printed('pytest/broken-import-1', { '/tmp/fx/shop': workspace, 'tests/test_broken_import.py': file, shop_missing: module })

/** Examples of a test that fails, each for another reason. */
export const testFailures = ['total', 'missing', 'status-404', 'database', 'captured'] as const
export type TestFailure = (typeof testFailures)[number]

export const failingTest = (workspace: string, file: string, kind: TestFailure): string => printed(`pytest/${kind}-1`, { '/tmp/fx/shop': workspace, 'tests/test_orders.py': file })

export const passingTests = (workspace: string, files: readonly string[]): string => [
  '============================= test session starts ==============================',
  'platform linux -- Python 3.11.7, pytest-9.1.1, pluggy-1.6.0', `rootdir: ${workspace}`, `collected ${files.length} items`, '',
  ...files.map((file, index) => `${file}::test_works PASSED${' '.repeat(20)}[${String(Math.round((100 * (index + 1)) / files.length)).padStart(3)}%]`), '',
  `============================== ${files.length} passed in 0.21s ===============================`, '',
].join('\n')

export const diskFull = (): string => printed('coreutils/disk-full-1')
export const noBuildScript = (): string => printed('npm/no-script-build-1')
export const builtWell = (): string => '> shop@1.4.0 build\n> vite build\n\nbuilt in 1.31s\n'
export const revokedKey = (): string => printed('claude/revoked-1')
export const usageLimit = (): string => printed('claude/usage-limit-1')
