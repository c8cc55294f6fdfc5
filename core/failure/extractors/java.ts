import { findByRules, type Extractor, type Found, type Rule } from '../extractor.ts'
import { readThrown, thrownCause } from './java-errors.ts'

/** What the launcher says before a program runs. */
const launcher: readonly Rule[] = [
  {
    pattern: /^Error: Could not find or load main class (\S+)/,
    cause([, name], { lines, index }) {
      const caused = (lines[index + 1] ?? '').startsWith('Caused by: ')
      return { class: 'import_crash', symbol: name, title: `Java does not find the class ${name}`, key: ['no main class', name], span: [index, caused ? index + 1 : index] }
    },
  },
  { pattern: /^Error: Main method (?:not found|is not static|must return).{0,40} class (\S+?),/, cause: ([, name]) => ({ class: 'config_error', symbol: name, title: `Class ${name} has no main method`, key: ['no main', name] }) },
  { pattern: /^Error: Unable to access jarfile (\S+)/, cause: ([, file]) => ({ class: 'config_error', file, title: `The file ${file} cannot be read`, key: ['no jar', file] }) },
  { pattern: /^(Unrecognized (?:VM )?option|Unrecognized option:|Invalid (?:maximum|initial) heap size:|Could not create the Java Virtual Machine due to) ?(.*)$/, cause: ([line, , option]) => ({ class: 'config_error', symbol: option, title: line, key: [line] }) },
  { pattern: /^\s*java\.lang\.UnsupportedClassVersionError: (\S+) has been compiled by a more recent version/, cause: ([, name]) => ({ class: 'config_error', symbol: name, title: `${name} is compiled for a newer Java`, key: ['newer Java', name] }) },
  { pattern: /^#\s+(SIG\w+|EXCEPTION_\w+|Internal Error) \(/, cause: ([, signal]) => ({ class: 'crash', code: signal, title: `The Java runtime crashes: ${signal}`, key: ['runtime', signal] }) },
  { pattern: /^Error: (?:Could not create the Java Virtual Machine|A fatal exception has occurred|A JNI error has occurred)/, cause: () => ({ class: 'crash', title: 'Java does not start', key: ['start'], role: 'effect' }) },
]

/** Uncaught exceptions on the JVM, and its launcher. */
export const java: Extractor = {
  tool: 'java',
  signs: [/^[ \t]{0,40}at [\w$./@<>-]{1,400}\([\w$. -]{1,200}(?::\d+)?\)/m, /^Exception in thread "/m, /^Error: (?:Could not (?:find or load main class|create the Java)|Main method|Unable to access jarfile|LinkageError|A JNI)/m, '# A fatal error has been detected by the Java Runtime', /^Unrecognized (?:VM )?option/m],
  extract({ lines }) {
    const found: Found[] = []
    for (let at = 0; at < lines.length && found.length < 50; at++) {
      if (lines[at]!.startsWith('Caused by: ')) continue
      const thrown = readThrown(lines, at)
      // Without a stack it was logged, unless it says that it ended the thread.
      if (!thrown || (thrown.end === at && !lines[at]!.startsWith('Exception in thread'))) continue
      if (thrown.type === 'java.lang.UnsupportedClassVersionError') continue
      found.push({ ...thrownCause(thrown), at, span: [at, thrown.end] })
      at = thrown.end
    }
    return [...found, ...findByRules(lines, launcher)]
  },
}
