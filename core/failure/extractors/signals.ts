import { lineExtractor } from '../extractor.ts'

/** What a signal's name says of the cause. Nobody sends SIGKILL to a build but the kernel that ran out of memory, or a limit. */
const meanings: readonly (readonly [pattern: RegExp, failureClass: string, word: string])[] = [
  [/^(?:killed|SIGKILL|signal 9|9|137)$/i, 'oom', 'was killed (SIGKILL), most likely for memory'],
  [/^(?:segmentation fault|segfault|SIGSEGV|signal 11|11|139)$/i, 'crash', 'crashed: segmentation fault'],
  [/^(?:aborted|abort trap: 6|abort|SIGABRT|signal 6|6|134)$/i, 'crash', 'aborted'],
  [/^(?:bus error|bus error: 10|SIGBUS|signal 7|7|10|135|138)$/i, 'crash', 'crashed: bus error'],
  [/^(?:illegal (?:hardware )?instruction|SIGILL|signal 4|4|132)$/i, 'crash', 'crashed: illegal instruction'],
  [/^(?:floating point exception|SIGFPE|signal 8|8|136)$/i, 'crash', 'crashed: arithmetic error'],
  [/^(?:terminated|SIGTERM|signal 15|15|143)$/i, 'timeout', 'was terminated (SIGTERM), most likely for taking too long'],
  [/^(?:124)$/, 'timeout', 'did not end in time'],
]

const names = String.raw`Killed|Segmentation fault|Aborted|Abort trap: 6|Bus error(?:: 10)?|Illegal instruction|Floating point exception|Terminated|Trace/breakpoint trap`

function ended(signal: string, program?: string, more: { role?: 'effect'; confidence?: 'medium' } = {}) {
  const found = meanings.find(([pattern]) => pattern.test(signal))
  if (!found) return undefined
  const [, failureClass, word] = found
  return { class: failureClass, symbol: program, code: signal, title: `${program ?? 'A process'} ${word}`, key: ['signal', word, program], ...more }
}

/** `sleep 20` is the program sleep; a folder before it is the machine's. */
const programOf = (command: string) => command.trim().replace(/^(?:\w+=\S+ )+/, '').split(/\s/)[0]!.replace(/^\(/, '').split('/').at(-1)!

/** Processes that a signal ended, limits of time and memory: by shells, the kernel, containers, CI runners and `timeout`. */
export const signals = lineExtractor('process', [
  new RegExp(String.raw`^(?:.{0,100}\s)?(?:${names})(?:\s|$)`, 'm'), /\bSIG(?:KILL|SEGV|ABRT|TERM|BUS|ILL|FPE)\b/, /\bsignal:? (?:9|11|6|15)\b/, /oom-?kill|Out of memory: |out of memory: Killed|OOMKilled/, /^zsh: /m,
  /exit(?:ed)?(?: with)?(?: exit)?(?: code| status)?:? (?:124|13[2-9]|143)\b/, 'timeout: sending signal', /maximum execution time|execution took longer than|received a shutdown signal|The operation was canceled/,
], [
  // The kernel's own word names the process.
  {
    pattern: /(?:Out of memory|out of memory): Kill(?:ed)? process \d+ \(([^)]{1,60})\)|oom-kill:.{0,300}task=([\w.-]+)/,
    cause: ([, name, task]) => ({ class: 'oom', symbol: name ?? task, title: `The kernel killed ${name ?? task}: memory ran out`, key: ['oom', name ?? task] }),
  },
  { pattern: /\bOOMKilled\b/, cause: () => ({ class: 'oom', title: 'The container was killed: memory ran out', key: ['oom', 'container'] }) },
  { pattern: new RegExp(String.raw`^\S{1,300}: line \d+:\s+\d+ (${names})\s+(?:\(core dumped\) )?\s*(\S.*)$`), cause: ([, signal, command]) => ended(signal!, programOf(command!)) },
  { pattern: /^zsh: (killed|segmentation fault|abort|bus error|illegal hardware instruction|terminated)\s+(?:\(core dumped\)\s+)?(\S.*)$/, cause: ([, signal, command]) => ended(signal!, programOf(command!)) },
  { pattern: new RegExp(String.raw`^(?:make(?:\[\d+\])?|gmake|ninja): \*\*\* \[(?:[^\]:]{1,200}:\d+: )?([^\]]{1,200})\] (${names})`), cause: ([, target, signal]) => ended(signal!, target, { confidence: 'medium' }) },
  { pattern: /^timeout: sending signal (\w+) to command '([^']+)'$/, cause: ([, , command]) => ({ class: 'timeout', symbol: command, title: `${programOf(command!)} did not end in time`, key: ['timeout', programOf(command!)] }) },
  { pattern: /^(?:error: )?The job running on runner .{1,100} has exceeded the maximum execution time|^ERROR: Job failed: execution took longer than/, cause: () => ({ class: 'timeout', title: 'The job ran longer than it may', key: ['job timeout'] }) },
  { pattern: /^The runner has received a shutdown signal|^The hosted runner .{0,80}lost communication/, cause: () => ({ class: 'oom', title: 'The runner was shut down', key: ['runner'], confidence: 'medium' }) },
  { pattern: /^(?:Error: )?The operation was canceled\.$/, cause: () => ({ class: 'timeout', title: 'The job was cancelled', key: ['cancelled'], role: 'effect' }) },
  { pattern: /^(?:Error: )?Command (?:failed with|was killed with|terminated by) (?:signal )?"?(SIG[A-Z]{3,5})\b/, cause: ([, signal]) => ended(signal!, undefined, { confidence: 'medium' }) },
  // Without a program: worth less than what names one, more than nothing.
  { pattern: new RegExp(String.raw`^(?:\(core dumped\) |\[\d+\]\s+[+-]?\s*\d* ?)?(${names})(?:\s+\(core dumped\))?(?:\s{2,}(\S.*))?$`), cause: ([, signal, command]) => ended(signal!, command === undefined ? undefined : programOf(command), { confidence: 'medium' }) },
  { pattern: /(?:\bsignal:? |\b)(SIG(?:KILL|SEGV|ABRT|TERM|BUS|ILL|FPE))\b/, cause: ([, signal]) => ended(signal!, undefined, { role: 'effect', confidence: 'medium' }) },
  { pattern: /\b(?:terminated|killed|exited|failed).{0,30}\bsignal:? (9|11|6|15)\b/i, cause: ([, signal]) => ended(signal!, undefined, { role: 'effect', confidence: 'medium' }) },
  { pattern: /exit(?:ed)?(?: with)?(?: exit)?(?: code| status)?:? (124|13[2-9]|143)\b/, cause: ([, status]) => ended(status!, undefined, { role: 'effect', confidence: 'medium' }) },
])
