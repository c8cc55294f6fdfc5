import { findLine, mostFinds, type Extractor, type Found } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'
import { classOfStatus } from './curl.ts'
import { exceptions } from './node.ts'

const prefix = /^npm (?:ERR!|error)(?: |$)/
const configCodes = /^(?:EUSAGE|EBADENGINE|EBADPLATFORM|EINTEGRITY|ENOWORKSPACES|EINVALIDPACKAGENAME|EINVALIDTAGNAME|ENOTSUP|EEXIST|EOVERRIDE|EPKGLIFECYCLE|EDUPLICATEWORKSPACE|EBADDEVENGINES)$/

type Answer = Omit<Found, 'at' | 'span'>

/** What npm says after `npm error code X`, by that code; undefined for codes of the command that it started. */
function answer(code: string, lines: readonly string[]): Answer | undefined {
  const text = lines.join('\n')
  const first = (pattern: RegExp) => pattern.exec(text)
  const said = (lines.find((line) => line.trim() !== '' && !/^(?:code|syscall|path|errno|dest|command|signal) /.test(line)) ?? code).replace(/^\w+ (?=[A-Z])/, '').trim()
  if (code === 'ERESOLVE') {
    const [, wanted, by] = first(/^(?:(?:peer|dev|optional|peerOptional) )?(\S+@"[^"]*") from ((?:@[^@\s]+\/)?[^@\s]+)@/m) ?? []
    const conflict = first(/^(?:peer|peerOptional) (\S+@"[^"]*") from ((?:@[^@\s]+\/)?[^@\s]+)@/m)
    const [peer, plugin] = [conflict?.[1] ?? wanted, conflict?.[2] ?? by]
    return { class: 'missing_dependency', module: plugin, title: `${plugin} needs ${peer?.replaceAll('"', '')}, which others do not allow`, key: [code, peer, plugin] }
  }
  if (code === 'EUSAGE') {
    if (/existing package-lock\.json/.test(text)) return { class: 'config_error', title: 'npm ci finds no package-lock.json', key: ['no lock'] }
    const missing = first(/^((?:Missing|Invalid): .+)$/m)?.[1]
    if (/in sync/.test(text)) return { class: 'config_error', title: `package-lock.json is not in step with package.json${missing === undefined ? '' : `: ${missing}`}`, key: ['lock', missing] }
    return { class: 'config_error', title: `npm: ${said}`, key: [code, said] }
  }
  if (code === 'EJSONPARSE') {
    const [, file = 'package.json', message] = first(/Invalid (\S*package(?:-lock)?\.json): (?:\w*Error: )?(.+?)(?: while parsing.*)?$/m) ?? first(/(?:path |file )(\S+\.json)[\s\S]{0,300}?(?:\w*Error: |JSON\.parse )(.+?)(?: while parsing.*)?$/m) ?? []
    return { class: 'syntax_error', file, title: `${file} cannot be parsed: ${message ?? said}`, key: [code, file, message ?? said] }
  }
  const status = /^E([45]\d\d)$/.exec(code)?.[1]
  if (status !== undefined) {
    const url = first(/(?:GET|PUT|POST) (\S+)/)?.[1]
    const name = decodeURIComponent((url ?? first(/'([^']+?)(?:@[^@']*)?' is not in/)?.[1] ?? '').replace(/%(?![0-9a-f]{2})/gi, '')).replace(/\/-\/.*$/, '')
    const about = /((?:@[^/]+\/)?[^/]+)$/.exec(name)?.[1]
    if (status === '404') return { class: 'missing_dependency', module: about, code, title: `Package ${about} is not in the registry`, key: [code, about] }
    return { class: classOfStatus(status), module: about, code, title: `The registry answered HTTP ${status}${about === undefined ? '' : ` for ${about}`}`, key: [code, about] }
  }
  if (code === 'ETARGET') {
    const wanted = first(/No matching version found for (\S+?)\.?(?:\s|$)/)?.[1]
    return { class: 'missing_dependency', module: wanted, title: `There is no ${wanted}`, key: [code, wanted] }
  }
  const host = first(/(?:request to \w+:\/\/|(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT) )([^/:\s]+)/)?.[1]
  const meant = meaningOf(`${code} ${said}`)
  if (meant === 'network' || meant === 'timeout') return { class: meant, code, title: `npm cannot reach ${host ?? 'the registry'}: ${code}`, key: [code, host] }
  if (meant === 'disk_full') return { class: meant, code, title: 'npm cannot write: the disk is full', key: [code] }
  const path = first(/^path (.+)$/m)?.[1]
  if (code === 'ENOENT' && /package\.json/.test(path ?? '')) return { class: 'config_error', file: path, title: `${path} does not exist`, key: [code, path] }
  if (meant === 'permission_denied') return { class: meant, code, file: path, title: `npm may not change ${path ?? 'a file'}: ${code}`, key: [code, path] }
  if (/^(?:\d+|ELIFECYCLE|EPKGLIFECYCLE)$/.test(code)) return undefined
  const detail = first(/^(?:notsup|engine) (Not compatible .+|Unsupported platform .+?)(?: \(current.*)?$/m)?.[1] ?? said
  const required = first(/^notsup Required: (.+)$/m)?.[1]
  return { class: meant ?? (configCodes.test(code) ? 'config_error' : code.startsWith('ENEEDAUTH') || code === 'EOTP' ? 'auth' : 'config_error'), code, title: `npm: ${detail}${required === undefined ? '' : `: ${required}`}`, key: [code, detail.replace(/sha\d+-\S+/g, '{hash}'), required] }
}

/** What npm says without a code. */
const plain: readonly (readonly [pattern: RegExp, make: (match: RegExpExecArray) => Answer])[] = [
  [/^[Mm]issing script: "?([^"\s]+)"?/, ([, script]) => ({ class: 'config_error', symbol: script, title: `There is no script ${script}`, key: ['no script', script] })],
  [/^No workspaces found/, () => ({ class: 'config_error', title: 'npm finds no such workspace', key: ['no workspace'] })],
  [/^could not determine executable to run/, () => ({ class: 'missing_dependency', title: 'npx finds no such program', key: ['no executable'] })],
  [/^(?:Invalid Version|Invalid tag name|Unknown command|Tracker .{1,40} already exists|Exit handler never called)(.*)$/, ([text]) => ({ class: 'config_error', title: `npm: ${text}`, key: [text] })],
]

/** npm, of every version (`npm ERR!`, `npm error`). Where a command that it started failed, it only wraps. */
export const npm: Extractor = {
  tool: 'npm',
  signs: [/^npm (?:ERR!|error)(?: |$)/m],
  extract({ lines }) {
    const finds: Found[] = []
    for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
      if (!prefix.test(lines[index]!)) continue
      const end = endOf(lines, index)
      const block = lines.slice(index, end + 1).filter((line) => prefix.test(line)).map((line) => line.replace(prefix, ''))
      finds.push(...fromBlock(block, lines, [index, end]))
      index = end
    }
    return finds
  },
}

/** Notices and warnings come between; a second `code` begins another failure. */
function endOf(lines: readonly string[], start: number): number {
  let end = start
  for (let index = start + 1; index < lines.length && index < start + 400; index++) {
    if (!/^npm (?:ERR!|error|warn|WARN|notice)/.test(lines[index]!) && lines[index]!.trim() !== '') break
    if (/^npm (?:ERR!|error) code /.test(lines[index]!) && lines.slice(start, index).some((line) => /^npm (?:ERR!|error) code /.test(line))) break
    if (prefix.test(lines[index]!)) end = index
  }
  return end
}

function fromBlock(block: readonly string[], lines: readonly string[], span: readonly [number, number]): Found[] {
  const code = block.map((line) => /^code (\S+)$/.exec(line)?.[1]).find((each) => each !== undefined)
  const found = (code === undefined ? undefined : answer(code, block.filter((line) => !line.startsWith('code ')))) ?? firstPlain(block)
  if (found) return [{ ...found, at: span[0], span, evidence: evidenceOf(lines, span) }]
  const gyp = block.map((line) => /^gyp ERR! stack Error: (.+)$/.exec(line)?.[1]).find((each) => each !== undefined)
  if (gyp !== undefined) return [{ class: 'build_error', title: `node-gyp: ${gyp}`, key: ['gyp', gyp], at: span[0], span, evidence: evidenceOf(lines, span) }]
  const inner = exceptions(block).map((each) => ({ ...each, at: span[0], span, evidence: [span[0] + each.at] }))
  if (inner.length > 0) return inner
  const command = block.map((line) => /^command (?:\S+ -c )?(?:-- )?(.+)$/.exec(line)?.[1]).find((each) => each !== undefined && each !== 'failed')
  const at = findLine(lines, /command/, span[0], span[1] - span[0] + 1)
  return [{ class: 'unknown', title: `${command ?? 'A script'} fails`, key: ['script', command], at: at === -1 ? span[0] : at, role: 'wrapper', confidence: 'low' }]
}

function firstPlain(block: readonly string[]): Answer | undefined {
  for (const line of block) {
    for (const [pattern, make] of plain) {
      const match = pattern.exec(line.trim())
      if (match) return make(match)
    }
  }
  return undefined
}

function evidenceOf(lines: readonly string[], [from, to]: readonly [number, number]): number[] {
  const shown: number[] = []
  for (let index = from; index <= to && shown.length < 8; index++) if (prefix.test(lines[index]!) && lines[index]!.replace(prefix, '').trim() !== '') shown.push(index)
  return shown
}
