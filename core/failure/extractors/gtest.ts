import { findLine, findLineBefore, type Extractor, type Found } from '../extractor.ts'

const failed = /^\[ {2}FAILED {2}\] (\S{1,300}?)(?:, where .{1,300}?)? \(\d+ ms\)$/
const started = /^\[ RUN {6}\] /
const place = /^(?:unknown file|(\S.{0,300}?)(?::(\d+)|\((\d+)\))): (?:Failure|error: (.*))$/

/** What failed, without what is only context: the values of an expectation, or the message. */
function messagesIn(lines: readonly string[], from: number, to: number): { file: string | undefined; line: number | undefined; text: string }[] {
  const found: { file: string | undefined; line: number | undefined; words: string[] }[] = []
  for (let index = from; index < to; index++) {
    const head = place.exec(lines[index]!.slice(0, 1_000))
    if (head) { const [, file, line = head[3], , said] = head; found.push({ file, line: line === undefined ? undefined : Number(line), words: said === undefined || said === '' ? [] : [said] }); continue }
    const words = found.at(-1)?.words
    if (words && words.length < 12 && lines[index]!.trim() !== '' && !/^(?:Stack trace:|\s*#\d+ )/.test(lines[index]!)) words.push(lines[index]!.trim())
  }
  return found.map(({ words, ...at }) => ({ ...at, text: words.join(' ') }))
}

/** GoogleTest. A test in which the program ended has no last line; what ended it is told by others. */
export const gtest: Extractor = {
  tool: 'gtest',
  signs: [/^\[ {2}FAILED {2}\] /m, /^\[ RUN {6}\] /m],
  extract({ lines }) {
    const found: Found[] = []
    for (let at = 0; at < lines.length && found.length < 50; at++) {
      const test = failed.exec(lines[at]!.slice(0, 700))?.[1]
      if (test === undefined) continue
      const start = findLineBefore(lines, started, at, 500)
      const messages = start === -1 ? [] : messagesIn(lines, start + 1, at)
      const [first] = messages
      const text = messages.map((message) => message.text).join('; ').slice(0, 1_000)
      found.push({
        class: 'test_failed', test, ...(first && { file: first.file, line: first.line }), title: `Test ${test} fails${text === '' ? '' : `: ${text}`}`, key: [test, text, first?.file], at,
        span: [start === -1 ? at : start, at], ...(text === '' && { role: 'effect' as const }),
      })
    }
    const last = lines.findLastIndex((line) => started.test(line))
    if (last !== -1 && findLine(lines, /^\[ +(?:OK|FAILED|SKIPPED) +\] /, last, 2_000) === -1) {
      const test = lines[last]!.replace(started, '').trim()
      found.push({ class: 'crash', test, title: `The program ends in test ${test}`, key: ['ends in', test], at: last, confidence: 'medium' })
    }
    return found
  },
}
