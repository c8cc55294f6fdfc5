import { findLine, lineExtractor } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

/** shellcheck: `In run.sh line 6:`, the line, and marks with a code; or as a compiler prints. */
export const shellcheck = lineExtractor('shellcheck', [/\^-+\^? SC\d{4}/, /: \[?SC\d{4}\]?/, /\[SC\d{4}\]/], [
  {
    pattern: /^\s*\^-*\^? (SC\d{4}) \((\w+)\): (.+)$/,
    cause([, code, level, message], { lines, index }) {
      const at = [...Array(8).keys()].map((back) => index - 1 - back).find((each) => /^In (.+) line \d+:$/.test(lines[each] ?? ''))
      const file = at === undefined ? undefined : /^In (.+) line \d+:$/.exec(lines[at]!)![1]
      return { class: /^SC10\d\d$/.test(code!) && level === 'error' ? 'syntax_error' : 'lint_error', file, code, title: `${file}: ${message} (${code})`, key: [code, file], span: [at ?? index, index] }
    },
  },
  { pattern: /^(\S+?):(\d+):\d+: (error|warning|note|info|style): (.+?) \[(SC\d{4})\]$/, cause: ([, file, line, level, message, code]) => ({ class: /^SC10\d\d$/.test(code!) && level === 'error' ? 'syntax_error' : 'lint_error', file, line: Number(line), code, title: `${file}: ${message} (${code})`, key: [code, file] }) },
])

const terraformClasses: readonly (readonly [string, RegExp])[] = [
  ['missing_dependency', /Failed to query available provider|Inconsistent dependency lock|Missing required provider|Failed to install provider|Module not (?:installed|found)|Could not (?:download|load) (?:module|plugin)/i],
  ['syntax_error', /Invalid (?:block|expression|character|multi-line|attribute name|template)|Argument or block definition required|Unclosed|Missing (?:newline|item separator|attribute|key)|Extra characters|Unterminated/i],
  ['config_error', /undeclared|Unsupported|Invalid|Missing|Duplicate|Incorrect|required|No configuration files|not expected|Reference to|value for|conflict|Inconsistent|Backend|initiali[sz]/i],
]

/** Terraform and OpenTofu: `Error: what`, the place, and in prose what exactly. The box around it is drawn or not. */
export const terraform = lineExtractor('terraform', [/^[│|]? ?Error: .+\n(?:[│|]? ?\n)(?:[│|] {3}|  )on \S+ line \d+/m, /^[│|] Error: /m, /on \S+\.tf(?:vars)? line \d+/], [{
  pattern: /^([│|]? ?)Error: (.+)$/,
  cause([, , summary], { lines, index }) {
    const close = findLine(lines, /^╵|^[│|]? ?Error: |^╷/, index + 1, 40)
    const end = close === -1 ? Math.min(lines.length - 1, index + 15) : close - 1
    const body = lines.slice(index + 1, end + 1).map((line) => line.replace(/^[│|] ?/, '').trim())
    const [, file, line, block] = body.map((each) => /^on (\S+) line (\d+)(?:, in (.+?))?:?$/.exec(each)).find((each) => each !== null) ?? []
    const prose = body.filter((each) => each !== '' && !/^(?:on \S+ line \d+|\d+:|with |[╷╵])/.test(each)).slice(0, 4).join(' ')
    const text = `${summary} ${prose}`
    return {
      class: meaningOf(text) ?? terraformClasses.find(([, pattern]) => pattern.test(summary!))?.[0] ?? 'config_error', file, line: line === undefined ? undefined : Number(line), symbol: block,
      title: `${summary}${prose === '' ? '' : `: ${prose}`}`, key: [summary, prose, file, block], span: [index, end],
    }
  },
}])

/** Docker, BuildKit, Compose: the daemon's answers and Dockerfiles that cannot be read. A failed RUN is a wrapper of what ran. */
export const docker = lineExtractor('docker', ['Error response from daemon', 'Cannot connect to the Docker daemon', 'failed to solve', 'ERROR: failed to build', /^(?:error|ERROR): .*(?:Dockerfile|docker|container|image)/m, 'Dockerfile:', /^service ".*" /m, /^(?:unable to prepare context|invalid compose project|yaml: )/m], [
  { pattern: /(?:Cannot|Can't) connect to the Docker daemon/, cause: () => ({ class: 'network', title: 'The Docker daemon is not running', key: ['no daemon'] }) },
  { pattern: /permission denied while trying to connect to the Docker daemon/, cause: () => ({ class: 'permission_denied', title: 'The Docker daemon may not be used', key: ['daemon permission'] }) },
  {
    pattern: /(?:pull access denied for (\S+?),|manifest for (\S+) not found|failed to resolve source metadata for (\S+?):|(\S+): not found$)/,
    cause([line, denied, manifest, source]) {
      const image = denied ?? manifest ?? source
      return image === undefined ? undefined : { class: meaningOf(line) === 'network' ? 'network' : 'missing_dependency', module: image, title: `Image ${image} cannot be pulled`, key: ['image', image] }
    },
  },
  { pattern: /(?:failed to solve: )?(?:dockerfile parse error|Dockerfile parse error)(?: on)? line \d+: (.+)$/i, cause: ([, message]) => ({ class: 'syntax_error', title: `The Dockerfile cannot be parsed: ${message}`, key: ['dockerfile', message] }) },
  { pattern: /(?:failed to (?:compute cache key|calculate checksum of ref \S+)|COPY failed|ADD failed): (?:.*?: )?"?([^":]+)"?: not found|(?:COPY|ADD) failed: .*?stat (\S+): (?:file does not exist|no such file)/, cause: ([, file, other]) => ({ class: 'config_error', file: file ?? other, title: `${file ?? other} to be copied into the image does not exist`, key: ['copy', file ?? other] }) },
  { pattern: /process "(.+)" did not complete successfully: exit code: (\d+)/, cause: ([, command, code]) => ({ class: code === '137' ? 'oom' : 'build_error', title: `In the image's build ${command} fails`, key: ['run', command], role: 'effect' }) },
  { pattern: /failed to read dockerfile: open (\S+): no such file/, cause: ([, file]) => ({ class: 'config_error', file, title: `${file} does not exist`, key: ['no dockerfile', file] }) },
  { pattern: /^(?:docker: )?Error response from daemon: (.+?)\.?$/, cause: ([, message]) => ({ class: meaningOf(message!) ?? (/is already allocated|already in use|Conflict/.test(message!) ? 'network' : 'config_error'), title: `Docker: ${message}`, key: ['daemon', message] }) },
])

/** Prettier's check: the files above the line that says so. */
export const prettier = lineExtractor('prettier', [/^(?:\[warn\] )?Code style issues (?:found|were found) in/m, /^\[error\] \S+: SyntaxError: /m], [
  { pattern: /^\[error\] (\S+): SyntaxError: (.+?)(?: \(\d+:\d+\))?$/, cause: ([, file, message]) => ({ class: 'syntax_error', file, title: `Syntax error in ${file}: ${message}`, key: ['syntax', message, file] }) },
  { pattern: /^\[warn\] (\S+\.\w+)$/, cause: ([, file]) => ({ class: 'lint_error', file, title: `${file} is not formatted`, key: ['format', file] }) },
])

/** A script that checks deliverables, whoever wrote it: files that should be there and are not. */
export const deliverables = lineExtractor('deliverables', [/deliverables?\b/i], [
  { pattern: /^(?:MISSING|missing):? +(\S+)$/, cause: ([, file], { lines, index }) => (lines.slice(index + 1, index + 60).some((line) => /deliverables?\b/i.test(line)) || lines.slice(Math.max(0, index - 20), index).some((line) => /deliverables?\b/i.test(line)) ? missing(file!) : undefined) },
  { pattern: /\b(?:required |expected )?deliverable:? ['"]?([\w./@+-]+)['"]? (?:was not produced|is missing|does not exist|not found|was not (?:found|created))/i, cause: ([, file]) => missing(file!) },
  { pattern: /\bmissing (?:required )?deliverables?: ['"]?([\w./@+-]+)/i, cause: ([, file]) => missing(file!) },
  { pattern: /deliverables? (?:validation|check)s? (?:FAILED|failed)\b/, cause: () => ({ class: 'deliverables_validation_failed', title: 'Deliverables are missing or wrong', key: ['deliverables'], role: 'effect' }) },
])

function missing(file: string) {
  return { class: 'deliverables_validation_failed', file, title: `Deliverable ${file} is missing`, key: ['missing', file] }
}
