/** Replaces what stands in braces, one of `run`, `phase`, `attempt`, `prompt` and `workspace`, in an argument list. */
export const expander = (values: Readonly<Record<'run' | 'phase' | 'attempt' | 'prompt' | 'workspace', string>>) => (argv: readonly string[]): string[] =>
  argv.map((argument) => argument.replace(/\{(run|phase|attempt|prompt|workspace)\}/g, (_whole, name: keyof typeof values) => values[name]))
