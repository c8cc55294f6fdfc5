import { lineExtractor, type Found } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

const wrapper = (target: string | undefined): Omit<Found, 'at'> => ({ class: 'build_error', title: target === undefined ? 'Make fails' : `Make's target ${target} fails`, key: ['make', target], role: 'wrapper' })

/** A recipe's program that was killed: what the program said is better where it said something. */
const signals: Readonly<Record<string, readonly [failureClass: string, what: string]>> = {
  'Segmentation fault': ['crash', 'ends with a segmentation fault'], Aborted: ['crash', 'is aborted'], Killed: ['oom', 'is killed'], 'Bus error': ['crash', 'ends with a bus error'],
  'Illegal instruction': ['crash', 'ends with an illegal instruction'], 'Floating point exception': ['crash', 'ends with a floating point exception'], Terminated: ['interrupted', 'is terminated'], Interrupt: ['interrupted', 'is interrupted'],
}

/** What Make itself finds wrong; that a recipe failed is no cause. */
export const make = lineExtractor('make', [/^\S*?make(?:\.exe)?(?:\[\d+\])?: /m, /^\S{1,200}:\d+: \*\*\* .{1,300}Stop\.$/m], [
  {
    pattern: /^\S*?make(?:\.exe)?(?:\[\d+\])?: \*\*\* No rule to make target '(.+?)'(?:, needed by '(.+?)')?\. ( ?Stop\.)?/,
    cause([, target, by], { lines, index }) {
      // Make tries to make what is included.
      const included = /^\S{1,300}?:\d+: (\S.{0,200}?): No such file or directory$/.exec(lines[index - 1] ?? '')?.[1] === target
      // A target that was asked for is missing; what another target needs is a file.
      return { class: by === undefined ? 'config_error' : 'build_error', symbol: target, title: by === undefined ? `Make knows no target ${target}` : `Make has no rule for ${target}, which ${by} needs`, key: ['no rule', target, by], ...(included && { role: 'effect' as const }) }
    },
  },
  { pattern: /^\S*?make(?:\.exe)?(?:\[\d+\])?: \*\*\* No targets(?: specified and no makefile found)?\. /, cause: () => ({ class: 'config_error', title: 'Make finds no makefile', key: ['no makefile'] }) },
  {
    pattern: /^(\S{1,300}?):(\d+): \*\*\* (.+?)(?:\. )? Stop\.$/,
    cause([, file, line, said]) {
      const message = said!.replace(/\.$/, '').trim()
      const syntax = /^(?:missing (?:separator|'?endif|'?endef)|recipe commences before|commands commence before|unterminated|extraneous|multiple target patterns|target pattern contains no|mixed implicit|invalid syntax|only one 'else'|empty variable name)/.test(message)
      return { class: syntax ? 'syntax_error' : 'config_error', file, line: Number(line), title: `${file}: ${message}`, key: [message, file] }
    },
  },
  { pattern: /^(\S{1,300}?):(\d+): (\S.{0,200}?): No such file or directory$/, cause: ([, file, line, included]) => ({ class: 'config_error', file, line: Number(line), title: `${file} includes ${included}, which does not exist`, key: ['no include', included, file] }) },
  {
    pattern: /^\S*?make(?:\.exe)?(?:\[\d+\])?: (?!\*\*\*)(\S{1,200}): (No such file or directory|Permission denied|Command not found)$/,
    cause([, program, why]) {
      return why === 'Permission denied'
        ? { class: 'permission_denied', symbol: program, title: `${program} may not be run`, key: ['permission', program] }
        : { class: 'missing_dependency', symbol: program, title: `Command ${program} is not installed`, key: ['no command', program], tool: 'shell' }
    },
  },
  {
    pattern: /^\S*?make(?:\.exe)?(?:\[\d+\])?: \*\*\* \[(?:\S{1,300}?:\d+: )?(.+?)\] (Segmentation fault|Aborted|Killed|Bus error|Illegal instruction|Floating point exception|Terminated|Interrupt)\b/,
    cause([, target, signal]) {
      const [failureClass, what] = signals[signal!]!
      return { class: failureClass, code: signal, symbol: target, title: `The recipe of ${target} ${what}`, key: ['signal', signal, target], role: 'effect' }
    },
  },
  { pattern: /^\S*?make(?:\.exe)?(?:\[\d+\])?: \*\*\* \[(?:\S{1,300}?:\d+: )?(.+?)\] (?:Error|Fehler|Erreur|Błąd|Ошибка|错误|エラー) ?\d+/, cause: ([, target]) => wrapper(target) },
  {
    pattern: /^\S*?make(?:\.exe)?(?:\[\d+\])?: \*\*\* (.+?)(?:\. )? Stop\.$/,
    cause([, said]) {
      const message = said!.replace(/\.$/, '').trim()
      return { class: meaningOf(message) ?? 'config_error', title: `Make: ${message}`, key: [message] }
    },
  },
  { pattern: /^\S*?make(?:\.exe)?(?:\[\d+\])?: (?:\*\*\* |Target .{1,200} not remade because of errors)/, cause: () => wrapper(undefined) },
])

/** Ninja's own errors; `FAILED: out.o` says which step and not why. */
export const ninja = lineExtractor('ninja', [/^ninja: /m, /^FAILED: (?:\[code=\d+\] )?\S/m], [
  {
    pattern: /^ninja: error: '(.+?)', needed by '(.+?)', missing and no known rule to make it$/,
    cause: ([, target, by]) => ({ class: 'build_error', symbol: target, title: `Ninja has no rule for ${target}, which ${by} needs`, key: ['no rule', target, by] }),
  },
  { pattern: /^ninja: error: unknown target '(.+?)'/, cause: ([, target]) => ({ class: 'config_error', symbol: target, title: `Ninja knows no target ${target}`, key: ['no target', target] }) },
  { pattern: /^ninja: error: loading '(.+?)': (.+)$/, cause: ([, file, why]) => ({ class: 'config_error', file, title: `Ninja cannot read ${file}: ${why}`, key: ['load', file, why] }) },
  {
    pattern: /^ninja: (?:error|fatal): (?:(\S{1,300}?):(\d+): )?(.+)$/,
    cause([, file, line, message]) {
      const syntax = /^(?:expected|unexpected|lexing error|syntax error|tabs are not allowed|bad \$-escape|invalid)/.test(message!)
      return { class: meaningOf(message!) ?? (syntax ? 'syntax_error' : 'config_error'), file, ...(line !== undefined && { line: Number(line) }), title: `${file === undefined ? 'Ninja' : file}: ${message}`, key: [message, file] }
    },
  },
  { pattern: /^FAILED: (?:\[code=\d+\] )?(\S{1,300})/, cause: ([, target]) => ({ class: 'build_error', symbol: target, title: `Ninja's step ${target} fails`, key: ['ninja', target], role: 'wrapper' }) },
  { pattern: /^ninja: build stopped/, cause: () => ({ class: 'build_error', title: 'Ninja stops', key: ['ninja'], role: 'wrapper' }) },
])
