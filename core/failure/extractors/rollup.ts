import { findByRules, findLine, type Extractor, type Rule } from '../extractor.ts'
import { fileFault, noExport, unresolved } from './bundling.ts'
import { nodeCause } from './node-errors.ts'

const lead = String.raw`^(?:\[!\] )?(?:\(plugin [\w@/: .-]+\) )?(?:(?:\[[\w@/: .-]+\] )?(?:Rollup|Rolldown)?Error: )?(?:\[[\w@/: .-]+\]:? )?`

/** rolldown draws a frame: `╭─[ src/main.js:1:23 ]`. */
function framed(lines: readonly string[], index: number) {
  const at = findLine(lines, /╭─\[ ?\S.{0,300}?:\d+:\d+ ?\]/, index + 1, 3)
  const [, file, line] = at === -1 ? [] : /╭─\[ ?(\S.{0,300}?):(\d+):\d+/.exec(lines[at]!) ?? []
  const end = at === -1 ? index : findLine(lines, /^\s*─+╯/, at, 40)
  return { file, ...(line !== undefined && { line: Number(line) }), span: [index, Math.max(index, end)] as const }
}

/** What a page asks for is a file, though its path may look like a package's name. */
function fromFile(module: string, file: string) {
  return unresolved(file.endsWith('.html') && !/^[./]/.test(module) ? `/${module}` : module, { file })
}

const rules: readonly Rule[] = [
  {
    pattern: new RegExp(`${lead}Could not resolve ['"]([^'"]+)['"] (?:from|in) ['"]?([^'"\\s]+)['"]?`),
    cause: ([, module, file], { lines, index }) => unresolved(module!, { ...framed(lines, index), file }),
  },
  {
    pattern: /(?:Roll(?:up|down) failed|Failed) to resolve (?:import "([^"]+)"|(\S+)) from (?:"([^"]+)"|(\S+?))(?:\.|\. Does the file exist\?)?$/,
    cause: ([, quoted, plain, from, plainFrom]) => fromFile((quoted ?? plain)!, (from ?? plainFrom)!),
  },
  {
    pattern: /"([\w$*]+)" is not exported by "([^"]+)"(?:, imported by "([^"]+)")?/,
    cause([, symbol, module, importer], { lines, index }) {
      const place = framed(lines, index)
      return noExport(symbol!, module!, { ...place, file: importer ?? place.file })
    },
  },
  {
    pattern: new RegExp(`${lead}(?:Could not|Cannot) resolve entry module ['"]?([^'"\\s]+?)['"]?\\.?(?: |$)`),
    cause: ([, module]) => ({ class: 'config_error', module, title: `The entry module ${module} does not exist`, key: ['no entry', module] }),
  },
  {
    pattern: /^\[PARSE_ERROR\] (.+)$/,
    cause: ([, message], { lines, index }) => ({ ...fileFault(message!, framed(lines, index)), class: 'syntax_error' }),
  },
  {
    pattern: new RegExp(`${lead}(\\S{1,300}\\.\\w{1,8}) \\((\\d+):\\d+\\): (.+)$`),
    cause([text, file, line, message], { lines, index }) {
      const by = /\(plugin ([\w@/:.-]+)\)|^\[([\w@/:.-]+)\]/.exec(text)
      const end = findLine(lines, /^\s*$/, index, 12)
      return fileFault(message!, { file, line: Number(line), span: [index, end === -1 ? index : end] }, by?.[1] ?? by?.[2])
    },
  },
  // `[plugin vite:css] src/style.css:1:0` and the exception on the next line.
  {
    pattern: /^\[plugin:? ?([\w@/:.-]+)\] (\S{1,300}?)(?::(\d+):\d+)?$/,
    cause([, plugin, file, line], { lines, index }) {
      const said = /^(?:(\w*(?:Error|Exception)): )?(.+)$/.exec(lines[index + 1] ?? '')
      if (!said) return undefined
      const message = said[2]!.replace(/^\[[\w-]+\] /, '').replace(/^\S+:\d+:\d+: /, '')
      const missing = /Failed to resolve (?:import ")?([^"\s]+)"? from/.exec(message)?.[1]
      const span = [index, index + 1] as const
      return missing === undefined ? fileFault(message, { file, ...(line !== undefined && { line: Number(line) }), span }, plugin) : { ...fromFile(missing, file!), span }
    },
  },
  {
    pattern: /^\[!\] \(plugin ([\w@/:. -]+)\) (?:\w*Error: )?(.+)$/,
    cause([, plugin, message], { lines, index }) {
      const file = /^(\S+\.\w{1,8})(?: \(\d+:\d+\))?$/.exec(lines[index + 1] ?? '')?.[1]
      return fileFault(message!, { file }, plugin)
    },
  },
  {
    pattern: /^\[!\] (\w*Error): (.+)$/,
    cause([, type, message]) {
      if (/^Cannot find module '\S*rollup\.config\.\w+'/.test(message!)) return { class: 'config_error', title: 'Rollup finds no configuration', key: ['no config'] }
      return nodeCause({ type: type!, code: undefined, message: message!, frames: [] })
    },
  },
]

/** Vite prints what Rollup and rolldown say below a line of its own. */
const viteRules: readonly Rule[] = [
  {
    pattern: /^failed to load config from (\S+)$/,
    cause([, file], { lines, index }) {
      const at = findLine(lines, /^\w*Error(?: \[\w+\])?: /, index + 1, 3)
      const [, type, message] = at === -1 ? [] : /^(\w*Error)(?: \[\w+\])?: (.+)$/.exec(lines[at]!) ?? []
      if (message === undefined || /^(?:Cannot find (?:module|package)|The requested module)/.test(message)) return undefined
      return { class: type === 'SyntaxError' ? 'syntax_error' : 'config_error', file, title: `${file} cannot be loaded: ${type}: ${message}`, key: ['config', file, type, message], span: [index, at] }
    },
  },
  ...rules,
  { pattern: /Failed to resolve entry for package "([^"]+)"/, cause: ([, module]) => ({ class: 'build_error', module, title: `Package ${module} has no entry that can be found`, key: ['no package entry', module] }) },
  // Of Vite 5 and before: `[shop-icons] icon cart is missing`, `[vite:css] …` in the first line, the file in the next.
  {
    pattern: /^\[([\w@/:.-]+)\] (?:\[[\w-]+\] )?(?:(\S{1,300}?):\d+:\d+: )?(.+)$/,
    cause([, plugin, place, message], { lines, index }) {
      if (!/^error during build:$/.test(lines[index - 1] ?? '')) return undefined
      const file = place ?? /^file: (\S{1,300}?)(?::\d+:\d+)?$/.exec(lines[index + 1] ?? '')?.[1]
      return fileFault(message!, { file }, plugin)
    },
  },
  {
    pattern: /^error during build:$/,
    cause(_, { lines, index }) {
      const at = findLine(lines, /^(?!Build failed with)\S/, index + 1, 6)
      return at === -1 ? undefined : { class: 'build_error', title: `The build fails: ${lines[at]}`, key: ['build', lines[at]], at, role: 'effect', span: [index, index] }
    },
  },
]

const viteSigns = ['Failed to resolve entry for package', /^vite v\d/m, /^error during build:$/m, /\[plugin:vite:/, /^\[vite\]/m]

/** Rollup, and Vite and others built upon it. */
export const rollup: Extractor = { tool: 'rollup', signs: [/^\[!\] /m], extract: ({ lines }) => findByRules(lines, rules) }
export const vite: Extractor = { tool: 'vite', signs: viteSigns, extract: ({ lines }) => findByRules(lines, viteRules) }
