import { longestLine, type Extractor, type Found } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'
import { isOwnFile } from '../roots.ts'
import { harmless, isWrapper, transient } from './noise.ts'

/** How a line says that it is an error, the plainest first. What it is about follows. */
const strong: readonly RegExp[] = [
  // `src/a.x:3:4: error: message`, `a.tf:3: Error - message`, `a.lua:3: message` is weaker.
  /^\S[^:\n]{0,300}[:(]\d+(?:[:,]\d+)?\)?:? ?(?:fatal |parse |syntax )?error\b/i,
  // `Error: x`, `[ERROR] x`, `│ Error: x`, `ERROR x`, `error[E1]: x`, `fatal: x`, `E: x`, `!!! Error: x`, `panic: x`, `tool: error: x`.
  /^[^\w\n]{0,12}(?:[\w./-]{1,60}: ?(?:\[[^\]]{1,40}\] ?)?)?(?:fatal error|parse error|syntax error|internal error|error|fatal|panic|critical|exception|failure|failed|abort(?:ed)?|emerg|alert|severe)(?:[[(][\w.:-]{1,40}[\])])?(?: in \S{1,200})?(?::| -| –|\]|!)\s?\S/i,
  /^(?:ERROR|FATAL|CRITICAL|SEVERE|FAILED|FAIL|PANIC|E)\b[:\s]+\S/,
  // `java.lang.IllegalStateException: x`, `Foo::BarError (message)`, `(NameError)`.
  /^(?:Uncaught |Unhandled |Exception in thread "[^"]{1,80}" |Caused by: )?(?:[a-zA-Z_][\w]{0,60}(?:\.|::|\\)){0,10}[A-Z]\w{0,80}(?:Error|Exception|Fault|Failure)\b(?::| \(|$)/,
  /^[\w./-]{1,60}: \[(?:emerg|alert|crit|error|fatal)\] /,
  /\((?:[A-Z]\w{0,60}(?:::|\.)){0,5}[A-Z]\w{0,60}(?:Error|Exception)\)$/,
  /^\s{0,8}(?:✖|✗|✘|×|❌|⨯|💥|🚨)\s{1,4}\S/u,
]

const weak: readonly RegExp[] = [
  // A program that names itself and says what it cannot do: `tar: x: Cannot open: …`.
  /^[\w./+-]{1,60}: .{0,300}\b(?:cannot|can't|could not|couldn't|unable to|failed|failure|not found|no such|does not exist|doesn't exist|denied|refused|invalid|illegal|unknown|unrecognized|unrecognised|unexpected|missing|undefined|unsupported|not permitted|timed out|unterminated|unresolved|no rule|not supported|bad|too many|too long|expected)\b/i,
  /\b(?:error|failed|failure|fatal|exception|cannot|can't|could not|couldn't|unable to|not found|no such|does not exist|denied|refused|timed out|crashed|aborted|killed|out of memory|not permitted|must be|is required|is not defined|was not (?:found|produced|created|declared)|has not been|unexpected|undefined|invalid|missing|mismatch|conflict|violat\w+|unauthori[sz]ed|forbidden|expired|exceeded)\b/i,
]

/**
 * Where no tool is known. The first line that says plainly that it is an error, else the last that sounds like one: programs say why just before they
 * end. With what that line leaves to its neighbours: the name, the place. `medium` where such a line was found; `low`, the last line, where none was:
 * two different faults may end in one such line, so it neither excuses a check nor opens a bucket.
 */
export const generic: Extractor = {
  tool: 'generic',
  signs: [/\S/],
  extract({ lines }) {
    const usable = (line: string) => line.trim() !== '' && line.length < longestLine && !harmless(line) && !isWrapper(line)
    const isStrong = (line: string) => strong.some((pattern) => pattern.test(line)) && !transient(line)
    const plain = lines.flatMap((line, index) => (usable(line) && isStrong(line) ? [index] : []))
    // A check is excused by the causes that it had before: a second error beside a known one must not hide behind it.
    if (plain.length > 1) return describeEach(lines, plain)
    let at = plain[0] ?? -1
    if (at === -1) {
      for (const pattern of weak) {
        at = lines.findLastIndex((line) => usable(line) && pattern.test(line) && !transient(line))
        if (at !== -1) break
      }
    }
    if (at === -1) at = lines.findIndex((line) => usable(line) && isStrong(line.replace(/retry/gi, '')))
    if (at !== -1) return [describe(lines, at)]
    const last = lines.findLastIndex((line) => line.trim() !== '' && line.length < longestLine && !isWrapper(line) && !harmless(line) && !/^\s*(?:\$|>|\+|%) /.test(line))
    if (last === -1) return wrapped(lines)
    return [{ class: 'unknown', title: lines[last]!.trim(), key: [lines[last]!.trim()], at: last, confidence: 'low' }]
  },
}

/** At most 50, as of every tool; what is the detail of an error before it is no error of its own. */
function describeEach(lines: readonly string[], indices: readonly number[]): Found[] {
  const found: Found[] = []
  const told = new Set<number>()
  for (const at of indices) {
    if (told.has(at) || found.length === 50) continue
    const one = describe(lines, at)
    for (const line of one.evidence ?? [at]) told.add(line)
    found.push(one)
  }
  return found
}

/** Only wrappers: the command is all that is known. */
function wrapped(lines: readonly string[]): Found[] {
  const at = lines.findLastIndex((line) => line.trim() !== '')
  return at === -1 ? [] : [{ class: 'unknown', title: lines[at]!.trim(), key: [lines[at]!.trim()], at, confidence: 'low' }]
}

function describe(lines: readonly string[], at: number): Found {
  const message = messageOf(lines[at]!)
  const details = detailsAfter(lines, at, message)
  const words = [message, ...details.map((index) => messageOf(lines[index]!))]
  const place = placeOf(lines, at)
  const text = words.join(' ')
  // A line that only announces is nothing to read.
  const title = message.endsWith(':') && details.length > 0 ? `${message} ${words[1]}` : message
  return {
    class: classOf(text), title, file: place?.file, line: place?.line, symbol: place?.symbol, key: [...words, place?.file, place?.symbol], at,
    evidence: [at, ...details, ...(place && place.at !== at && !details.includes(place.at) ? [place.at] : [])].toSorted((left, right) => left - right), confidence: 'medium',
  }
}

/** Without frames around it and without the word that says that it is an error. */
function messageOf(line: string): string {
  const bare = line.replace(/^[\s│|╷╵┃>*•✖✗✘×❌⨯!#-]{1,20}(?=[\w/'"([.])/u, '').trim()
  return bare.replace(/^(?:\[(?:ERROR|FATAL)\]|(?:ERROR|FATAL|Error|error|fatal|E)[:\s])\s*(?=\S)/, '').trim() || bare
}

/** Says what: a quoted name, a path, a code, a qualified or compound identifier, a number. */
const specific = /['"`][^'"`]+['"`]|[\w-]+[/\\.:_]+\w+|[a-z][A-Z]\w|\b[A-Z]{2,}\d+|\d{3}/
const notDetail = /^\s*(?:at |from |\d+ ?[|│]|[|│~^]+\s*$|\^|~|In file included|note:|help:|hint:|see |https?:|for more|try |run |use |usage|\[[\w-]+\] |-{3,}|={3,}|Post job|Job )/i
const mostDetails = 3

/** What the message leaves to the next lines: all that is set off below it, or, where it names nothing itself, what follows it. */
function detailsAfter(lines: readonly string[], at: number, message: string): number[] {
  const details: number[] = []
  const indent = depth(lines[at]!)
  const open = message.endsWith(':') || !specific.test(message)
  const boxed = /^\s*[│┃|]/.test(lines[at]!)
  let blank = 0
  for (let index = at + 1; index < Math.min(lines.length, at + 12) && details.length < mostDetails; index++) {
    const line = lines[index]!
    const bare = line.replace(/^\s*[│┃|]\s?/, '')
    if (bare.trim() === '') { blank++; if (blank > 1 && !boxed) break; continue }
    if (boxed && !/^\s*[│┃|]/.test(line)) break
    if (line.length > longestLine || isWrapper(line) || harmless(line)) break
    if (notDetail.test(bare) && !labelled.test(bare)) continue
    const setOff = boxed ? blank > 0 || open : (depth(line) > indent && blank === 0) || (open && details.length === 0)
    if (setOff || labelled.test(bare)) details.push(index)
    // The code that is meant may stand between a message and its labels.
    else if (!boxed && depth(line) <= indent && !lines.slice(index + 1, index + 4).some((next) => labelled.test(next))) break
  }
  return details
}

/** `symbol:   variable total`, `Reason: …`, `left:  2` below a message say what exactly. */
const labelled = /^\s+(?:symbol|location|required|found|reason|cause|details?|because|expected|actual|got|received|left|right|missing|key|field|name|value|package|module)\s*:\s*\S/i

function depth(line: string): number {
  return line.length - line.trimStart().length
}

// `in /x/a.php on line 6`, `at t/a.t line 4.`, `on main.tf line 12`, `File "a.py", line 3`, `a.rb:12:in`, `(Cart.java:3)`, `in /src/a.cs:line 12`.
const places: readonly RegExp[] = [
  /(?:\bin|\bat|\bon|File) "?([\w./@+~-]{1,300}\.[A-Za-z]\w{0,9})"?,?(?: on)?:? ?line (\d+)/,
  /(?:^|[\s("'[])((?:[\w.@+~-]{1,100}\/){0,20}[\w.@+~-]{1,100}\.[A-Za-z]\w{0,9}):(\d+)\b/,
  /\(((?:[\w.@+~-]{1,100}\/){0,20}[\w.@+~-]{1,100}\.[A-Za-z]\w{0,9})[(:,](\d+)/,
]

/** The place that the message names, else the first of the project's own in the stack below it. */
function placeOf(lines: readonly string[], at: number): { file: string; line: number; at: number; symbol: string | undefined } | undefined {
  const end = Math.min(lines.length, at + 30)
  for (let index = at; index < end; index++) {
    const line = lines[index]!
    if (line.length > longestLine) continue
    if (index > at && (line.trim() === '' ? index > at + 4 : isWrapper(line))) break
    for (const pattern of places) {
      const match = pattern.exec(line)
      if (match && isOwnFile(match[1]!) && !/^\d+\.\d+/.test(match[1]!)) {
        // Of a stack's frame the function; of the message itself nothing that it does not say already.
        const frame = index === at ? null : /\bat ([\w.$<>]{1,200})\(|:in [`']([^`']{1,200})'|, in (\w{1,100})$/.exec(line)
        return { file: match[1]!.replace(/^\.\//, ''), line: Number(match[2]), at: index, symbol: frame?.[1] ?? frame?.[2] ?? frame?.[3] }
      }
    }
  }
  return undefined
}

/** Words that many tools use for one thing; what messages mean everywhere comes first. */
const classes: readonly (readonly [failureClass: string, patterns: readonly RegExp[]])[] = [
  ['deliverables_validation_failed', [/\bdeliverables?\b.{0,80}\b(?:missing|not|fail|invalid|wrong)|required files? (?:is |are )?missing/i]],
  ['patch_failed', [/patch (?:failed|does not apply)|hunk #?\d* ?(?:failed|FAILED)|merge conflict/i]],
  ['missing_dependency', [
    /command not found|: not found$|not installed|no such (?:command|module|gem|package)/i,
    /(?:cannot|could not|can't|unable to) (?:find|locate|load|resolve) (?:the )?(?:package|gem|extension|dependency|library|such file|module|plugin|provider)/i,
    /cannot load such file|missing (?:dependency|package|required (?:package|module|extension))|cannot open shared object/i,
    /Can't locate \S+ in @INC|module '[^']+' not found|(?:class|interface|trait) ["']?[\w\\]+["']? not found|unmet dependenc/i,
    /manifest (?:for \S+ )?(?:not found|unknown)|No such image|pull access denied|requirements? could not be resolved/i,
  ]],
  ['syntax_error', [
    /syntax ?error|parse ?error|parsing error|unexpected (?:token|end|eof|character|symbol|identifier|newline|indent|T_)|unterminated|unclosed/i,
    /malformed|invalid syntax|could not parse|cannot parse|not well-formed|unmatched|Argument or block definition required|Unsupported block type/i,
    /mapping values are not allowed|did not find expected|near unexpected/i,
  ]],
  ['import_crash', [/unresolved import|cannot (?:import|load) |failed to (?:import|load) |import error|no module named/i]],
  ['test_failed', [
    /\bassert(?:ion)?\b.{0,40}\b(?:fail|error)|AssertionError/i,
    /expected .{1,200}\b(?:got|but|actual|to (?:be|equal|eq|match|have|include|contain))\b|\b\d+ tests? failed\b|Expected: .{0,200}Actual:/i,
    /Failed asserting|^\s*Failure\b/i,
  ]],
  ['type_error', [
    /incompatible types?|type mismatch|mismatched types|is not assignable to|cannot be converted|type error:|has no (?:attribute|member|property)/i,
  ]],
  ['config_error', [
    /unknown (?:option|flag|command|argument|key|field|property|setting)|unrecogni[sz]ed (?:option|argument|flag|command)/i,
    /invalid (?:option|argument|value|config\w*|flag|reference|setting|expression|characters? in)/i,
    /(?:missing|required) (?:required )?(?:option|argument|parameter|variable|field|key|property|environment|value)|is required/i,
    /must (?:be|specify|provide|set)|config(?:uration)? (?:file )?(?:error|invalid|not found|is)|environment variable|no such file or directory/i,
    /cannot (?:open|find|read|access|stat)|does not exist|not a directory|no such (?:file|service|host|container|volume|network|target)/i,
    /undeclared (?:resource|input|variable|output)|unsupported (?:argument|attribute)|is not (?:set|configured)|not a valid|bad option/i,
    /illegal option|usage:/i,
  ]],
  ['lint_error', [/\blint\b|\bSC\d{4}\b|\bDL\d{4}\b|code style|not formatted|formatting/i]],
  ['build_error', [
    /\bcompil\w+ (?:error|failed)|compilation|failed to (?:compile|build|solve)|build failed|undefined reference/i,
    /unresolved (?:reference|identifier|symbol|external)|undeclared|cannot find symbol|linker|\bld: |could not compile|failed to process/i,
    /executor failed|did not complete successfully/i,
  ]],
  ['crash', [
    /segmentation fault|core dumped|\bpanic(?:ked)?\b|\babort(?:ed)?\b|uncaught|unhandled|(?:[a-z]Error|Exception)\b/i,
    /stack (?:trace|overflow|level too deep)|undefined (?:method|local variable|variable|index|function|array key)|null (?:pointer|reference)/i,
    /nil value|division by zero|attempt to |Call to undefined|\bat \S+ line \d+\./i,
  ]],
]

export function classOf(text: string): string {
  const meant = meaningOf(text)
  if (meant !== undefined) return meant
  const start = text.slice(0, 4_000)
  const found = classes.find(([, patterns]) => patterns.some((pattern) => pattern.test(start)))?.[0]
  // `a.cs(12,9): error CS0103: …` is a compiler's, whatever words it uses.
  const compiled = /^(?:e: )?\S[^:\n]{0,300}[:(]\d+(?:[:,]\d+)?\)?: (?:fatal )?error\b/i.test(text)
  return compiled && (found === undefined || found === 'config_error' || found === 'crash' || found === 'test_failed') ? 'build_error' : found ?? 'unknown'
}

/** For extractors of small tools: the first own place after a message. */
export { placeOf }
