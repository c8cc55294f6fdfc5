import { findLine, findLineBefore, type Extractor, type Found } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

/** Reasons that only say that what ran in a task failed. */
const wrapping = /^(?:Compilation (?:failed|error)|There were failing tests|Process '.{1,300}' finished with non-zero exit value|A failure occurred while executing|.{0,80}violations? (?:were|was) found|Execution failed for task|Some problems were found|Lint found errors|java\.lang\.reflect)/

function describe(reasons: readonly string[], all: string, where: { file?: string; line?: number }): Omit<Found, 'at'> {
  const task = /Execution failed for task '([^']+)'/.exec(all)?.[1]
  const started = /^startup failed:$/.test(reasons.at(-1) ?? '') ? /'[^'\n]{1,300}': \d+: (.{1,300}?)(?: @ line \d+, column \d+\.?)?$/m.exec(all)?.[1] : undefined
  const inner = started ?? reasons.at(-1) ?? all
  const artifact = /Could not (?:find|resolve|download|get resource) (?:all \w+ for )?'?([\w.-]+:[\w.-]+(?::[\w.+-]+)?)/.exec(reasons.toReversed().join('\n'))?.[1]
  const meaning = meaningOf(inner)
  if (artifact !== undefined) {
    if (meaning === 'network' || meaning === 'auth' || meaning === 'timeout') return { class: meaning, module: artifact, title: `Gradle cannot download ${artifact}: ${inner}`, key: ['download', artifact, meaning] }
    return { class: 'missing_dependency', module: artifact.replace(/\.$/, ''), title: `Artifact ${artifact.replace(/\.$/, '')} is missing`, key: ['no artifact', artifact.replace(/\.$/, '')] }
  }
  const plugin = /Plugin (?:\[id: '([^']+)'|with id '([^']+)')[^\n]*?(?:was not found|not found)/.exec(all)
  if (plugin) { const name = plugin[1] ?? plugin[2]; return { ...where, class: 'missing_dependency', module: name, title: `Gradle plugin ${name} is missing`, key: ['no plugin', name] } }
  const unknown = /Task '([^']+)' not found in|Cannot locate (?:tasks|a task) that match '([^']+)'/.exec(all)
  if (unknown) { const name = unknown[1] ?? unknown[2]; return { class: 'config_error', symbol: name, title: `Gradle knows no task ${name}`, key: ['no task', name] } }
  if (/does not contain a Gradle build|not found in the directory/.test(all)) return { class: 'config_error', title: 'Gradle finds no build', key: ['no build'] }
  const program = /A problem occurred starting process 'command '([^']+)''/.exec(inner)?.[1]
  if (program !== undefined) return { class: 'missing_dependency', symbol: program, title: `Gradle's task ${task} cannot start ${program}`, key: ['no command', program] }
  if (wrapping.test(inner)) return { class: 'build_error', title: `Gradle's task ${task ?? ''} fails`, key: ['task', task], role: 'wrapper' }
  const syntax = /^(?:startup failed|Unexpected input|unexpected token|expecting )|Could not compile (?:build|settings) file|Script compilation errors?/.test(all) || /: \d+: (?:unexpected|expecting|Unexpected)/.test(inner)
  const text = inner.replace(/\.$/, '').replace(/ for arguments \[.*\] (?=on )/, ' ').replace(/@[0-9a-f]{6,8}\b/g, '').replace(/ @ line \d+, column \d+/, '')
  return { ...where, class: meaning ?? (syntax ? 'syntax_error' : task === undefined ? 'config_error' : 'build_error'), symbol: task, title: `${where.file ?? (task === undefined ? 'Gradle' : `Gradle's task ${task}`)}: ${text}`, key: [task, text, where.file] }
}

/** Gradle's `* What went wrong:`; the innermost of its `>` is why. Compilers and tests are read before. */
export const gradle: Extractor = {
  tool: 'gradle',
  signs: ['* What went wrong:', 'FAILURE: Build failed with an exception', 'FAILURE: Build completed with '],
  extract({ lines }) {
    const found: Found[] = []
    for (let at = 0; at < lines.length && found.length < 20; at++) {
      if (!/^\* What went wrong:$/.test(lines[at]!)) continue
      const next = findLine(lines, /^\* (?:Try|Exception is|Get more help)|^={10,}$|^BUILD FAILED/, at + 1, 120)
      const end = (next === -1 ? Math.min(lines.length, at + 30) : next) - 1
      const block = lines.slice(at + 1, end + 1)
      const reasons = block.flatMap((line) => /^\s*> (.+)$/.exec(line)?.[1]?.trim() ?? [])
      const place = findLineBefore(lines, /^\* Where:$/, at, 8)
      const [, file, line] = place === -1 ? [] : /'([^']+)' line: (\d+)/.exec(lines[place + 1] ?? '') ?? []
      const first = block.find((text) => text.trim() !== '') ?? ''
      const one = describe(reasons.length > 0 ? reasons : [first], block.join('\n'), { ...(file !== undefined && { file, line: Number(line) }) })
      found.push({ ...one, at: Math.min(at + 1, end), span: [at, end] })
      at = end
    }
    return found
  },
}
