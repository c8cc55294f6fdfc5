import { lineExtractor } from '../extractor.ts'
import { classOfException } from '../meanings.ts'

const plainType = (type: string) => type.replace(/std::__(?:cxx11|1)::/g, 'std::').replace(/\[abi:\w+\]/g, '')

function uncaught(type: string, message: string | undefined) {
  const memory = /(?:^|::)bad_(?:array_new_length|alloc)$/.test(type)
  const found = memory ? 'oom' : classOfException(type, message ?? '')
  return { class: found, code: type, title: `Uncaught ${type}${message === undefined ? '' : `: ${message}`}`, key: ['uncaught', type, message] }
}

function assertion(program: string, file: string, line: string, condition: string, where: string | undefined) {
  return { class: 'crash', file, line: Number(line), symbol: where, title: `Assertion fails in ${file}: ${condition}`, key: ['assertion', condition, where, file, file === '' ? program : undefined] }
}

const missingLibrary = (library: string) => ({ class: 'missing_dependency', module: library, title: `Shared library ${library} is missing`, key: ['no shared library', library] })

/** What the C and C++ runtimes and the dynamic loader say when a program ends. That a signal ended it is the shell's word. */
export const native = lineExtractor('native', [
  /Assertion .{1,400}failed/, /^Assertion failed: /m, /^terminate called /m, /^libc\+\+abi: /m, 'error while loading shared libraries: ', ': symbol lookup error: ', ' detected ***: ', /^dyld\[\d+\]: |^dyld: /m, "' not found (required by ",
  /^(?:free|malloc|realloc|munmap_chunk|malloc_consolidate|calloc)\(\): |^(?:double free or corruption|corrupted (?:size|double-linked))/m, /^pure virtual method called$/m,
], [
  // glibc: `app: src/a.c:3: main: Assertion 'x > 0' failed.`
  {
    pattern: /^(\S{1,200}): (\S{1,300}?):(\d+): (.{1,400}?): Assertion [`'](.{1,600})' failed\.?$/,
    cause: ([, program, file, line, where, condition]) => assertion(program!, file!, line!, condition!, where),
  },
  // macOS and musl.
  { pattern: /^Assertion failed: \((.{1,600})\), function (.{1,300}), file (.{1,300}), line (\d+)\.$/, cause: ([, condition, where, file, line]) => assertion('', file!, line!, condition!, where) },
  { pattern: /^Assertion failed: (.{1,600}) \(([^\s:]{1,300}): (.{1,300}): (\d+)\)$/, cause: ([, condition, file, where, line]) => assertion('', file!, line!, condition!, where) },
  {
    pattern: /^terminate called after throwing an instance of '(.{1,400})'$/,
    cause([, type], { lines, index }) {
      const message = /^ {2}what\(\): {2}(.*)$/.exec(lines[index + 1] ?? '')?.[1]
      const name = plainType(type!)
      return { ...uncaught(name, name === 'std::bad_alloc' ? undefined : message), span: [index, message === undefined ? index : index + 1] as const }
    },
  },
  { pattern: /^terminate called (without an active exception|recursively)/, cause: ([, how]) => ({ class: 'crash', title: `The program terminates ${how}`, key: ['terminate', how] }) },
  { pattern: /^libc\+\+abi(?:\.dylib)?: terminating (?:due to|with) uncaught (?:foreign )?exception(?: of type (.{1,300}?))?(?:: (.+))?$/, cause: ([, type, message]) => uncaught(plainType(type ?? 'exception'), message) },
  { pattern: /: error while loading shared libraries: (\S+): (?:cannot open shared object file|.{1,200})/, cause: ([, library]) => missingLibrary(library!) },
  { pattern: /^dyld(?:\[\d+\])?: Library not loaded: (?:@rpath\/)?(\S+)/, cause: ([, library]) => missingLibrary(library!) },
  { pattern: /: symbol lookup error: (\S+): undefined symbol: (\S+?)(?:, version \S+)?$/, cause: ([, library, symbol]) => ({ class: 'import_crash', symbol, title: `${library!.split('/').at(-1)} lacks the symbol ${symbol}`, key: ['no symbol', symbol, library!.split('/').at(-1)] }) },
  { pattern: /: (\S+): version [`'](\S+)' not found \(required by (\S+)\)$/, cause: ([, library, version, by]) => ({ class: 'missing_dependency', module: library!.split('/').at(-1), title: `${library!.split('/').at(-1)} has no ${version}, which ${by!.split('/').at(-1)} needs`, key: ['no version', library!.split('/').at(-1), version] }) },
  { pattern: /^(?:\*\*\* (stack smashing|buffer overflow) detected \*\*\*: .*)$/, cause: ([, what]) => ({ class: 'crash', code: what, title: `The program is aborted: ${what} detected`, key: ['aborted', what], confidence: 'medium' }) },
  { pattern: /^((?:free|malloc|realloc|munmap_chunk|malloc_consolidate|calloc)\(\): .{1,100}|double free or corruption(?: \([\w!]+\))?|corrupted (?:size|double-linked).{0,100})$/, cause: ([, what]) => ({ class: 'crash', code: what, title: `The program is aborted: ${what}`, key: ['aborted', what], confidence: 'medium' }) },
  { pattern: /^pure virtual method called$/, cause: () => ({ class: 'crash', title: 'The program calls a pure virtual method', key: ['pure virtual'] }) },
])
