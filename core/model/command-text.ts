import type { ProcessCommand } from './process.ts'

const plainWord = /^[\w@%+=:,./-]+$/

/** An argument as a shell takes it: what we print is there to be copied. */
export function shellQuote(argument: string): string {
  return plainWord.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}

/** A command as the argument list that it amounts to, for receipts and reports. */
export function argvOf(command: ProcessCommand): readonly string[] {
  return 'shell' in command ? ['sh', '-c', command.shell] : command
}

/** A command on one line, for a person. */
export function commandLine(command: ProcessCommand): string {
  return 'shell' in command ? command.shell : command.join(' ')
}

/** What to type for a phase that waits for a review; the command is researchReview's, which is on by default. */
export function reviewCommand(run: string, phase: string): string {
  return `autopack review show ${shellQuote(run)} ${shellQuote(phase)}`
}
