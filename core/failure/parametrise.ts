import type { FailureContext } from './context.ts'
import { pathLocaliser } from './roots.ts'

/** One kind of text that varies without changing the cause. Applied in the order of the table: whole before part. */
interface Parameter { pattern: RegExp; with: string | ((text: string) => string) }

const fileEnding = String.raw`\.(?:[cm]?[jt]sx?|py|pyi|rb|go|rs|java|kt|kts|scala|groovy|gradle|swift|m|c|cc|cpp|cxx|h|hh|hpp|cs|fs|php|pl|pm|lua|ex|exs|erl|hs|ml|sh|bash|ya?ml|json|jsonc|toml|xml|css|scss|less|vue|svelte|astro|html|tf|txt|cmake|md|sql|proto|ini|cfg|conf|mk)`

const counts =
  /\b\d+(?=\s+(?:tests?|errors?|failures?|failed|passed|passing|failing|skipped|warnings?|problems?|packages?|files?|items?|more|times?|suites?|characters?|lines|tokens|retries|runs?|assertions?|examples?|specs?|jobs?|tasks?|targets?|checks?)\b)/gi

const parameters: readonly Parameter[] = [
  // Ids in the path of a URL: /v1/items/373.
  { pattern: /\bhttps?:\/\/[^\s'"<>()`]{1,500}/g, with: (url) => url.replace(/\/\d+(?=[/?#]|$)/g, '/{id}') },
  { pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, with: '{uuid}' },
  { pattern: /\b\d{4}-\d\d-\d\d(?:[T_ ]\d\d[:_]\d\d(?:[:_]\d\d)?(?:[.,_]\d{1,9})?(?:Z|\s?[+-]\d\d:?\d\d)?)?/g, with: '{time}' },
  { pattern: /\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?\b/g, with: '{time}' },
  { pattern: /\b\d{1,2}:\d\d ?[ap]m\b/gi, with: '{time}' },
  { pattern: /\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} \d{1,2}(?:,? \d{4})?\b/g, with: '{time}' },
  // A short hexadecimal number is a value more often than an address.
  { pattern: /\b0x[0-9a-f]{5,16}\b/gi, with: '{address}' },
  // Prefixed ids of services: req_011CU2UN…, run_98ebfc8dfc, msg_01AbC…
  { pattern: /\b(req|run|msg|chatcmpl|sess|session|org|user|acct|call|toolu|resp|job|trace|span|task|build)([_-])(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{8,64}\b/g, with: '$1$2{id}' },
  { pattern: /\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g, with: '{hash}' },
  { pattern: /\b(?=[0-9A-F]*[A-F])(?=[0-9A-F]*\d)[0-9A-F]{12,64}\b/g, with: '{hash}' },
  { pattern: new RegExp(`(${fileEnding})(?::\\d{1,7}){1,2}\\b`, 'g'), with: '$1' },
  { pattern: new RegExp(`(${fileEnding})[([]\\d{1,7}(?:[,:]\\d{1,7})?[)\\]]`, 'g'), with: '$1' },
  // Names that a program made up: cache-908d, tmp_4f2a, worker-3.
  { pattern: /\b(cache|te?mp|run|job|build|worker|session|shard|sandbox|ws|wt)([-_.])(?=[0-9a-f]*\d)[0-9a-f]{2,12}\b/gi, with: '$1$2{id}' },
  { pattern: /(?<=\w)([-_])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{4,6}\b/g, with: '$1{id}' },
  // localhost:28933, 127.0.0.1:8080, [::1]:9000, api.internal:8443
  { pattern: /\b(localhost|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]{2,40}\]|(?:[a-z][\w-]{0,40}\.){1,6}[a-z]{2,10}):\d{2,5}\b(?!\.\d)/gi, with: '$1:{port}' },
  { pattern: /(\[::1?\]|::1?):\d{2,5}\b/g, with: '$1:{port}' },
  { pattern: /\bport(\s{1,4}|=|: ?)\d{2,5}\b/gi, with: 'port$1{port}' },
  { pattern: /\b(pid|process|tid|thread|goroutine|worker|shard)(\s{1,4}|=|: ?|\[|[-#])\d+\b/gi, with: '$1$2{pid}' },
  { pattern: /\b(lines?|columns?|col|char|offset|position)(\s{1,4}|=|: ?)\d+(?:\s?-\s?\d+)?\b/gi, with: '$1$2{n}' },
  { pattern: /\b\d+(?:[.,]\d+)?\s?(?:µs|us|ns|ms|millis(?:econds?)?|microseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?)\b(?!\/)/g, with: '{duration}' },
  { pattern: /\b\d+(?:[.,]\d+)?\s?(?:[KMGT]i?B|bytes|B)\b/g, with: '{size}' },
  { pattern: /\b(attempt|retry|try|retries)([-_ #:]{1,3})\d+(?:\s?(?:\/|of)\s?\d+)?\b/gi, with: '$1$2{n}' },
  { pattern: counts, with: '{n}' },
  // Ids and epochs; shorter numbers may be what the cause is about: a status, a code, an asserted value.
  { pattern: /\b\d{6,}\b/g, with: '{n}' },
]

/** Layer 3: replaces what varies without changing the cause, and keeps what names it. Idempotent. */
export function parametrise(text: string, context: FailureContext = {}): string {
  let result = relativise(text, context)
  // Where the root had to be guessed, a checkout's own folder may be left in front: `/ci/attempt-2/app/main.py`.
  if (!hasRoot(context)) result = result.replace(/(?<![\w./\\@}-])(?:(?:app|repo|checkout|source|workspace|project|code)\/){1,3}(?=[\w.@-])/g, '')
  for (const [name, value] of [['run', context.run], ['phase', context.phase], ['branch', context.branch]] as const) {
    if (value === undefined) continue
    // `syntax`, `export`: one word is a phase's name only where the text says so, and else what every other phase reads there too. So are short names.
    const called = value.length < 6 || /^[A-Za-z]+$/.test(value) ? `(?<=\\b${name}[ :=]{1,2}["'\`]?)` : ''
    result = result.replace(new RegExp(`(?<![\\w-])${called}${escapePattern(value)}(?![\\w-])`, 'g'), `{${name}}`)
  }
  for (const { pattern, with: replacement } of parameters) result = typeof replacement === 'string' ? result.replace(pattern, replacement) : result.replace(pattern, replacement)
  return result.replace(/[ \t\n]+/g, ' ').trim()
}

const temporaryFolders = /(?:\/private)?\/(?:tmp|var\/tmp|var\/folders\/[^/\s]{1,80}\/[^/\s]{1,80}\/T)\//g
const temporaryName = /\{(temporary|home)\}\/[^\s'"`),:;\]]*/g
const absolutePath = /(?<![\w.:/}@-])(?:[A-Za-z]:)?\/(?:[\w.@+~{}=-]+\/)+[\w.@+~{}=-]+/g
const localFile = /\bfile:\/\/\/?(?=\/|[A-Za-z]:\/)/g

/** Makes paths below the checkout relative to the project and gives them one separator; what lies elsewhere keeps its last two parts. */
export function relativise(text: string, context: FailureContext = {}): string {
  if (!text.includes('/') && !text.includes('\\')) return text
  let result = text.includes('\n') ? text.split('\n').map(pathLocaliser(context)).join('\n') : pathLocaliser(context)(text)
  result = result.replace(localFile, '')
  for (const [root, replacement] of [[context.attemptDir, '{attempt}'], [context.temporaryDir, '{temporary}'], [context.home, '{home}']] as const) {
    const folder = root?.replaceAll('\\', '/').replace(/\/+$/, '')
    if (folder !== undefined && folder.length >= 2) result = result.replaceAll(`${folder}/`, `${replacement}/`)
  }
  return result
    .replace(temporaryFolders, '{temporary}/')
    .replace(temporaryName, (path) => `{…}/${steady(path.split('/').slice(1)).slice(-2).join('/')}`)
    .replace(absolutePath, (path) => `{…}/${path.split('/').slice(-2).join('/')}`)
}

/** Without the folders whose names were made up, and with a placeholder for such a file. */
function steady(parts: readonly string[]): string[] {
  return parts.flatMap((part, index) => (!isMadeUp(part) ? [part] : index === parts.length - 1 ? ['{id}'] : []))
}

function isMadeUp(name: string): boolean {
  return /^(?:tmp|temp)[\w.-]{4,}$|[-_.]\d+$|^(?=[0-9a-f]*\d)[0-9a-f]{6,}$/i.test(name) || /[-_.](?=[A-Za-z0-9]*[A-Z\d])[A-Za-z0-9]{6,12}$/.test(name)
}

function hasRoot({ projectRoot, workspace }: FailureContext): boolean {
  return projectRoot !== undefined || workspace !== undefined
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
