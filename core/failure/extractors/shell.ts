import { lineExtractor } from '../extractor.ts'

const lead = String.raw`^(?:(?:/\S{0,200}/)?([\w./@+-]{1,200}): )?(?:line )?\d+: `

function noCommand(program: string) {
  return { class: 'missing_dependency', symbol: program, title: `Command ${program} is not installed`, key: ['no command', program] }
}

/** Shells: programs that they cannot find or run, scripts that they cannot parse, variables that are not set. */
export const shell = lineExtractor('shell', [
  'fish: Unknown command: ',
  /: (?:command )?not found$|command not found: \S+$/m, /: (?:line )?\d+: .{0,200}(?:[Ss]yntax error|unexpected EOF|unbound variable|parameter not set|bad substitution|Permission denied|Is a directory|No such file|Argument list too long|cannot execute|[A-Z_]{2,40}: )/,
  /: bad interpreter: |^(?:\/usr\/bin\/)?env: '/m, /\.(?:sh|zsh):\d+: /, /^'?\w[\w.-]{0,60}'? is not recognized as an internal or external command/m,
], [
  {
    pattern: /(?:^|: )([\w./+-]+): command not found$|command not found: ([\w./+-]+)$|^fish: Unknown command: ([\w./+-]+)$/,
    cause: ([, plain, zsh, fish]) => noCommand((plain ?? zsh ?? fish)!),
  },
  // Without the word "command" only where a shell or a line of a script says it: much else is not found.
  {
    pattern: /^(?:\S{0,200}?(?:sh|\.\w{1,8}): (?:(?:line )?\d+: )?|\S{1,200}: (?:line )?\d+: )([\w./+-]+): not found$/,
    cause: ([, program]) => noCommand(program!),
  },
  { pattern: /^'?([\w./+-]{1,100}?)'? is not recognized as (?:an internal or external command|the name of a cmdlet)/, cause: ([, program]) => noCommand(program!) },
  { pattern: /^(?:\/usr\/bin\/)?env: '([^']+)': No such file or directory$/, cause: ([, program]) => noCommand(program!) },
  { pattern: /: (\S+): bad interpreter: No such file or directory$/, cause: ([, program]) => noCommand(program!.split('/').at(-1)!) },
  {
    pattern: new RegExp(`${lead}(?:[Ss]yntax error:? ?(.*)|(unexpected EOF while looking for matching .*))$`),
    cause([, file, message = '', eof], { lines, index }) {
      // bash repeats the line.
      const repeated = new RegExp(`${lead}.`).test(lines[index + 1] ?? '') && /: ['`]/.test(lines[index + 1]!)
      const said = (eof ?? message).trim()
      return { class: 'syntax_error', file, title: `${file ?? 'A script'} cannot be parsed: ${said}`, key: ['syntax', said, file], span: [index, repeated ? index + 1 : index] }
    },
  },
  {
    pattern: new RegExp(`${lead}(\\w+): (?:unbound variable|parameter not set)$`),
    cause: ([, file, name]) => ({ class: 'config_error', file, symbol: name, title: `Variable ${name} is not set in ${file}`, key: ['unset', name, file] }),
  },
  {
    pattern: new RegExp(`${lead}(\\S{1,300}): (Permission denied|Is a directory|No such file or directory|Argument list too long|cannot execute.{0,60}|bad substitution)$`),
    cause([, file, program, message]) {
      const script = file === undefined || /^(?:\/bin\/)?(?:ba|da|z|k)?sh$/.test(file) ? undefined : file
      return {
        class: message === 'Permission denied' ? 'permission_denied' : 'config_error', file: script, symbol: program,
        title: `${program}: ${message}`, key: ['run', program, message, script],
      }
    },
  },
  // `${DEPLOY_KEY:?must be set}` has words of its own.
  {
    pattern: new RegExp(`${lead}(?!(?:ERROR|WARN|WARNING|INFO|NOTICE|DEBUG|TRACE|FATAL|FAIL|FAILED|NOTE|TODO)\\b)([A-Z][A-Z0-9_]{1,60}): (.+)$`),
    cause: ([, file, name, message]) => (file === undefined ? undefined : { class: 'config_error', file, symbol: name, title: `${name}: ${message}`, key: ['variable', name, message, file] }),
  },
])
