import type { Reporter } from '../model/plugin.ts'

/** One event per line, as JSON. */
export function createJsonReporter(print: (line: string) => void): Reporter {
  return { name: 'json', event: (event) => print(JSON.stringify(event)) }
}
