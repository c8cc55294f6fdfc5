import { findLine } from '../extractor.ts'
import { classOfException } from '../meanings.ts'

/** An exception with its chain, as Java, Kotlin and Scala print it. */
interface Thrown { type: string; message: string; frame: { name: string; file: string; line: number } | undefined; end: number }

const head = /^\s*(?:\[ERROR\]\s+)?(?:Exception in thread "[^"]{1,200}" |Caused by: |\[?CIRCULAR REFERENCE: ?)?((?:[a-z_][\w$]{0,60}\.){1,12}[A-Z_$][\w$]{0,120})(?:: (.*))?$/
const frameLine = /^\s*(?:\[ERROR\]\s+)?at (?:[\w.-]{0,100}(?:@[\w.-]{1,40})?\/{1,2})?([\w$.<>]{1,400})\(([\w$.-]{1,200}):(\d+)\)/
const anyFrame = /^\s*(?:\[ERROR\]\s+)?(?:at \S{1,600}\(|\.\.\. \d+ (?:more|common frames))/
const library = /^(?:java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|org\.(?:junit|opentest4j|apache|springframework|hibernate|gradle|mockito|assertj|hamcrest|slf4j|eclipse|jboss|codehaus|testng|postgresql|spockframework)|junit|worker\.org\.gradle|com\.(?:google|fasterxml|zaxxer|intellij)|io\.(?:netty|micronaut|quarkus)|reactor|ch\.qos|app\/\/org\.junit)\./

/** Reads the exception that begins in a line, or undefined where that line begins none. The innermost cause of its chain is what went wrong. */
export function readThrown(lines: readonly string[], at: number): Thrown | undefined {
  const first = at < lines.length && lines[at]!.length < 2_000 ? head.exec(lines[at]!) : null
  if (!first || !/(?:Error|Exception|Failure|Throwable|Fault|Violation\w*)(?:\d*)$/.test(first[1]!.split('.').at(-1)!) && !anyFrame.test(lines[at + 1] ?? '')) return undefined
  let [type, said] = [first[1]!, [first[2] ?? '']]
  let frame: Thrown['frame']
  let outer: Thrown['frame']
  let end = at
  let inFrames = false
  for (let index = at + 1; index < lines.length && index < at + 1_500; index++) {
    const line = lines[index]!
    const place = frameLine.exec(line)
    if (place) {
      inFrames = true
      end = index
      if (!library.test(place[1]!)) frame ??= { name: place[1]!, file: place[2]!, line: Number(place[3]) }
      continue
    }
    if (anyFrame.test(line)) { inFrames = true; end = index; continue }
    if (/^\s*(?:\[ERROR\]\s+)?Caused by: /.test(line)) {
      const inner = head.exec(line)
      if (!inner) break
      outer = frame ?? outer
      frame = undefined
      ;[type, said, inFrames, end] = [inner[1]!, [inner[2] ?? ''], false, index]
      continue
    }
    if (/^\s+Suppressed: /.test(line)) { end = index; continue }
    // A message of several lines goes on until the frames.
    if (inFrames || said.length > 10 || findLine(lines, anyFrame, index, 12) === -1 || /^(?:\[\w+\]|\S*Exception\b)/.test(line)) break
    said.push(line.trim())
    end = index
  }
  const message = said.filter((line) => line !== '').join(' ').replace(/@[0-9a-f]{5,8}\b/g, '@{hash}').trim()
  return { type, message, frame: frame ?? outer, end }
}

/** Class, name and the key of an exception that nobody caught. */
export function thrownCause({ type, message, frame }: Thrown) {
  const name = type.split('.').at(-1)!
  const memory = name === 'OutOfMemoryError'
  const found = memory ? 'oom' : name === 'StackOverflowError' ? 'crash' : classOfException(name, message)
  const unloadable = found === 'import_crash'
  return {
    class: found, code: type, ...(frame && { file: frame.file, line: frame.line, symbol: frame.name }),
    title: `${name}${message === '' ? '' : `: ${message}`}${frame === undefined || memory ? '' : ` in ${frame.name}`}`,
    // Memory ends wherever it is asked for next.
    key: memory ? [type, message] : unloadable ? [name.startsWith('NoClassDef') ? 'java.lang.ClassNotFoundException' : type, message.replaceAll('/', '.')] : [type, message, frame?.name, frame?.file],
  }
}
