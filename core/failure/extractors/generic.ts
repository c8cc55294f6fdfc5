import { makeCause } from '../cause.ts'
import type { Extractor } from '../extract.ts'

const strong = /(?:^|[\s[(])(?:fatal|panic|(?:[A-Z]\w*)?(?:Error|Exception)|error(?:\[\w+\])?|ERROR|FAIL(?:ED|URE)?|✖|✗|×)(?:[:\s!\])]|$)/
// "0 errors", "error handler returns 500", and what wraps another program's failure.
const harmless = /\b(?:0|no) (?:errors?|failures?|failed)\b|\berror handl|\bwithout errors?\b|^\s*(?:ok|✓|✔|PASS)\b/i
const wrappers: readonly RegExp[] = [
  /^make(?:\[\d+\])?: \*\*\*/, /^npm (?:ERR!|error) (?:code \S+$|errno|path|command|Lifecycle|A complete log|at workspace)/,
  /^##\[error\]Process completed/, /^(?:error Command failed|ELIFECYCLE)/, /exit(?:ed with)? (?:code|status) \d+/,
]
const isWrapper = (line: string) => wrappers.some((pattern) => pattern.test(line))

/**
 * Where no tool is known: the first line that looks like an error, else the last one. Always of low confidence: nothing says
 * that it is the cause, and two different faults may end in one such line ("3 problems"), so it neither excuses a check nor opens a bucket.
 */
export const generic: Extractor = {
  tool: 'generic',
  recognise: () => true,
  extract(text, context) {
    const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && line.length < 2_000)
    const inner = lines.find((line) => strong.test(line) && !harmless.test(line) && !isWrapper(line))
    const line = inner ?? lines.findLast((each) => !isWrapper(each)) ?? lines.at(-1)
    if (line === undefined) return []
    const index = lines.indexOf(line)
    return [makeCause({ tool: 'generic', class: 'unknown', title: line, key: [line], evidence: lines.slice(index, index + 5), confidence: 'low' }, context)]
  },
}
