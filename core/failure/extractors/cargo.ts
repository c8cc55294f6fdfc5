import { findLine, lineExtractor, type Found, type Place } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

/** The last of `Caused by:` is the innermost. */
function chainOf({ lines, index }: Place): { words: string[]; end: number } {
  const words: string[] = []
  let end = index
  for (let at = index + 1; at < lines.length && at < index + 60; at++) {
    const line = lines[at]!
    if (/^Caused by:$/.test(line)) { end = at; continue }
    if (/^ {2,}\S/.test(line) && end > index && !/^ {2,}--- std|^ {2,}cargo:/.test(line)) {
      if (lines[at - 1] === 'Caused by:') words.push(line.trim()); else if (words.length > 0 && at === end + 1) words[words.length - 1] += ` ${line.trim()}`
      end = at
      continue
    }
    if (line.trim() !== '') break
  }
  return { words, end }
}

const withoutPlace = (name: string) => name.replace(/ \(\S*\/\S*\)$/, '')
const missingCrate = (module: string) => ({ class: 'missing_dependency', module, title: `Crate ${module} is missing`, key: ['no crate', module] })

/** Its panic, and what the compilers that it starts say, is better where there is such a thing. */
function buildScript(name: string, { lines, index }: Place): Omit<Found, 'at'> {
  const from = findLine(lines, /^\s*--- stderr$/, index, 200)
  const end = from === -1 ? -1 : findLine(lines, /^(?!\s*$| {2})/, from + 1, 300)
  const said = from === -1 ? undefined : lines.slice(from + 1, end === -1 ? from + 300 : end).map((line) => line.trim()).findLast((line) => line !== '' && line.length < 500 && !/^(?:note: |warning: |at |\d+: |stack backtrace)/.test(line))
  const module = name.split(' ')[0]
  return { class: meaningOf(said ?? '') ?? 'build_error', module, title: `The build script of ${module} fails${said === undefined ? '' : `: ${said}`}`, key: ['build script', module, said], confidence: 'medium' }
}

function problem(message: string, place: Place): Omit<Found, 'at'> | undefined {
  const { words, end } = chainOf(place)
  const span = [place.index, end] as const
  const inner = words.at(-1) ?? ''
  const whole = [message, ...words].join(': ')
  const near = place.after(6).join('\n')
  const missing = /^no matching package named `([^`]+)` found/.exec(message)?.[1] ?? (message.startsWith('no matching package found') ? /searched package name: `([^`]+)`/.exec(near)?.[1] : undefined)
  if (missing !== undefined) return { ...missingCrate(missing), span }
  const version = /^failed to select a version for (?:the requirement )?`([^`]+)`/.exec(message)
  if (version) return { class: 'missing_dependency', module: version[1]!.split(' ')[0], title: `Cargo finds no version for ${version[1]}`, key: ['version', version[1]], span }
  if (message.startsWith('could not find `Cargo.toml` in')) return { class: 'config_error', title: 'Cargo finds no Cargo.toml', key: ['no Cargo.toml'] }
  const command = /^no such (?:command|subcommand): `([^`]+)`/.exec(message)?.[1]
  if (command !== undefined) return { class: 'missing_dependency', symbol: command, title: `Cargo has no command ${command}`, key: ['no command', command] }
  const script = /^failed to run custom build command for `([^`]+)`/.exec(message)?.[1]
  if (script !== undefined) return buildScript(withoutPlace(script), place)
  const dependency = /^failed to (?:get|load source for dependency|load manifest for (?:dependency|workspace member)|download|fetch|query)\b[^`]*`([^`]+)`/.exec(message)?.[1]
  if (dependency !== undefined) {
    const meaning = meaningOf(whole)
    return { class: meaning ?? 'missing_dependency', module: dependency, title: `Crate ${withoutPlace(dependency)} cannot be loaded: ${inner}`, key: ['load', withoutPlace(dependency), inner], span }
  }
  const manifest = /^failed to (?:parse manifest at|parse lock file at|load manifest for workspace member|read) `([^`]+)`/.exec(message)?.[1]
  if (manifest !== undefined) {
    const said = inner.replace(/^TOML parse error at line \d+, column \d+ \|.{0,200}\| /, '')
    return { class: 'config_error', file: manifest, title: `${manifest}: ${said === '' ? message : said}`, key: ['manifest', said, manifest], span }
  }
  const known = /^(?:no (?:bin|example|test|bench|library) target|the package .{1,100} does not (?:contain|have)|(?:package|crate) (?:ID )?`?.{1,100} (?:did not match|cannot be built|requires rustc)|rustc [\d.]+ is not supported|the (?:option|lock file)|cannot (?:update|specify|install|create)|toolchain '|no (?:override|default toolchain)|component '|target '|unexpected argument|the argument|a value is required|invalid value|package collision|cyclic package|multiple (?:packages|workspace)|`cargo \w+` could not|current package believes|virtual manifests|failed to (?:parse|find|resolve|update|verify|sync|unpack|extract|write|create|open|load|acquire))/
  if (!known.test(message)) return undefined
  const said = withoutPlace(message).replace(/ `?\/\S+`?/g, '')
  return { class: meaningOf(whole) ?? 'config_error', title: `Cargo: ${[message, inner].filter((text) => text !== '').join(': ')}`, key: ['cargo', said, inner], span }
}

const signals: Readonly<Record<string, string>> = { SIGSEGV: 'a segmentation fault', SIGABRT: 'an abort', SIGBUS: 'a bus error', SIGILL: 'an illegal instruction', SIGFPE: 'a floating point exception', SIGKILL: 'SIGKILL', SIGTERM: 'SIGTERM' }

/** Cargo itself: manifests, dependencies, options. */
export const cargo = lineExtractor('cargo', [
  /^[ \t]{1,40}(?:Compiling|Checking|Running|Updating|Downloading|Blocking|Locking|Finished|Documenting) /m, 'Cargo.toml', /^error: (?:no matching package|no such (?:sub)?command|failed to select a version|no bin target|the package '|package `|toolchain ')/m, 'cargo ',
], [
  {
    pattern: /process didn't exit successfully: `([^`]{1,400})`.{0,40} \(signal: \d+, (SIG\w+)/,
    cause([, program, signal]) {
      const name = program!.split(/[/ ]/).findLast((part) => /\w/.test(part))!.replace(/-[0-9a-f]{16}$/, '')
      return { class: signal === 'SIGKILL' ? 'oom' : signal === 'SIGTERM' ? 'interrupted' : 'crash', code: signal, title: `${name} ends with ${signals[signal!] ?? signal}`, key: ['signal', signal, name], role: 'effect' }
    },
  },
  // A manifest that is no TOML.
  {
    pattern: /^error: (.+)$/,
    cause([, message], place) {
      const [, file, line] = /^\s*--> (\S{1,300}\.toml):(\d+):\d+$/.exec(place.after(1)[0] ?? '') ?? []
      if (file !== undefined) return { class: 'config_error', file, line: Number(line), title: `${file}: ${message}`, key: ['toml', message, file], span: [place.index, Math.min(place.index + 5, place.lines.length - 1)] }
      return problem(message!, place)
    },
  },
  { pattern: /^error: (?:test failed, to rerun|\d+ targets? failed|process didn't exit successfully|build failed|doctest failed)/, cause: () => ({ class: 'build_error', title: 'Cargo fails', key: ['fails'], role: 'wrapper' }) },
])
