import type { Cause } from '../../model/failure.ts'
import type { Extractor } from '../extract.ts'
import { isOwnFrame, pythonCause } from './python-errors.ts'

const frame = /^\s*File "([^"]+)", line (\d+)(?:, in (.+))?$/
const exception = /^((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Warning|Interrupt|Exit|gaierror|StopIteration))(?:: (.*))?$/
const chained = /^(?:During handling of the above exception|The above exception was the direct cause)/

/** Tracebacks of Python, from whichever program printed them. Of chained exceptions the first is the root. */
export const python: Extractor = {
  tool: 'python',
  recognise: (text) => text.includes('Traceback (most recent call last)') || /^(?:Syntax|Indentation|Tab)Error: /m.test(text),
  extract(text, context) {
    const causes: Cause[] = []
    let frames: { file: string; line: number; function: string | undefined }[] = []
    let evidence: string[] = []
    let skipNext = false
    for (const line of text.split('\n')) {
      // Lines that begin with pytest's margin are its own extractor's.
      if (/^E\s/.test(line)) { frames = []; continue }
      const place = frame.exec(line)
      if (place) {
        frames.push({ file: place[1]!, line: Number(place[2]), function: place[3] })
        evidence.push(line.trim())
        continue
      }
      if (chained.test(line)) { skipNext = true; continue }
      if (line.trim().startsWith('Traceback (most recent call last)') && !skipNext) { frames = []; evidence = [] }
      const raised = frames.length > 0 ? exception.exec(line.trim()) : null
      if (!raised) continue
      if (!skipNext) {
        const own = frames.findLast((each) => isOwnFrame(each.file)) ?? frames.at(-1)!
        const inside = own.function === '<module>' ? undefined : own.function
        const error = { type: raised[1]!, message: raised[2] ?? '', file: own.file, line: own.line, function: inside }
        causes.push(pythonCause(error, 'python', [...evidence.slice(-4), line.trim()], context))
      }
      skipNext = false
      frames = []
      evidence = []
    }
    return causes
  },
}
