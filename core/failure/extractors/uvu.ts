import { findLine, mostFinds, type Extractor, type Found } from '../extractor.ts'
import { framesIn, testFailure, testFileOf } from './test-failures.ts'

const failure = /^ {3}FAIL {2}(?:(\S.*?) {2})?"(.+)"$/

/** uvu: `FAIL  suite  "name"`, the message, the values behind `++` and `--`, and a stack. */
export const uvu: Extractor = {
  tool: 'uvu',
  signs: [/^ {3}FAIL {2}(?:\S.* {2})?".+"$/m],
  extract({ lines }) {
    const finds: Found[] = []
    for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
      const [, suite, name] = lines[index]!.startsWith('   FAIL') ? failure.exec(lines[index]!) ?? [] : []
      if (name === undefined) continue
      const stack = findLine(lines, /^ {4}at \S/, index + 1, 80)
      let end = stack === -1 ? Math.min(lines.length - 1, index + 1) : stack
      while (stack !== -1 && /^ {4}at \S/.test(lines[end + 1] ?? '')) end++
      const message = lines.slice(index + 1, stack === -1 ? index + 2 : stack).filter((line) => !/^\s*\^[\s^]*$/.test(line)).map((line) => line.replaceAll('·', ' ').replace(/\s+/g, ' '))
      const frames = framesIn(lines, index, end)
      finds.push(testFailure({ file: testFileOf(frames), path: suite === undefined ? [name] : [suite, name], message, frames, at: index, span: [index, end] }))
      index = end
    }
    return finds
  },
}
