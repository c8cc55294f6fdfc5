
// Not imported: see format.ts.
const { styleText } = process.getBuiltinModule('node:util')

/** What a reporter may do to a text. With colours off every function returns the text as it is. */
export interface Style {
  readonly color: boolean
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

export function createStyle(color: boolean): Style {
  const paint = (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan') => (text: string) =>
    // The stream is not asked again: whether colours are wanted was decided once, from flags, environment and terminal.
    color && text !== '' ? styleText(format, text, { validateStream: false }) : text
  return { color, bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), yellow: paint('yellow'), cyan: paint('cyan') }
}
