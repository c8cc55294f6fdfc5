import { lineExtractor } from '../extractor.ts'

/** A shell that cannot find a program. `sh: 1: tsc: not found`, `bash: line 4: pulumi: command not found`, `zsh: command not found: jq`. */
export const shell = lineExtractor('shell', [/: (?:command )?not found$|command not found: \S+$/m], [
  {
    pattern: /^(?:\S{0,200}?: )?(?:(?:line )?\d+: )?([\w./+-]+): (?:command )?not found$|command not found: ([\w./+-]+)$/,
    cause([, plain, zsh]) {
      const program = (plain ?? zsh)!
      return { class: 'missing_dependency', symbol: program, title: `Command ${program} is not installed`, key: ['no command', program] }
    },
  },
])
