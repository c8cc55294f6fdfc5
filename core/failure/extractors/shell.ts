import { makeCause } from '../cause.ts'
import type { Extractor } from '../extract.ts'

/** `sh: 1: tsc: not found`, `bash: line 4: pulumi: command not found`, `zsh: command not found: jq`. */
const notFound = /^(?:\S*?: )?(?:(?:line )?\d+: )?([\w./+-]+): (?:command )?not found$|command not found: ([\w./+-]+)$/

/** A shell that cannot find a program. */
export const shell: Extractor = {
  tool: 'shell',
  recognise: (text) => /: (?:command )?not found$|command not found: \S+$/m.test(text),
  extract(text, context) {
    return text.split('\n').flatMap((line) => {
      const match = notFound.exec(line.trim())
      const program = match?.[1] ?? match?.[2]
      if (program === undefined) return []
      const title = `Command ${program} is not installed`
      return [makeCause({ tool: 'shell', class: 'missing_dependency', symbol: program, title, key: ['no command', program], evidence: [line] }, context)]
    })
  },
}
