import { findByRules, findLine, mostFinds, type Extractor, type Found, type Rule } from '../extractor.ts'
import { framesIn, testFailure } from './test-failures.ts'

const startRules: readonly Rule[] = [
  { pattern: /^\s*Error: No tests found/, cause: () => ({ class: 'collection_error', title: 'Playwright finds no tests', key: ['no tests'], confidence: 'medium' }) },
  { pattern: /^\s*Error: Timed out waiting \d+ms from config\.webServer/, cause: () => ({ class: 'timeout', title: 'The web server of the tests did not start in time', key: ['web server'] }) },
  { pattern: /^\s*Error: Process from config\.webServer (was not able to start|exited early)/, cause: ([, why]) => ({ class: 'config_error', title: `The web server of the tests ${why}`, key: ['web server', why], role: 'effect' }) },
  { pattern: /^\s*Error: (?:http\S+) is already used, make sure that nothing is running/, cause: () => ({ class: 'config_error', title: "The port of the tests' web server is in use", key: ['port'] }) },
  // Babel's message: the file and the place stand in it.
  {
    pattern: /^SyntaxError: (\S+\.[cm]?[jt]sx?): (.+?)(?: \((\d+):\d+\))?$/,
    cause([, file, message, line], { lines, index }) {
      const end = findLine(lines, /^\s*$/, index + 2, 15)
      return { class: 'syntax_error', file, ...(line !== undefined && { line: Number(line) }), title: `Syntax error in ${file}: ${message}`, key: ['syntax', message, file], span: [index, end === -1 ? index : end] }
    },
  },
]

const head = /^ {2}\d+\) (?:\[[^\]]{1,80}\] › )?(\S.{0,300}?):\d+:\d+ › (.{1,500}?)(?: ─+)?$/
const endOfMessage = /^\s*(?:>\s*)?\d+ \||^\s+at (?:async )?\S|^\s+(?:Error Context:|attachment #\d+|Retry #\d+|Call log:|Usage:|─{3,})/
const endOfBlock = /^ {2}\d+\) |^ {2}\d+ (?:failed|flaky|passed|skipped|interrupted|did not run)|^\[\d+\/\d+\]/

/** Playwright's test runner, with its list, line, dot and GitHub reporters: numbered failures, and which of them passed when they were tried again. */
export const playwright: Extractor = {
  tool: 'playwright',
  signs: [/^Running \d+ tests? using \d+ workers?/m, /^ {2}\d+\) .{0,400} › /m, /^\s*Error: No tests found/m, 'config.webServer', /^SyntaxError: \S+\.[cm]?[jt]sx?: /m],
  extract({ lines }) {
    const finds: Found[] = findByRules(lines, startRules)
    const flaky = flakyTests(lines)
    for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
      const match = lines[index]!.startsWith('  ') ? head.exec(lines[index]!) : null
      if (!match) continue
      const [, file, name] = match
      const next = findLine(lines, endOfBlock, index + 1, 400)
      const end = next === -1 ? Math.min(lines.length, index + 400) - 1 : next - 1
      finds.push(failureAt(lines, index, end, file!, name!, flaky))
      index = end
    }
    return finds
  },
}

function failureAt(lines: readonly string[], at: number, end: number, file: string, name: string, flaky: ReadonlySet<string>): Found {
  const stop = findLine(lines, endOfMessage, at + 1, end - at)
  const message = lines.slice(at + 1, stop === -1 || stop > end ? end + 1 : stop)
  const text = message.map((line) => line.trim()).join(' ')
  const span = [at, end] as const
  const browser = /Executable doesn't exist at (?:\S*?\/)?(chromium|firefox|webkit|chrome|msedge)/.exec(text)?.[1]
  if (browser !== undefined || /Executable doesn't exist at |Host system is missing dependencies/.test(text)) {
    return { class: 'missing_dependency', module: browser, title: `Playwright's browser ${browser === undefined ? '' : `${browser} `}is not installed`, key: ['no browser', browser], at, span }
  }
  const path = name.split(' › ')
  const found = testFailure({ file, path, message, frames: framesIn(lines, at, end), at, span })
  // It failed, and passed at the next attempt of the same run.
  return flaky.has(`${file} › ${name}`) ? { ...found, class: 'flaky', title: found.title.replace(' fails', ' fails and passes by turns'), confidence: 'medium' } : found
}

/** Tests below `1 flaky` in the summary. */
function flakyTests(lines: readonly string[]): Set<string> {
  const tests = new Set<string>()
  const at = lines.findLastIndex((line) => /^ {2}\d+ flaky$/.test(line))
  if (at === -1) return tests
  for (let index = at + 1; index < lines.length && /^ {4}\S/.test(lines[index]!); index++) {
    const [, file, name] = /^ {4}(?:\[[^\]]{1,80}\] › )?(\S.{0,300}?):\d+:\d+ › (.{1,500}?)(?: ─+)?\s*$/.exec(lines[index]!) ?? []
    if (name !== undefined) tests.add(`${file} › ${name}`)
  }
  return tests
}
