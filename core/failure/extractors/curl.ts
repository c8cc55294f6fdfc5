import { lineExtractor } from '../extractor.ts'

/** The exit codes of curl that do not mean the network. */
const codes: Readonly<Record<string, string>> = {
  1: 'config_error', 2: 'config_error', 3: 'config_error', 4: 'config_error', 9: 'auth', 23: 'permission_denied', 26: 'config_error', 27: 'oom', 28: 'timeout', 37: 'config_error', 67: 'auth', 70: 'disk_full', 94: 'auth',
}

/** What an HTTP status means for who asked. */
export function classOfStatus(status: string): string {
  if (status === '401' || status === '403' || status === '407') return 'auth'
  if (status === '429' || status === '402') return 'rate_limit'
  return status === '408' || status === '504' ? 'timeout' : 'network'
}

function reason(code: string, message: string) {
  const status = /returned error: (\d{3})/.exec(message)?.[1]
  if (code === '22' && status !== undefined) return { class: classOfStatus(status), code: status, title: `The server answered HTTP ${status}`, key: ['status', status] }
  const host = /(?:resolve host:|resolve proxy:|connect to|Failed to connect to|host name) '?([\w.:[\]-]+?)'?(?: port|[;,]|\s|$)/.exec(message)?.[1]
  const said = message.replace(/ after \d+ (?:ms|milliseconds).*$/, '').replace(/ with \d+ (?:out of -?\d+ )?bytes? .*$/, '').replace(/ port \d+/, '')
  return { class: codes[code] ?? 'network', code, title: `curl: ${said}`, key: [code, host ?? said] }
}

/** curl and wget. Of retries the last answer counts: they are one. */
export const curl = lineExtractor('curl', [/\bcurl: (?:\(\d+\)|option )/, /^wget: /m, /^\S{0,40} ?ERROR \d{3}: /m], [
  { pattern: /\bcurl: \((\d{1,3})\) (.+)$/, cause: ([, code, message]) => ({ ...reason(code!, message!), confidence: 'medium' }) },
  { pattern: /^curl: (option .{1,200})$/, cause: ([, message]) => ({ class: 'config_error', title: `curl: ${message}`, key: ['option', message], confidence: 'medium' }) },
  { pattern: /\bERROR (\d{3}): [A-Z]/, cause: ([, status], { before }) => !before(4).some((line) => /request sent|^--|^\w+:\/\/\S+:$|wget/.test(line)) ? undefined : ({ class: classOfStatus(status!), tool: 'wget', code: status, title: `The server answered HTTP ${status}`, key: ['status', status], confidence: 'medium' }) },
  { pattern: /^wget: unable to resolve host address '([^']+)'/, cause: ([, host]) => ({ class: 'network', tool: 'wget', title: `wget: no address for ${host}`, key: ['resolve', host], confidence: 'medium' }) },
])
