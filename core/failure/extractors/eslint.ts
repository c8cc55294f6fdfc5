import { findByRules, findLine, findLineBefore, type Extractor, type Found, type Place, type Rule } from '../extractor.ts'

/** Parsing errors have no rule; a rule that does not exist is the configuration's fault and is reported at each file. */
function problem(file: string | undefined, line: string, message: string, rule: string | undefined): Omit<Found, 'at'> {
  const said = message.trim().replace(/\.$/, '')
  const parsing = /^(?:Parsing error: |Fatal: Parsing error)(.*)$/.exec(said)
  const unknownRule = /^Definition for rule '([^']+)' not found/.exec(said)?.[1]
  if (unknownRule !== undefined) return { class: 'config_error', symbol: unknownRule, title: `ESLint does not know the rule ${unknownRule}`, key: ['unknown rule', unknownRule] }
  const title = `${file}: ${said}${rule === undefined ? '' : ` (${rule})`}`
  return { class: parsing ? 'syntax_error' : 'lint_error', file, line: Number(line), code: rule, title, key: [parsing ? 'parse' : rule, said, file] }
}

/** Files head the list of their problems. */
function headOf({ lines, index }: Place): string | undefined {
  const at = findLineBefore(lines, /^\S/, index, 400)
  return at === -1 ? undefined : /^(?:\.\/)?(\S.{0,400}?\.\w{1,8}|<\w+>)$/.exec(lines[at]!)?.[1]
}

function listed(level: RegExp): Rule {
  return {
    pattern: /^\s*(?:Line )?(\d+):(\d+):?\s{1,8}(?:(error|warning|Error:|Warning:)\s{1,4})?(\S.*?)(?:\s{2,}([@a-z][\w@/-]{1,80}))?$/,
    cause([, line, , severity, message, rule], place) {
      const file = headOf(place)
      if (file === undefined || (severity === undefined && rule === undefined) || !level.test(severity ?? 'error')) return undefined
      return problem(file, line!, message!, rule)
    },
  }
}

const errors: readonly Rule[] = [
  listed(/^error/i),
  { pattern: /^(\S.{0,400}?):(\d+):\d+: (.+) \[Error(?:\/([\w@/-]+))?\]$/, cause: ([, file, line, message, rule]) => problem(file, line!, message!, rule) },
  { pattern: /^(\S.{0,400}?): line (\d+), col \d+, Error - (.+?)(?: \(([\w@/-]+)\))?$/, cause: ([, file, line, message, rule]) => problem(file, line!, message!, rule) },
]

const own = /^(?:ESLint|No files matching|All files matched by|Key |\S*Error|Invalid option|Failed to load|Cannot read config)/

const setup: readonly Rule[] = [
  {
    pattern: /^ESLint couldn't find (?:an eslint\.config|a configuration file)/,
    cause: () => ({ class: 'config_error', title: 'ESLint finds no configuration', key: ['no config'] }),
  },
  {
    pattern: /^ESLint couldn't find the (plugin|config) "([^"]+)"/,
    cause: ([, kind, name]) => ({ class: 'missing_dependency', module: name, title: `ESLint does not find the ${kind} ${name}`, key: ['no', kind, name] }),
  },
  {
    pattern: /^(?:\S*Error: )?Failed to load (plugin|parser|config) '([^']+)' declared in '([^']+)'.{0,40}?: (.+)$/,
    cause: ([, kind, name, , message]) => ({ class: message!.startsWith('Cannot find module') ? 'missing_dependency' : 'config_error', module: name, title: `ESLint cannot load the ${kind} ${name}: ${message}`, key: ['load', kind, name, message] }),
  },
  {
    pattern: /^(?:No files matching(?: the pattern)?|All files matched by) ['"](.+?)['"] (?:were found|are ignored)/,
    cause: ([, pattern]) => ({ class: 'config_error', title: `ESLint finds no files for ${pattern}`, key: ['no files', pattern] }),
  },
  {
    pattern: /^(?:\S*Error: )?(?:Config .{1,100}: )?Key "[^"]{1,80}": (.+)$/,
    cause([, message], { lines, index }) {
      const end = lines.findIndex((line, at) => at > index && !/^\s+\S/.test(line))
      return { class: 'config_error', title: `ESLint's configuration is wrong: ${message}`, key: ['config', message], span: [index, end === -1 ? index : end - 1] }
    },
  },
  {
    pattern: /^(?:\S*Error: )?ESLint configuration in (\S.{0,200}?) is invalid:$/,
    cause: ([, file], { lines, index }) => ({ class: 'config_error', file, title: `${file} is wrong: ${(lines[index + 1] ?? '').replace(/^[\s-]+/, '')}`, key: ['config', file, lines[index + 1]?.trim()], span: [index, index + 1] }),
  },
  {
    pattern: /^Occurred while linting (\S.{0,400}?)(?::\d+)?$/,
    cause([, file], { lines, index }) {
      const rule = /^Rule: "([^"]+)"$/.exec(lines[index + 1] ?? '')?.[1]
      const message = (lines[index - 1] ?? '').trim()
      const end = findLine(lines, /^(?!\s+at )/, index + 2, 30)
      // Which file was read first is chance.
      return { class: 'crash', file, code: rule, title: `ESLint's rule ${rule ?? ''} crashes: ${message}`, key: ['rule', rule, message], span: [index - 1, end === -1 ? index + 1 : end - 1] }
    },
  },
  { pattern: /^Invalid option '(.+?)' - /, cause: ([, option]) => ({ class: 'config_error', title: `ESLint does not know the option ${option}`, key: ['option', option] }) },
]

const oops = 'Oops! Something went wrong! :('

/** ESLint: stylish, unix and compact lists, as Next.js and Create React App print them, and what is wrong with its configuration. */
export const eslint: Extractor = {
  tool: 'eslint',
  signs: [/^\s+\d+:\d+\s+(?:error|warning)\s+\S/m, /^\d+:\d+\s+(?:Error|Warning): /m, /^\s+Line \d+:\d+:\s/m, oops, /^\d+ problems?$/m, /^ESLint couldn't find /m, /^Invalid option '.+?' - /m],
  extract({ lines }) {
    const broken = lines.includes(oops) || lines.some((line) => own.test(line) && /^(?:ESLint couldn't|Invalid option)/.test(line))
    const found = findByRules(lines, errors)
    if (found.length > 0 && !broken) return [...found, ...warningEchoes(lines)]
    if (broken) return [...findByRules(lines, setup), ...failed(lines)]
    const limit = lines.findIndex((line) => line.startsWith('ESLint found too many warnings'))
    return limit === -1 ? [] : findByRules(lines, [listed(/^warning/i)]).map((warning) => ({ ...warning, evidence: [warning.at, limit] }))
  },
}

function failed(lines: readonly string[]): Found[] {
  const at = lines.indexOf(oops)
  return at === -1 ? [] : [{ class: 'config_error', title: 'ESLint could not run', key: ['oops'], at, role: 'effect' }]
}

function warningEchoes(lines: readonly string[]): Found[] {
  return findByRules(lines, [{ pattern: /^\s+\d+:\d+\s+warning\s/, cause: () => ({ class: 'lint_error', title: '', key: [], role: 'echo' as const }) }])
}
