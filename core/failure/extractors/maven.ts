import { lineExtractor, type Found } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

const artifact = String.raw`([\w.-]+:[\w.-]+(?::[\w.-]+){0,3})`
const missing = (name: string, what = 'Artifact') => ({ class: 'missing_dependency', module: name, title: `${what} ${name} is missing`, key: ['no artifact', name] })

/** `Failed to execute goal … on project shop: why -> [Help 1]`. */
function goal(name: string, project: string, why: string): Omit<Found, 'at'> {
  const wrapper = { class: 'build_error', title: `Maven's goal ${name} fails: ${why}`, key: ['goal', name], role: 'wrapper' as const }
  if (why === '' || /^(?:There (?:are|were) (?:some )?(?:test failures|errors)|Compilation failure|Fatal error compiling|Command execution failed|An Ant BuildException|Some Enforcer rules|You have \d+)/.test(why)) return wrapper
  return resolution(why) ?? { class: meaningOf(why) ?? 'config_error', code: name, title: `Maven's goal ${name} fails: ${why}`, key: ['goal', name, why.replaceAll(project, '{project}')] }
}

function resolution(why: string): Omit<Found, 'at'> | undefined {
  const name = new RegExp(`(?:Could not (?:find artifact|transfer artifact)|the artifact|Failure to find|The following artifacts could not be resolved: |dependency: |Plugin |artifact descriptor for) ?${artifact}`).exec(why)?.[1]
  if (name === undefined) return undefined
  const meaning = meaningOf(why)
  if (meaning === 'network' || meaning === 'auth' || meaning === 'timeout') return { class: meaning, module: name, title: `Maven cannot download ${name}: ${why.slice(-150)}`, key: ['download', name, meaning] }
  return missing(name.replace(/:jar(?=:)|:pom(?=:)/, ''))
}

/** Maven itself; what compilers and tests said stands before it. */
export const maven = lineExtractor('maven', [/^(?:\[(?:ERROR|FATAL)\] )+(?:Failed to execute goal|Some problems were encountered|The build could not read|Unknown lifecycle phase|No plugin found for prefix|Plugin |The goal you specified|'\w|Non-|Could not|Error resolving|Unable to parse)/m, /^\[INFO\] BUILD FAILURE$/m, /^\[FATAL\] /m], [
  {
    pattern: /^(?:\[(?:ERROR|FATAL)\] ?)*\s*(Non-(?:readable|parseable|resolvable)) (?:parent )?POM(?: (?:for )?(\S+?))?: (.+)$/,
    cause([, how, file, text]) {
      const message = text!.replace(/ \(position: .*$|,? parser stopped .*$| ?@ ?(?:line )?\d+.*$|\bfrom line \d+/g, '').replace(/ -> \[Help \d+\]$/, '').trim()
      if (how === 'Non-resolvable') return resolution(message) ?? { class: 'missing_dependency', title: `The parent of the POM is missing: ${message}`, key: ['parent', message] }
      return { class: 'config_error', file, title: `${file} cannot be read: ${message}`, key: ['POM', message, file] }
    },
  },
  {
    pattern: /^(?:\[(?:ERROR|FATAL)\] ?)*\s*'([\w.]+)' (?:for (\S+) )?(is missing|must be .{1,120}?|contains .{1,120}?|with value .{1,120}?)\.?(?: @ .*)?$/,
    cause: ([, field, of, what]) => ({ class: 'config_error', symbol: field, title: `pom.xml: ${field}${of === undefined ? '' : ` of ${of}`} ${what}`, key: ['POM field', field, of, what] }),
  },
  { pattern: /^(?:\[ERROR\] )?Unknown lifecycle phase "([^"]+)"/, cause: ([, phase]) => ({ class: 'config_error', symbol: phase, title: `Maven knows no phase ${phase}`, key: ['no phase', phase] }) },
  { pattern: /^(?:\[ERROR\] )?No plugin found for prefix '([^']+)'/, cause: ([, prefix]) => ({ class: 'missing_dependency', module: prefix, title: `Maven finds no plugin ${prefix}`, key: ['no plugin', prefix] }) },
  { pattern: /^(?:\[ERROR\] )?The goal you specified requires a project to execute but there is no POM/, cause: () => ({ class: 'config_error', title: 'Maven finds no pom.xml', key: ['no POM'] }) },
  { pattern: /^\[(?:ERROR|WARNING)\] Rule \d+: (\S+) failed with message:$/, cause: ([, rule], { lines, index }) => ({ class: 'config_error', code: rule, title: `Enforcer: ${lines[index + 1]?.replace(/^\[ERROR\] /, '') ?? rule}`, key: ['enforcer', rule, lines[index + 1]], span: [index, Math.min(index + 1, lines.length - 1)] }) },
  {
    pattern: new RegExp(`^\\[ERROR\\] (Plugin ${artifact} or one of its dependencies could not be resolved.*)$`),
    cause([, why, name]) {
      const meaning = meaningOf(why!)
      return meaning === 'network' || meaning === 'auth' ? { class: meaning, module: name, title: `Maven cannot download the plugin ${name}`, key: ['download', name, meaning] } : missing(name!, 'Maven plugin')
    },
  },
  {
    pattern: /^\[ERROR\] Failed to execute goal (?:([\w.-]+(?::[\w.-]+){1,4})(?: \([\w-]+\))? )?on project (\S+?): (.*?)(?: -> \[Help \d+\])?$/,
    cause: ([, name, project, why]) => goal((name ?? '').split(':').slice(1).filter((part) => !/^\d/.test(part)).join(':') || 'of dependencies', project!, why!.trim()),
  },
  { pattern: /^\[ERROR\] (?:The build could not read|Some problems were encountered)|^\[INFO\] BUILD FAILURE$|^(?:\[ERROR\] )+Some problems/, cause: () => ({ class: 'build_error', title: 'The Maven build fails', key: ['fails'], role: 'wrapper' }) },
])
