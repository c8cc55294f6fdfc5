import { findLine, type Extractor, type Found } from '../extractor.ts'
import { isOwnFile } from '../roots.ts'

interface Frame { name: string; file: string | undefined; line: number | undefined }

/** `    #0 0x5646 in pick src/t.c:2:9`, `    #1 malloc <null> (app+0x4a2)`, `    #2 add(int) t.cc:5 (app+0x10b0)`. */
function readFrame(text: string): Frame | undefined {
  const [, name, rest] = /^\s*#\d+ (?:0x[0-9a-f]+ (?:in )?)?(.{1,400}?) ((?:\(|<null>|[^\s()]{0,400}?(?::\d+(?::\d+)?)?(?: \(|$)).*)$/.exec(text.slice(0, 1_000)) ?? []
  if (name === undefined) return undefined
  const place = /^([^\s()<]{1,400}?):(\d+)(?::\d+)?(?: \(|$)/.exec(rest!)
  return { name: name.replace(/^in /, ''), file: place?.[1], line: place ? Number(place[2]) : undefined }
}

// Above the fault stands what the sanitizer puts in the place of the library's functions.
const intercepted = /^(?:__interceptor_|___?interceptor_|__asan_|__ubsan_|__tsan_|__sanitizer|operator (?:new|delete)|(?:m|c|re)alloc$|free$|str\w+$|mem\w+$|calloc$|std::|__gnu_cxx::|void std::|_start$|__libc_start)/

/** The innermost frame in the project's own code; without symbols, the innermost at all. */
function culprit(frames: readonly Frame[]): Frame | undefined {
  const own = frames.filter(({ name, file }) => !intercepted.test(name) && !(file !== undefined && (!isOwnFile(file) || /^(?:\.\.\/)+(?:sysdeps|csu|nptl|stdlib|libio|src\/libsanitizer|\S*sanitizer)|sanitizer_common|libsanitizer/.test(file))))
  return own.find(({ file }) => file !== undefined) ?? own[0]
}

function stackFrom(lines: readonly string[], at: number): { frames: Frame[]; end: number } {
  const start = findLine(lines, /^\s*#0 /, at, 12)
  if (start === -1) return { frames: [], end: at }
  let end = start
  while (end + 1 < lines.length && /^\s*#\d+ /.test(lines[end + 1]!)) end++
  return { frames: lines.slice(start, end + 1).flatMap((line) => readFrame(line) ?? []), end }
}

const report = /^(?:={2}\d+={2} ?)?(?:ERROR|WARNING|FATAL): ((?:Hardware|HW)?(?:Address|Memory|Thread|Leak|DataFlow)Sanitizer)(?: CHECK failed)?: (.+)$/
const reportEnd = /^={2}\d+={2} ?(?:ABORTING|HINT)|^SUMMARY: \w+Sanitizer|^={10,}$/

/** What kind of fault, without addresses. */
function kindOf(text: string): string {
  return text.replace(/ on (?:unknown )?address.*$/, (rest) => (rest.startsWith(' on unknown address') ? ' on an unknown address' : '')).replace(/ \(pid=\d+\)$/, '').replace(/^attempting (double-free|free on address which was not malloc\(\)-ed).*$/, '$1').replace(/ ?0x[0-9a-f]+/g, '').replace(/:$/, '').trim()
}

function fault(lines: readonly string[], at: number, sanitizer: string, text: string): Found[] {
  const stop = findLine(lines, reportEnd, at + 1, 400)
  let end = stop === -1 ? Math.min(lines.length - 1, at + 60) : stop
  const aborting = findLine(lines, /^={2}\d+={2} ?ABORTING$/, end, 80)
  if (aborting !== -1) end = aborting
  if (sanitizer === 'LeakSanitizer') return leaks(lines, at, end)
  const kind = kindOf(text)
  const memory = /^(?:out of memory|allocator is out of memory|requested allocation size|failed to allocate)/.test(kind)
  const culprits: Frame[] = []
  // Of a race both accesses count, and which comes first is chance; of other faults only where it happened.
  if (sanitizer === 'ThreadSanitizer') {
    for (let index = at + 1; index < end && culprits.length < 2; index++) {
      if (!/^\s+(?:Previous )?(?:atomic )?(?:read|write|signal)\b|^\s+(?:Mutex|Thread) T?\w+ .{0,80}(?:acquired|leaked|created)/i.test(lines[index]!)) continue
      const frame = culprit(stackFrom(lines, index).frames)
      if (frame) culprits.push(frame)
    }
  }
  if (culprits.length === 0) { const frame = culprit(stackFrom(lines, at + 1).frames); if (frame) culprits.push(frame) }
  const names = [...new Set(culprits.map(({ name }) => name))].toSorted()
  const files = [...new Set(culprits.flatMap(({ file }) => file ?? []))].toSorted()
  const [first] = culprits
  return [{
    class: memory ? 'oom' : 'crash', code: kind, symbol: names[0], file: files[0], ...(first?.line !== undefined && { line: first.line }),
    title: `${sanitizer}: ${kind}${names.length === 0 ? '' : ` in ${names.join(' and ')}`}`, key: [sanitizer, kind, ...names, ...files], at, span: [Math.max(0, /^=+$/.test(lines[at - 1] ?? '') ? at - 1 : at), end],
    evidence: [at, ...lines.slice(at + 1, at + 5).map((_, index) => at + 1 + index)],
  }]
}

/** Each place that leaks is one. */
function leaks(lines: readonly string[], from: number, to: number): Found[] {
  const found: Found[] = []
  for (let at = from + 1; at < to && found.length < 20; at++) {
    const [, how] = /^(Direct|Indirect) leak of \d+ byte/.exec(lines[at]!) ?? []
    if (how === undefined) continue
    const { frames, end } = stackFrom(lines, at)
    const frame = culprit(frames)
    // What only a lost block points to is lost with it.
    found.push({ class: 'crash', code: 'memory leak', symbol: frame?.name, file: frame?.file, ...(frame?.line !== undefined && { line: frame.line }), title: `LeakSanitizer: memory leak${frame === undefined ? '' : ` in ${frame.name}`}`, key: ['leak', frame?.name, frame?.file], at, span: [at, end], ...(how === 'Indirect' && { role: 'effect' as const }) })
  }
  const claim: Found = { class: 'crash', title: 'Memory leaks', key: ['leaks'], at: from, span: [from, to], role: found.length > 0 ? 'echo' : 'cause' }
  return [claim, ...found]
}

/** AddressSanitizer and its kin, ThreadSanitizer, LeakSanitizer, UndefinedBehaviorSanitizer. */
export const sanitizers: Extractor = {
  tool: 'sanitizer',
  signs: ['Sanitizer: ', /:\d+:\d+: runtime error: /],
  extract({ lines }) {
    const found: Found[] = []
    for (let at = 0; at < lines.length && found.length < 50; at++) {
      const line = lines[at]!.slice(0, 2_000)
      const [, sanitizer, text] = report.exec(line) ?? []
      if (sanitizer !== undefined) {
        const finds = fault(lines, at, sanitizer, text!)
        found.push(...finds)
        at = Math.max(at, finds[0]!.span![1])
        continue
      }
      const [, file, number, message] = /^(\S{1,400}?):(\d+):\d+: runtime error: (.+)$/.exec(line) ?? []
      if (file === undefined) continue
      const said = message!.replace(/ ?0x[0-9a-f]+\b/g, '').replace(/^(load|store|member access|member call|reference binding)/, '$1')
      const { end } = stackFrom(lines, at + 1)
      found.push({ class: 'crash', code: 'undefined behavior', file, line: Number(number), title: `${file}: ${said}`, key: ['undefined behavior', said, file], at, span: [at, Math.max(at, /^\s*#0 /.test(lines[at + 1] ?? '') ? end : at)] })
    }
    return found
  },
}
