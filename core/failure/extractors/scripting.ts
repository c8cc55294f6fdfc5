import { findByRules, findLine, lineExtractor, mostFinds, type Extractor, type Found } from '../extractor.ts'
import { classOfException, meaningOf } from '../meanings.ts'
import { isOwnFile } from '../roots.ts'

const rubyPlace = /([^\s:'"(]+\.(?:rb|rake|ru|gemspec)|[^\s:'"(]*(?:Rakefile|Gemfile)):(\d+):in/

function rubyCause(type: string, message: string, file: string | undefined, line: number | undefined): Omit<Found, 'at'> {
  const load = /^cannot load such file -- (\S+)/.exec(message)?.[1]
  if (load) {
    const own = load.startsWith('/') || load.startsWith('.') || load.includes('.rb')
    return { class: own ? 'import_crash' : 'missing_dependency', module: load, title: own ? `Ruby file ${load} does not exist` : `Ruby library ${load} is missing`, key: ['load', load] }
  }
  const plain = message.replace(/ for (?:main:Object|main|an instance of \S+|#<.*>|nil:NilClass|nil)$/, '')
  const failureClass = /^Errno::E(?:NOENT|NOTDIR|ISDIR)$/.test(type) ? 'config_error' : classOfException(type, message)
  return { class: failureClass, code: type, file, line, title: `${type} in ${file ?? 'Ruby'}: ${message}`, key: [type, plain, file] }
}

/** Ruby's uncaught exceptions, minitest and test-unit, RSpec, Bundler. */
export const ruby: Extractor = {
  tool: 'ruby',
  signs: [/\.(?:rb|rake|ru):\d+:(?:in|\s)/m, /^\d+ runs, \d+ assertions/m, /^\d+ examples?, \d+ failures?/m, /^(?:Bundler could not find|Could not find (?:gem )?'?[\w-]+.* in (?:any of|locally|rubygems))/m, /^\s*\d+\) (?:Failure|Error):$/m],
  extract: ({ lines }) => [
    ...findByRules(lines, [
      {
        pattern: /^(?:\S{1,200}: )?(\S{1,300}):(\d+):in .{1,200}?: (.*) \(((?:\w+::)*[A-Z]\w*)\)$/,
        cause([, file, line, message, type], { lines: all, index }) {
          const at = isOwnFile(file!) ? index : findLine(all, /^\s+(?:\d+: )?from (?!\/usr|.*\/gems\/|.*\/lib\/ruby\/|<internal)/, index + 1, 60)
          const own = at === index ? file : rubyPlace.exec(all[at] ?? '')?.[1]
          let end = index
          while (/^\s+from |^\s+\^|^$|^\s{2}/.test(all[end + 1] ?? 'x') && end < index + 80) end++
          return { ...rubyCause(type!, message!, own, Number(line)), span: [index, end] }
        },
      },
      { pattern: /^([^\s:]+\.(?:rb|rake|ru)):(\d+): (syntax errors? found|syntax error,? .*|.*unexpected .*)(?: \(SyntaxError\))?$/, cause: ([, file, line, message]) => ({ class: 'syntax_error', file, line: Number(line), title: `Syntax error in ${file}: ${message}`, key: ['syntax', message, file] }) },
      { pattern: /^(?:Could not find (?:gem )?'?([\w-]+)(?:'| |-\d).*|Bundler could not find compatible versions for gem "([\w-]+)".*)$/, cause: ([, one, other]) => ({ class: 'missing_dependency', module: one ?? other, title: `Ruby gem ${one ?? other} is missing`, key: ['gem', one ?? other] }) },
    ]),
    ...minitest(lines), ...rspec(lines),
  ],
}

function minitest(lines: readonly string[]): Found[] {
  const finds: Found[] = []
  for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
    const kind = /^\s*\d+\) (Failure|Error):$/.exec(lines[index]!)?.[1]
    const named = kind && /^(\S.*?)(?: \[([^\]:]+):\d+\])?:?$/.exec(lines[index + 1]?.trim() ?? '')
    if (!named) continue
    const end = findLine(lines, /^\s*$/, index + 2, 30)
    const to = end === -1 ? index + 4 : end - 1
    const message = lines.slice(index + 2, to + 1).filter((line) => !/^\s+\S+\.rb:\d+:in|^--- expected|^\+\+\+ actual|^@@|^[ +-]?# +(?:encoding|valid):/.test(line))
      // A difference says in another form what the two values in a row say.
      .map((line) => line.replace(/^-(?=\S)/, 'Expected: ').replace(/^\+(?=\S)/, 'Actual: ').trim()).slice(0, 6).join(' ')
    finds.push({ tool: 'minitest', class: 'test_failed', test: named[1], file: named[2], title: `${named[1]} fails: ${message}`, key: [named[1], message, named[2]], at: index, span: [index, to] })
    index = to
  }
  return finds
}

function rspec(lines: readonly string[]): Found[] {
  const start = findLine(lines, /^Failures:$/, 0, lines.length)
  const summary = lines.some((line) => /^\d+ examples?, \d+ failures?/.test(line))
  if (start === -1 || !summary) return []
  const finds: Found[] = []
  for (let index = start; index < lines.length && finds.length < mostFinds; index++) {
    const name = /^ {2}\d+\) (\S.*)$/.exec(lines[index]!)?.[1]
    if (name === undefined) continue
    const end = findLine(lines, /^ {2}\d+\) \S|^Finished in |^Failed examples:/, index + 1, 120)
    const to = end === -1 ? Math.min(lines.length - 1, index + 20) : end - 1
    const body = lines.slice(index + 1, to + 1).map((line) => line.trim())
    const message = body.filter((line) => line !== '' && !/^(?:Failure\/Error|# |\(compared using|Diff:|@@)/.test(line)).slice(0, 5).join(' ')
    const file = body.map((line) => /^# (?:\.\/)?(\S+?):\d+/.exec(line)?.[1]).find((each) => each !== undefined && isOwnFile(each))
    finds.push({ tool: 'rspec', class: 'test_failed', test: name, file, title: `${name} fails: ${message}`, key: [name, message, file], at: index, span: [index, to] })
    index = to
  }
  return finds
}

/** PHP's errors, PHPUnit, Composer. PHP prints an error twice where it logs and displays. */
export const php: Extractor = {
  tool: 'php',
  signs: [/^(?:PHP )?(?:Parse|Fatal|Uncaught|Catchable fatal|Recoverable fatal) error: /m, 'PHPUnit', 'Your requirements could not be resolved', /^Could not open input file: /m],
  extract: ({ lines }) => [
    ...findByRules(lines, [
      {
        pattern: /^(?:PHP )?(Parse|Fatal|Catchable fatal|Recoverable fatal) error: {1,2}(?:Uncaught )?(.*?)(?: in (\S+?)(?:\(\d+\)|:\d+| on line \d+)(?::.*)?)?$/,
        cause([, kind, message, file], { lines: all, index }) {
          const [, type, text] = /^((?:\w+\\)*[A-Z]\w*): (.*)$/.exec(message!) ?? []
          const failed = /Failed opening required '([^']+)'|Class "([^"]+)" not found/.exec(message!)
          const end = findLine(all, /^\s*thrown in /, index, 40)
          const span = [index, end === -1 ? index : end] as const
          if (kind === 'Parse') return { class: 'syntax_error', file, title: `Syntax error in ${file}: ${message}`, key: ['parse', message, file], span }
          if (failed) return { class: 'import_crash', file, module: failed[1] ?? failed[2], title: `${failed[1] ?? failed[2]} cannot be loaded`, key: ['load', failed[1] ?? failed[2]], span }
          return { class: type === undefined ? meaningOf(message!) ?? 'crash' : classOfException(type, text!), code: type, file, title: `${message}${file === undefined ? '' : ` in ${file}`}`, key: [type, text ?? message, file], span }
        },
      },
      { pattern: /^Could not open input file: (.+)$/, cause: ([, file]) => ({ class: 'config_error', file, title: `PHP cannot open ${file}`, key: ['open', file] }) },
      { pattern: /^\s+- Root composer\.json requires (?:PHP extension )?(\S+) .*$/, cause: ([, name]) => ({ class: 'missing_dependency', module: name, title: `Composer cannot install ${name}`, key: ['composer', name] }) },
    ]),
    ...phpunit(lines),
  ],
}

function phpunit(lines: readonly string[]): Found[] {
  if (!lines.some((line) => /^(?:There (?:was|were) \d+ (?:failure|error)s?:|FAILURES!|ERRORS!)$/.test(line))) return []
  const finds: Found[] = []
  for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
    const name = /^\d+\) (\S+::\S.*)$/.exec(lines[index]!)?.[1]
    if (name === undefined) continue
    const end = findLine(lines, /^\d+\) \S+::|^--$|^(?:FAILURES|ERRORS)!$/, index + 1, 80)
    const to = end === -1 ? Math.min(lines.length - 1, index + 10) : end - 1
    const body = lines.slice(index + 1, to + 1).filter((line) => line.trim() !== '')
    const file = body.map((line) => /^(\S+\.php):\d+$/.exec(line.trim())?.[1]).find((each) => each !== undefined && isOwnFile(each))
    const message = body.filter((line) => !/^\S+\.php:\d+$/.test(line.trim())).slice(0, 6).map((line) => line.trim()).join(' ')
    finds.push({ tool: 'phpunit', class: 'test_failed', test: name, file, title: `${name} fails: ${message}`, key: [name, message, file], at: index, span: [index, to] })
    index = to
  }
  return finds
}

/** Perl: `message at a.pl line 3.` and what is missing or cannot be compiled. */
export const perl = lineExtractor('perl', [/ at \S+ line \d+(?:, <\w+> line \d+)?(?:, near ".*)?\.?$/m, /^Can't locate \S+ in @INC/m, /^Can't open perl script/m], [
  { pattern: /^Can't locate (\S+?)\.pm in @INC/, cause([, path]) { const module = path!.replaceAll('/', '::'); return { class: 'missing_dependency', module, title: `Perl module ${module} is missing`, key: ['no module', module] } } },
  { pattern: /^Can't open perl script "([^"]+)": (.*)$/, cause: ([, file, reason]) => ({ class: 'config_error', file, title: `Perl cannot open ${file}: ${reason}`, key: ['open', file] }) },
  { pattern: /^(syntax error|Can't find string terminator .*?|Global symbol "[^"]+" requires explicit package name.*?|Bareword "[^"]+" not allowed.*?|Missing right curly.*?) at (\S+) line (\d+)/, cause: ([, message, file, line]) => ({ class: 'syntax_error', file, line: Number(line), title: `${message} in ${file}`, key: [message, file] }) },
  { pattern: /^(?!#|\s)(.{1,400}?) at (\S+\.(?:pl|pm|t|psgi|cgi)) line (\d+)(?:, <\w+> line \d+)?\.?$/, cause: ([, message, file, line]) => ({ class: meaningOf(message!) ?? 'crash', file, line: Number(line), title: `${message} in ${file}`, key: [message, file] }) },
])

/** Lua: `lua: a.lua:3: message`, with a traceback. */
export const lua = lineExtractor('lua', [/^\S*lua[\w.]*: /m], [
  { pattern: /^\S*lua[\w.]*: (?:[^:\s]+:\d+: )?module '([^']+)' not found:$/, cause: ([, module]) => ({ class: 'missing_dependency', module, title: `Lua module ${module} is missing`, key: ['no module', module] }) },
  { pattern: /^\S*lua[\w.]*: cannot open (\S+)/, cause: ([, file]) => ({ class: 'config_error', file, title: `Lua cannot open ${file}`, key: ['open', file] }) },
  {
    pattern: /^\S*lua[\w.]*: ([^:\s]+):(\d+): (.+)$/,
    cause: ([, file, line, message]) => ({ class: / near | expected /.test(message!) ? 'syntax_error' : meaningOf(message!) ?? 'crash', file, line: Number(line), title: `${message} in ${file}`, key: [message, file] }),
  },
])
