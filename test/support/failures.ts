import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Confidence } from '../../core/model/failure.ts'

const folder = new URL('../fixtures/failures/', import.meta.url)

/** What `<tool>/expected.json` says of one cause. */
export interface ExpectedFailure {
  /** How the outputs were made, `&&` between the steps that matter. */
  command: string
  class: string
  title?: string
  confidence?: Confidence
  /** Titles of further causes, in any order. */
  others?: string[]
  /** `<tool>/<cause>` whose fingerprint this one shares; default: its own. */
  group?: string
  /** The folder in which it was made; then it is read with this project root. Default: the root is guessed. */
  root?: string
}

export interface FailureFixture { id: string; tool: string; cause: string; command: string; text: string; expected: ExpectedFailure; context: { projectRoot?: string } }

/** Of all tools or those in `only`: every `test/fixtures/failures/<tool>/<cause>-<n>.txt` with what `expected.json` beside it says of its cause. */
export function failureFixtures(only?: readonly string[]): FailureFixture[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && (only?.includes(entry.name) ?? true)).flatMap(({ name: tool }) => {
    const listing = new URL(`${tool}/expected.json`, folder)
    const expected = existsSync(listing) ? (JSON.parse(readFileSync(listing, 'utf8')) as Record<string, ExpectedFailure>) : {}
    return readdirSync(new URL(`${tool}/`, folder)).filter((file) => file.endsWith('.txt')).toSorted().map((file) => {
      const cause = file.replace(/-\d+\.txt$/, '')
      // Without a command it fails the test that asks for one.
      const said = expected[cause] ?? { command: '', class: 'unknown' }
      const text = readFileSync(new URL(`${tool}/${file}`, folder), 'utf8')
      return { id: `${tool}/${file}`, tool, cause, command: said.command, text, expected: said, context: said.root === undefined ? {} : { projectRoot: said.root } }
    })
  })
}
