import { blockEnd, lineExtractor, type Found, type Place } from '../extractor.ts'
import { isOwnFile } from '../roots.ts'

/** Hard-wrapped at 78 columns; the paragraphs of a message are one text here, without the folders that were searched. */
function messageOf({ lines, index }: Place, end: number): string[] {
  const paragraphs: string[] = []
  let text = ''
  for (let at = index + 1; at <= end; at++) {
    const line = lines[at]!
    if (/^(?:Call Stack|See also )/.test(line)) break
    if (line.trim() === '') { if (text !== '') paragraphs.push(text); text = '' } else text += `${text === '' ? '' : ' '}${line.trim()}`
  }
  if (text !== '') paragraphs.push(text)
  return paragraphs.map((paragraph) => paragraph.replace(/\s+/g, ' '))
}

const titleOf = ([first = 'CMake fails', second]: readonly string[]) => (first.endsWith(':') && second !== undefined ? `${first} ${second}` : first)

const pkgConfig = (names: string) => ({ class: 'missing_dependency', module: names, title: `pkg-config does not find ${names}`, key: ['pkg-config', names] })
const missingPackage = (name: string) => ({ class: 'missing_dependency', module: name, title: `CMake does not find the package ${name}`, key: ['no package', name] })

function cause(text: string, first: string, file: string | undefined): Omit<Found, 'at'> {
  const at = file === undefined ? '' : `${file}: `
  const name = /\bprovided by "([^"]+)"|Could NOT find (\w[\w+.:-]*)|Could not find (?:a package configuration file provided by|package) "?([\w.+:-]+)"?|Imported target "([^":]+)::[^"]*" was not found/.exec(text)
  const version = /Could not find a configuration file for package "([^"]+)" that is compatible with requested version "([^"]+)"/.exec(text)
  if (version) return { class: 'missing_dependency', module: version[1], title: `CMake does not find version ${version[2]} of the package ${version[1]}`, key: ['no package', version[1], version[2]] }
  if (name) {
    const found = (name[1] ?? name[2] ?? name[3] ?? name[4])!
    return /found unsuitable version|Required is (?:at least|exact) version/.test(text) ? { ...missingPackage(found), title: `CMake finds no suitable version of the package ${found}`, key: ['version', found, /version "?([\d.]+)"?/.exec(text.slice(text.indexOf('Required')))?.[1]] } : missingPackage(found)
  }
  const required = /The following required packages were not found: ((?:- \S+ ?)+)/.exec(text)?.[1]
  if (required !== undefined) return pkgConfig(required.replace(/- /g, '').trim())
  // The one before it says which of them does not exist.
  if (text.startsWith('No SOURCES given to target')) return { class: 'config_error', file, title: `${at}${first}`, key: [first, file], role: 'effect' }
  const source = /Cannot find source file: (\S+)/.exec(text)?.[1]
  if (source !== undefined) return { class: 'build_error', file: source, title: `The source file ${source} does not exist`, key: ['no source', source, file] }
  const program = /unable to find a build program corresponding to "([^"]+)"/.exec(text)?.[1]
  if (program !== undefined) return { class: 'missing_dependency', symbol: program, title: `CMake does not find the build program of ${program}`, key: ['no program', program] }
  const compiler = /^No (CMAKE_\w+_COMPILER) could be found|The (CMAKE_\w+_COMPILER): (\S+) is not a full path/.exec(text)
  if (compiler) { const variable = compiler[1] ?? compiler[2]; return { class: 'missing_dependency', symbol: variable, title: `CMake finds no compiler (${variable})`, key: ['no compiler', variable, compiler[3]] } }
  if (/^Parse error|^Flow control statements are not properly nested|^A logical block/.test(text)) return { class: 'syntax_error', file, title: `${at}${first}`, key: ['syntax', first.replace(/ \S+:\d+ \(.*$/, ''), file] }
  return { class: 'config_error', file, title: `${at}${first}`, key: [text.slice(0, 600), file] }
}

/** `CMake Error at src/CMakeLists.txt:3 (find_package):` with the message set off below it, and CTest's summary. */
export const cmake = lineExtractor('cmake', [/^CMake Error/m, /^-- Configuring incomplete/m, /^The following tests FAILED:$/m, 'Errors while running CTest'], [
  {
    pattern: /^CMake Error at (\S.{0,300}?):(\d+)(?: \(([\w.-]+)\))?:$/,
    cause([, at, line], place) {
      const { lines, index } = place
      const end = blockEnd(lines, /^(?!Call Stack|\s|$)/, index, 60)
      const message = messageOf(place, end)
      // Of a module of CMake the project's call counts.
      const calls = lines.slice(index + 1, end + 1).flatMap((text) => { const call = /^ {2}(\S.{0,300}?):(\d+) \(/.exec(text); return call ? [[call[1]!, call[2]!] as const] : [] })
      const own = isOwnFile(at!) ? [at!, line!] as const : calls.find(([file]) => isOwnFile(file)) ?? [at!, line!] as const
      const unfound = (message[0] ?? '').startsWith('A required package was not found') ? /Package '([^']+)'|No package '([^']+)' found/.exec(place.before(6).findLast((text) => /\bpackage '/i.test(text)) ?? '') : null
      const found = unfound ? pkgConfig((unfound[1] ?? unfound[2])!) : cause(message.join(' '), titleOf(message), own[0])
      return { file: own[0], line: Number(own[1]), ...found, span: [index, end] }
    },
  },
  {
    pattern: /^CMake Error(?: in (\S{1,300}))?: ?(.*)$/,
    cause([, file, said], place) {
      const end = blockEnd(place.lines, /^(?!\s|$)/, place.index, 40)
      const rest = messageOf(place, end)
      const message = said === '' ? rest : [said!, ...rest]
      if (/does not appear to contain CMakeLists/.test(message[0] ?? '')) return { class: 'config_error', title: 'The source folder has no CMakeLists.txt', key: ['no CMakeLists.txt'], span: [place.index, end] }
      if (/^The source directory|^Could not find CMAKE_ROOT|^Error processing file|^(?:Unknown argument|The source)/.test(message[0] ?? '')) {
        return { class: 'config_error', title: message[0]!, key: [message[0]], span: [place.index, said === '' ? end : place.index] }
      }
      if (/^CMAKE_\w+_COMPILER not set/.test(message[0] ?? '')) return { class: 'missing_dependency', title: message[0]!, key: [message[0]], role: 'effect' }
      return { ...cause(message.join(' '), titleOf(message), file), span: [place.index, end] }
    },
  },
  { pattern: /^-- Configuring incomplete|^Use "--rerun-failed|^(?:CMake Error: )?Errors? while running CTest/, cause: () => ({ class: 'build_error', title: 'CMake fails', key: ['fails'], role: 'wrapper' }) },
  {
    pattern: /^\s+\d+ - (\S.{0,200}?) \((Failed|Timeout|Not Run|SEGFAULT|ABORTED|Subprocess aborted|ILLEGAL|Exception.{0,60}|SIG\w+|OTHER_FAULT|NUMERICAL|BAD_COMMAND|Disabled)\)$/,
    cause([, test, how]) {
      if (how === 'Disabled') return undefined
      const failed = how === 'Failed'
      const found = failed ? 'test_failed' : how === 'Timeout' ? 'timeout' : how === 'Not Run' || how === 'BAD_COMMAND' ? 'collection_error' : 'crash'
      // The test's own output, where it was asked for, says why.
      return { class: found, test, code: failed ? undefined : how, title: `Test ${test} ${failed ? 'fails' : how === 'Timeout' ? 'times out' : how === 'Not Run' ? 'was not run: its program is missing' : `ends: ${how}`}`, key: ['ctest', test, how], confidence: 'medium' }
    },
  },
])
