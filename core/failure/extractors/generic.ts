import type { Extractor } from '../extractor.ts'
const strong = /(?:^|[\s[(])(?:fatal|panic|(?:[A-Z]\w*)?(?:Error|Exception)|error(?:\[\w+\])?|ERROR|FAIL(?:ED|URE)?|✖|✗|×)(?:[:\s!\])]|$)/
const harmless = /\b(?:0|no) (?:errors?|failures?|failed)\b|\berror handl|\bwithout errors?\b|^\s*(?:ok|✓|✔|PASS)\b/i
const wrappers: readonly RegExp[] = [
  /^make(?:\[\d+\])?: \*\*\*/, /^npm (?:ERR!|error) (?:code \S+$|errno|path|command|Lifecycle|A complete log|at workspace)/,
  /^Process completed/, /^(?:error Command failed|ELIFECYCLE)/, /exit(?:ed with)? (?:code|status) \d+/,
]
const isWrapper = (line: string) => wrappers.some((pattern) => pattern.test(line))

/** Where no tool is known: the first line that looks like an error, else the last one. */
export const generic: Extractor = {
  tool: 'generic',
  signs: [''],
  extract({ lines }) {
    const kept = lines.map((line, index) => ({ line: line.trim(), index })).filter(({ line }) => line !== '' && line.length < 2_000)
    const inner = kept.find(({ line }) => strong.test(line) && !harmless.test(line) && !isWrapper(line))
    const chosen = inner ?? kept.findLast(({ line }) => !isWrapper(line)) ?? kept.at(-1)
    if (chosen === undefined) return []
    return [{ class: 'unknown', title: chosen.line, key: [chosen.line], at: chosen.index, confidence: 'low' }]
  },
}
