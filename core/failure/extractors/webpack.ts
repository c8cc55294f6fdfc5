import { findLine, lineExtractor, type Place } from '../extractor.ts'
import { fileFault, noExport, unresolved } from './bundling.ts'
import { nodeCause } from './node-errors.ts'

const next = /^\s*$|^(?:ERROR|WARNING) in |^webpack (?:[\d.]+ )?compiled/
const headed = /^(?:.{0,40}\b(?:ERROR|Error) in )?(?:\.\/)?([^\s:][^\s:]{0,300}\.\w{1,8})(?:[: ](\d+)[:,]\d+.{0,12})?$/

/** The line above names the module: `ERROR in ./src/a.js 1:0-31`, `./src/a.js:1:1` of Next.js. */
function placeOf({ lines, index }: Place) {
  const [, file, line] = headed.exec(lines[index - 1] ?? '') ?? []
  const end = findLine(lines, next, index + 1, 120)
  return { file, ...(line !== undefined && { line: Number(line) }), span: [index, end === -1 ? index : end - 1] as const }
}

const isWarning = ({ lines, index }: Place) => (lines[index - 1] ?? '').startsWith('WARNING in ')
const script = /\.(?:[cm]?[jt]sx?|vue|svelte|json)$/

/** webpack and what is built upon it: Next.js, Create React App, Angular before 17. */
export const webpack = lineExtractor('webpack', [/^.{0,40}(?:ERROR|Error) in \S/m, /^Module (?:not found|parse failed|build failed)/m, '[webpack-cli] ', /^Failed to compile\.$/m], [
  {
    pattern: /^(?:Error: )?Module not found: (?:Error: )?Can't resolve '([^']+)'(?: in '([^']+)')?/,
    cause: ([, module], place) => (isWarning(place) ? undefined : unresolved(module!, placeOf(place))),
  },
  // What a package lacks inside itself.
  {
    pattern: /^(?:Error: )?Module not found: (?:Error: )?(.+)$/,
    cause: ([, message], place) => (isWarning(place) ? undefined : { ...fileFault(message!, placeOf(place)), class: 'build_error' }),
  },
  {
    pattern: /^(?:Error: )?Module parse failed: (.+)$/,
    cause([, message], place) {
      const position = placeOf(place)
      const found = fileFault(message!, position)
      if (position.file === undefined || script.test(position.file)) return { ...found, class: 'syntax_error' }
      return { ...found, class: 'build_error', title: `No loader reads ${position.file}`, key: ['no loader', position.file] }
    },
  },
  {
    pattern: /^(?:Error: )?Module (?:build|Error|Warning) ?(?:failed)? ?\(from (\S+?)\):?$/,
    cause([, loader], place) {
      if (isWarning(place)) return undefined
      const said = place.after(4).find((line) => line.trim() !== '') ?? ''
      const by = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(loader!)?.[1] ?? loader!
      const [, type, message] = /^(?:(\w*(?:Error|Exception)): )?(.+)$/.exec(said.trim()) ?? []
      const module = /^(?:Cannot find module|Can't resolve) '([^']+)'/.exec(message ?? '')?.[1]
      if (module !== undefined) return unresolved(module, placeOf(place))
      const file = placeOf(place).file
      const inner = (message ?? said).replace(/^\S+\.\w{1,8}: /, '')
      return fileFault(type === 'SyntaxError' ? `SyntaxError: ${inner}` : inner, { ...placeOf(place), file }, by)
    },
  },
  {
    pattern: /^(?:Attempted import error: |)'?([\w$]+)'? is not exported from '([^']+)'/,
    cause: ([, symbol, module], place) => (isWarning(place) ? undefined : noExport(symbol!, module!, placeOf(place))),
  },
  {
    pattern: /^export '([\w$]+)' (?:\(.{1,100}\) )?was not found in '([^']+)'/,
    cause: ([, symbol, module], place) => (isWarning(place) ? undefined : noExport(symbol!, module!, placeOf(place))),
  },
  {
    pattern: /^.{0,40}Invalid (?:configuration|options) object\. /,
    cause(_, { lines, index }) {
      const at = findLine(lines, /^ - /, index + 1, 3)
      const end = findLine(lines, /^(?! )/, index + 1, 60)
      const said = at === -1 ? lines[index]! : lines[at]!.replace(/^ - /, '').replace(/ These properties are valid:.*$/, '')
      return { class: 'config_error', title: `webpack's configuration is wrong: ${said}`, key: ['config', said], span: [index, end === -1 ? Math.max(at, index) : end - 1] }
    },
  },
  {
    pattern: /^\[webpack-cli\] (?:✖ )?(?:Failed to load '(\S+)' config)$/,
    cause([, file], { lines, index }) {
      const [, type, message] = /^\[webpack-cli\] (?:✖ )?(?:(\w*Error)(?: \[\w+\])?: )?(.+)$/.exec(lines[index + 1] ?? '') ?? []
      if (message === undefined) return undefined
      const found = nodeCause({ type: type ?? 'Error', code: undefined, message, frames: [] })
      const span = [index, index + 1] as const
      return found.class === 'missing_dependency' || type === 'SyntaxError' ? { ...found, span } : { class: 'config_error', file, title: `${file} cannot be loaded: ${message}`, key: ['config', file, message], span }
    },
  },
  {
    pattern: /^\[webpack-cli\] (?:✖ )?(?:(\w*Error)(?: \[\w+\])?: )(.+)$/,
    cause: ([, type, message]) => nodeCause({ type: type!, code: undefined, message: message!, frames: [] }),
  },
  // Something else that a plugin reports.
  {
    pattern: /^ERROR in (\S.{0,300})$/,
    cause([, place], { lines, index }) {
      const said = lines[index + 1]?.trim() ?? ''
      if (said === '' || /^(?:Module |export |TS\d|.{0,60}TS\d{4})/.test(said)) return undefined
      const file = headed.exec(lines[index]!)?.[1]
      return fileFault(said, { file, span: [index, index + 1] }, file === undefined ? place : undefined)
    },
  },
  { pattern: /^Failed to compile\.$/, cause: () => ({ class: 'build_error', title: 'The build fails', key: ['compile'], role: 'effect' }) },
])
