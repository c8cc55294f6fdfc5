import type { ProcessCommand } from './process.ts'

const plainWord = /^[\w@%+=:,./-]+$/

/** An argument as a shell takes it: what we print is there to be copied. */
export function shellQuote(argument: string): string {
  return plainWord.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}

/** The flag of a rule: `maxTotalMinutes` is `max-total-minutes`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** A command as the argument list that it amounts to, for receipts and reports. */
export function argvOf(command: ProcessCommand): readonly string[] {
  return 'shell' in command ? ['sh', '-c', command.shell] : command
}

/** A command on one line, for a person. */
export function commandLine(command: ProcessCommand): string {
  return 'shell' in command ? command.shell : command.join(' ')
}

/** Whether there is `autopack review`: it is the command of researchReview, which is on by default. */
export function hasReviewCommand({ plugins }: { plugins: readonly { name: string }[] }): boolean {
  return plugins.some((plugin) => plugin.name === 'researchReview')
}

/** What to type for a phase that waits for a review. Without `autopack review` whoever asked for the review decides it, and what was done can be looked at. */
export function reviewCommand(run: string, phase: string, hasReview: boolean): string {
  return hasReview ? `autopack review show ${shellQuote(run)} ${shellQuote(phase)}` : `autopack show ${shellQuote(run)} ${shellQuote(phase)} --diff`
}
