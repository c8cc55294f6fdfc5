import { blockEnd, lineExtractor } from '../extractor.ts'
import { fileFault, noExport, unresolved } from './bundling.ts'

function problem(message: string, file: string | undefined, line: string | undefined, span?: readonly [number, number]) {
  const place = { file, ...(line !== undefined && { line: Number(line) }), span }
  const module = /^Could not resolve "([^"]+)"/.exec(message)?.[1]
  if (module !== undefined) return unresolved(module, place)
  const [, from, symbol] = /^No matching export in "([^"]+)" for import "([^"]+)"/.exec(message) ?? []
  if (symbol !== undefined) return noExport(symbol, from!, place)
  if (/^(?:Invalid (?:build|transform|option|loader|value)|Must use|Cannot use|Expected value for|Unknown (?:flag|option))/.test(message) && file === undefined) {
    return { class: 'config_error', title: `esbuild: ${message}`, key: ['option', message], span }
  }
  return fileFault(message, place)
}

/** esbuild, on its own and inside Vite and tsup: `✘ [ERROR] Could not resolve "./theme"` with the place below, or all in one line. */
export const esbuild = lineExtractor('esbuild', [/^[✘✖X] \[ERROR\] /m, /^\S.{0,300}?:\d+:\d+: ERROR: /m], [
  {
    pattern: /^[✘✖X] \[ERROR\] (.+?)(?: \[plugin ([\w@/.-]+)\])?$/,
    cause([, message, plugin], { lines, index, after }) {
      const end = blockEnd(lines, /^(?:[✘✖X▲] \[|\d+ (?:errors?|warnings?)|\S.{0,200}Error: )/, index, 30)
      const [, file, line] = after(3).map((text) => /^ {4}(\S.{0,300}?):(\d+):\d+:$/.exec(text)).find((match) => match !== null) ?? []
      const found = problem(message!, file, line, [index, end])
      return plugin === undefined ? found : { ...found, key: [...found.key, plugin] }
    },
  },
  { pattern: /^(?:.{0,60}\] )?(\S.{0,300}?):(\d+):\d+: ERROR: (?:\[plugin: [\w@/.-]+\] )?(.+)$/, cause: ([, file, line, message]) => problem(message!, file, line) },
  // The exception that repeats the list.
  { pattern: /\b(?:Build|Transform) failed with \d+ errors?:$/, cause: () => ({ class: 'build_error', title: '', key: [], role: 'echo' }) },
])
