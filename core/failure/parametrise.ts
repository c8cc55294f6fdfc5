import type { FailureContext } from './context.ts'

/** One kind of text that varies without changing the cause. Applied in the order of the table: whole before part. */
interface Parameter { pattern: RegExp; with: string }

const fileEnding = String.raw`\.(?:[cm]?[jt]sx?|py|pyi|rb|go|rs|java|kt|c|cc|cpp|h|hpp|cs|php|sh|ya?ml|json|toml|xml|css|scss|vue|svelte|html|tf)`

const counts =
  /\b\d+(?=\s+(?:tests?|errors?|failures?|failed|passed|skipped|warnings?|problems?|packages?|files?|items?|more|times?|suites?|characters?|lines)\b)/gi

const parameters: readonly Parameter[] = [
  { pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, with: '{uuid}' },
  { pattern: /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|\s?[+-]\d\d:?\d\d)?)?/g, with: '{time}' },
  { pattern: /\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b/g, with: '{time}' },
  { pattern: /\b0x[0-9a-f]+\b/gi, with: '{address}' },
  { pattern: /\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g, with: '{hash}' },
  // localhost:28933, 127.0.0.1:8080, [::1]:9000
  { pattern: /\b(localhost|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]+\]):\d{2,5}\b/gi, with: '$1:{port}' },
  { pattern: /\bport(\s+|=|: ?)\d{2,5}\b/gi, with: 'port$1{port}' },
  { pattern: /\b(pid|process|tid|thread)(\s+|=|: ?|\[)\d+\b/gi, with: '$1$2{pid}' },
  { pattern: new RegExp(`(${fileEnding})(?::\\d+){1,2}\\b`, 'g'), with: '$1' },
  { pattern: new RegExp(`(${fileEnding})\\(\\d+(?:,\\d+)?\\)`, 'g'), with: '$1' },
  { pattern: /\b(lines?|columns?|col|char|offset|position)(\s+|=|: ?)\d+(?:\s*-\s*\d+)?\b/gi, with: '$1$2{n}' },
  { pattern: /\b\d+(?:[.,]\d+)?\s?(?:µs|us|ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b/g, with: '{duration}' },
  { pattern: /\b\d+(?:[.,]\d+)?\s?(?:[KMGT]i?B|bytes|B)\b/g, with: '{size}' },
  { pattern: /\b(attempt|retry|try)([-_ #]+)\d+(?:\s?(?:\/|of)\s?\d+)?\b/gi, with: '$1$2{n}' },
  { pattern: counts, with: '{n}' },
  // Ids and epochs; shorter numbers may be what the cause is about: a status, a code, an asserted value.
  { pattern: /\b\d{6,}\b/g, with: '{n}' },
]

const temporaryFolders = /(?:\/private)?\/(?:tmp|var\/tmp|var\/folders\/[^/\s]+\/[^/\s]+\/T)\//g
const absolutePath = /(?<![\w.:/}])(?:[A-Za-z]:)?\/(?:[\w.@+~{}-]+\/)+[\w.@+~{}-]+/g

/** Layer 3: replaces what varies without changing the cause, and keeps what names it. Idempotent. */
export function parametrise(text: string, context: FailureContext = {}): string {
  let result = relativise(text, context)
  for (const [name, value] of [['run', context.run], ['phase', context.phase], ['branch', context.branch]] as const) {
    // Shorter names are ordinary words more often than not.
    if (value !== undefined && value.length >= 6) result = result.replace(new RegExp(`(?<![\\w-])${escapePattern(value)}(?![\\w-])`, 'g'), `{${name}}`)
  }
  for (const { pattern, with: replacement } of parameters) result = result.replace(pattern, replacement)
  return result.replace(/[ \t]+/g, ' ').trim()
}

/** Makes paths below the checkout relative to the project and gives them one separator; what lies elsewhere keeps its last two parts. */
export function relativise(text: string, context: FailureContext = {}): string {
  let result = text.replace(/\b(?:[A-Za-z]:)?(?:\\[\w.@+~-]+){2,}/g, (path) => path.replaceAll('\\', '/')).replace(/(?<=[\w.@-])\\(?=[\w.@-]+\.\w+)/g, '/')
  result = result.replace(/file:\/\/(?=\/)/g, '')
  const roots: [string | undefined, string][] = [
    [context.projectRoot, ''], [context.workspace, ''], [context.attemptDir, '{attempt}/'],
  ]
  for (const [root, replacement] of roots) {
    const folder = root?.replaceAll('\\', '/').replace(/\/+$/, '')
    if (folder === undefined || folder.length < 2) continue
    result = result.replaceAll(`/private${folder}/`, replacement).replaceAll(`${folder}/`, replacement)
    result = result.replace(new RegExp(`${escapePattern(folder)}(?![\\w.-])`, 'g'), replacement === '' ? '.' : replacement)
  }
  for (const [root, replacement] of [[context.temporaryDir, '{temporary}/'], [context.home, '{home}/']] as const) {
    const folder = root?.replaceAll('\\', '/').replace(/\/+$/, '')
    if (folder !== undefined && folder.length >= 2) result = result.replaceAll(`${folder}/`, replacement)
  }
  return result
    .replace(temporaryFolders, '{temporary}/')
    .replace(/\{(temporary|home)\}\/[^\s'"`),:]*/g, (path) => `{…}/${path.split('/').slice(1).slice(-2).join('/')}`)
    .replace(absolutePath, (path) => `{…}/${path.split('/').slice(-2).join('/')}`)
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
