import type { CheckFormat } from '../../model/check-format.ts'
import { exitCode } from './exit-code.ts'
import { junit } from './junit.ts'
import { pytest } from './pytest.ts'
import { tap } from './tap.ts'

export { exitCode, junit, pytest, tap }

/** The formats that come with Autopack, by name. */
export function builtInFormats(): ReadonlyMap<string, CheckFormat> {
  return new Map([exitCode, junit, tap, pytest].map((format) => [format.name, format]))
}
