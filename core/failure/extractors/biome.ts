import { findLine, lineExtractor, type Place } from '../extractor.ts'

const next = /^\S.{0,400}?(?::\d+:\d+)? (?:(?:lint|assist|suppressions)\/[\w/]+|parse|format|organizeImports|deserialize|configuration|internalError\/\w+|lint|check|ci|project|files\/\w+|plugin)\b.{0,80}━{3}|^(?:lint|check|ci|format|Checked \d+ files?) ?━{0,3}/

/** The sentence behind `×` says what; the category which rule. */
function block(file: string | undefined, line: string | undefined, category: string, { lines, index }: Place) {
  const at = findLine(lines, /^\s{0,4}[×✖✗✕!⚠] /, index + 1, 4)
  if (at === -1 || /^\s*[!⚠]/.test(lines[at]!)) return undefined
  const message = lines[at]!.replace(/^\s*\S /, '').trim()
  const after = findLine(lines, next, index + 1, 60)
  const span = [index, after === -1 ? at : after - 1] as const
  const place = { file, ...(line !== undefined && { line: Number(line) }), code: category, span }
  if (category === 'format') return { ...place, class: 'lint_error', title: `${file} is not formatted`, key: ['format', file] }
  const found = category === 'parse' ? 'syntax_error' : /^(?:deserialize|configuration|project)$/.test(category) ? 'config_error' : category.startsWith('internalError') ? 'config_error' : 'lint_error'
  const name = category.split('/').at(-1)!
  return { ...place, class: found, title: `${file === undefined ? 'Biome' : file}: ${message.replace(/\.$/, '')} (${name})`, key: [category, message, file] }
}

/** Biome's diagnostics: `src/a.js:2:9 lint/correctness/noUnusedVariables  FIXABLE  ━━━` and a sentence below. */
export const biome = lineExtractor('biome', [/^\S.{0,400} (?:lint\/\w+\/\w+|parse|format|deserialize|configuration|assist\/[\w/]+|suppressions\/\w+|organizeImports|internalError\/\w+|project) .{0,80}━{3}/m], [
  {
    pattern: /^(\S.{0,400}?):(\d+):\d+ ((?:lint|assist|suppressions)\/[\w/]+|parse|deserialize|configuration|plugin) .*━{3}/,
    cause: ([, file, line, category], place) => block(file, line, category!, place),
  },
  {
    pattern: /^(\S.{0,400}?) (format|organizeImports|assist\/[\w/]+|parse|deserialize|internalError\/\w+|project|configuration) .*━{3}/,
    cause: ([, file, category], place) => block(file, undefined, category!, place),
  },
])
