import type { FailureContext } from '../context.ts'
import type { Output } from '../output.ts'
import { pathLocaliser } from '../roots.ts'

const event = /^\{"(?:Time|ImportPath|Action)":"/

/** `go test -json` puts each line of the output into an event; here it is that line again, so that places stay. */
export function plainLines({ lines, raw }: Output, context: FailureContext): readonly string[] {
  if (!lines.some((line) => event.test(line))) return lines
  const localise = pathLocaliser(context)
  // As printed: the escapes of JSON look like paths to whom makes those relative.
  return lines.map((line, index) => (event.test(line) ? localise(outputOf(raw[index]!.slice(raw[index]!.indexOf('{')))) : line))
}

/** For the signs of extractors that read such lines. */
export const jsonSign = /^\{"(?:Time|ImportPath|Action)":".{1,300}"Action":"(?:build-)?output"/m

function outputOf(line: string): string {
  try {
    const { Output } = JSON.parse(line) as { Output?: unknown }
    return typeof Output === 'string' ? Output.replace(/\n$/, '') : ''
  } catch {
    return ''
  }
}
