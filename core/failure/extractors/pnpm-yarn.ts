import { lineExtractor, type Found } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'
import { classOfStatus } from './curl.ts'

type Answer = Omit<Found, 'at'>
const wrapper = (title: string): Answer => ({ class: 'unknown', title, key: ['script', title], role: 'wrapper', confidence: 'low' })

const classesOfCode: readonly (readonly [RegExp, string])[] = [
  [/^(?:FETCH_404|NO_MATCHING_VERSION|PEER_DEP_ISSUES|WORKSPACE_PKG_NOT_FOUND|NO_VERSIONS|CANNOT_RESOLVE_\w+|SPEC_NOT_SUPPORTED\w*)/, 'missing_dependency'],
  [/^JSON_PARSE|^BROKEN_LOCKFILE|^INVALID_(?:PACKAGE|WORKSPACE)/, 'syntax_error'],
]
const lastPart = (url: string) => /((?:@[^/]+\/)?[^/]+)$/.exec(decodeURIComponent(url.replace(/%(?![0-9a-f]{2})/gi, '')))?.[1]
const hostOf = (text: string) => /(?:\w+:\/\/|ECONNREFUSED |ENOTFOUND |EAI_AGAIN )([^/:\s]+)/.exec(text)?.[1]

/** By pnpm's own code, else by what it passes on: an HTTP status, a network error. */
function byCode(code: string, message: string): Answer {
  const status = /^FETCH_(\d{3})$/.exec(code)?.[1]
  const name = /GET (\S+?):? /.exec(message)?.[1]
  if (status !== undefined) {
    const about = name === undefined ? undefined : lastPart(name.replace(/:$/, ''))
    if (status === '404') return { class: 'missing_dependency', module: about, code, title: `Package ${about} is not in the registry`, key: [code, about] }
    return { class: classOfStatus(status), module: about, code, title: `The registry answered HTTP ${status} for ${about}`, key: [code, about] }
  }
  if (code === 'META_FETCH_FAIL' || /^(?:FETCH|TARBALL)_FAIL/.test(code)) {
    const why = /\bE[A-Z_]{4,20}\b/.exec(message)?.[0]
    return { class: meaningOf(message) ?? 'network', code, title: `pnpm cannot reach ${hostOf(message)}: ${why ?? message}`, key: [code, hostOf(message), why] }
  }
  const said = message.replace(/ while fetching it from \S+$/, '').replace(/ found in \S+$/, '').replace(/^In [^:]{0,200}: /, '')
  return { class: classesOfCode.find(([pattern]) => pattern.test(code))?.[1] ?? meaningOf(message) ?? 'config_error', code, title: `pnpm: ${said}`, key: [code, said] }
}

/** pnpm: ` ERR_PNPM_FETCH_404  GET …`. Of scripts that fail it only says so. */
export const pnpm = lineExtractor('pnpm', [/\bERR_PNPM_[A-Z\d_]+/, /^.{0,40}ELIFECYCLE /m], [
  { pattern: /\bERR_PNPM_(RECURSIVE_\w+|LIFECYCLE)\s{1,4}(.*)$/, cause: ([, , message]) => wrapper(message!) },
  {
    pattern: /\bERR_PNPM_([A-Z\d_]+)\s{1,4}(.+)$/,
    cause([, code, message], { lines, index }) {
      const found = byCode(code!, message!)
      // The conflict or the reason is set off below.
      const detail = /^(?:PEER_DEP_ISSUES|OUTDATED_LOCKFILE|UNSUPPORTED_ENGINE)$/.test(code!)
        ? lines.slice(index + 1, index + 15).flatMap((line) => /✕ (.+)$|^\* (\d+ .+)$|^(Expected version: .+)$/.exec(line)?.slice(1).filter((each) => each !== undefined) ?? []).slice(0, 3)
        : []
      return detail.length === 0 ? found : { ...found, title: `${found.title}: ${detail.join(', ')}`, key: [...found.key, ...detail] }
    },
  },
  { pattern: /^.{0,40}ELIFECYCLE\s{1,4}(Command failed.*)$/, cause: ([, message]) => wrapper(message!) },
])

function yarnSaid(type: string | undefined, message: string): Answer {
  const status = /\b(?:Request failed "|status code |Response Code: )(\d{3})\b/.exec(message)?.[1]
  if (status !== undefined) return { class: status === '404' ? 'missing_dependency' : classOfStatus(status), code: status, title: `The registry answered HTTP ${status}: ${message}`, key: ['status', status, lastPart(/\w+:\/\/\S+?(?=[:"\s]|$)/.exec(message)?.[0] ?? '')] }
  const meant = meaningOf(message)
  const said = message.replace(/^"?\w+:\/\/[^/]+/, '')
  return { class: meant ?? (type === 'SyntaxError' ? 'syntax_error' : 'config_error'), title: `yarn: ${message}`, key: [type, meant === 'network' ? `${/\bE[A-Z_]{4,20}\b/.exec(message)?.[0] ?? ''} ${hostOf(message) ?? ''}` : said], confidence: 'medium' }
}

/** yarn, classic and berry. */
export const yarn = lineExtractor('yarn', [/^yarn (?:run |install |add |workspace )?v\d/m, /^info Visit https:\/\/yarnpkg\.com/m, /^➤ YN\d{4}: /m, /^error Command failed with exit code/m, /^error Couldn't find (?:any versions|package)/m, /^Usage Error: /m, /^error An unexpected error occurred: /m], [
  { pattern: /^error Command failed with (?:exit code|signal) "?(\w+)/, cause: ([, code]) => wrapper(`The command ended with ${code}`) },
  { pattern: /^error Command "([^"]+)" not found|^Usage Error: Couldn't find a script named "([^"]+)"/, cause: ([, classic, berry]) => ({ class: 'config_error', symbol: classic ?? berry, title: `There is no script ${classic ?? berry}`, key: ['no script', classic ?? berry] }) },
  { pattern: /^error (?:An unexpected error occurred: ")?Couldn't find (?:any versions for|package) "([^"]+)"(?: that matches "([^"]+)")?/, cause: ([, name, version]) => ({ class: 'missing_dependency', module: name, title: `There is no ${name}${version === undefined ? '' : `@${version}`} in the registry`, key: ['no package', name, version] }) },
  { pattern: /^error (?:Error: |An unexpected error occurred: ")?(\w+:\/\/\S+?): (?:Not found|\w{1,40})"?\.?$/i, cause: ([, url]) => ({ class: 'missing_dependency', module: lastPart(url!), title: `Package ${lastPart(url!)} is not in the registry`, key: ['no package', lastPart(url!)] }) },
  { pattern: /^error Your lockfile needs to be updated|YN0028: .{0,20}The lockfile would have been/, cause: () => ({ class: 'config_error', title: 'yarn.lock is not in step with package.json', key: ['lock'] }) },
  { pattern: /^error (\S+): The engine "([^"]+)" is incompatible with this module\. Expected version "([^"]+)"/, cause: ([, name, engine, version]) => ({ class: 'config_error', title: `${name} needs ${engine} ${version}`, key: ['engine', name, engine, version] }) },
  { pattern: /^error Found incompatible module/, cause: () => wrapper('A module is incompatible') },
  { pattern: /^➤ YN(?:0027|0082): .{0,20}?(\S+@\S+?):? (?:can't be resolved|No candidates found)/, cause: ([, name]) => ({ class: 'missing_dependency', module: name, title: `There is no ${name}`, key: ['no package', name] }) },
  { pattern: /^➤ YN0035: .{0,10}?(@?[\w./-]+)@\S+?: Package not found/, cause: ([, name]) => ({ class: 'missing_dependency', module: name, title: `Package ${name} is not in the registry`, key: ['no package', name] }) },
  { pattern: /^➤ YN0035: .{0,10}?Response (?:Code|Method|URL): (?!5|4(?:0[13]|29))/, cause: () => ({ class: 'network', title: 'The registry refused', key: ['response'], role: 'effect' }) },
  { pattern: /^➤ YN(0001|0009|0018|0035|0041|0056|0066|0080|0081): [│┌└ ]{0,6}(.+)$/, cause: ([, code, message]) => (code === '0009' ? wrapper(message!) : { ...yarnSaid(undefined, message!), ...(code === '0041' && { class: 'auth' }) }) },
  { pattern: /^(?:Usage|Internal) Error: (.+)$/, cause: ([, message]) => ({ class: 'config_error', title: `yarn: ${message}`, key: [message] }) },
  { pattern: /^error (?:An unexpected error occurred: "|(\w*Error): )?([A-Z"@/a-z][^\s:]* .{1,400}?)"?\.?$/, cause: ([text, type, message]) => type === undefined && /^error [a-z]/.test(text) && !/^error (?:An|connect|getaddrinfo|read|write)\b/.test(text) ? undefined : yarnSaid(type, message!) },
])
