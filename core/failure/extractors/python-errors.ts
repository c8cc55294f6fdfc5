import type { Found } from '../extractor.ts'
import { classOfException } from '../meanings.ts'

export interface PythonError {
  /** `json.decoder.JSONDecodeError`. */
  type: string
  message: string
  /** Innermost frame in the project's own code. */
  file?: string | undefined
  line?: number | undefined
  function?: string | undefined
}

/** What an exception of Python says, but for where it stands in the output. A missing module or name is the same cause from wherever it is imported. */
export function pythonCause(error: PythonError): Omit<Found, 'at'> {
  const { type, message, line } = error
  // As `python -m compileall .` says it: the same file as without.
  const file = error.file?.replace(/^(?:\.\/)+/, '')
  const name = type.split('.').at(-1)!
  const shared = { tool: 'python', file, line }
  const missing = /^No module named '?([\w.-]+)'?/.exec(message)
  if (missing) {
    const module = missing[1]!
    // A dotted name is a part of a package that is there, or of the project itself; a plain one is mostly a package that is not installed.
    const failureClass = module.includes('.') ? 'import_crash' : 'missing_dependency'
    return { ...shared, class: failureClass, module, title: `Python module ${module} is missing`, key: ['no module', module] }
  }
  const symbol = /^cannot import name '([^']+)' from (partially initialized module )?'([^']+)'/.exec(message)
  if (symbol) {
    const [, imported, circular, module] = symbol
    const title = circular ? `Circular import: ${module} does not have ${imported} yet` : `${imported} cannot be imported from ${module}`
    return { ...shared, class: 'import_crash', module, symbol: imported, title, key: [circular ? 'circular' : 'no name', module, imported] }
  }
  const library = /^(\S+\.(?:so[\d.]*|dylib|dll))\b.*cannot open shared object|DLL load failed while importing (\w+)/.exec(message)
  if (library) {
    const missingLibrary = library[1] ?? library[2]
    return { ...shared, class: 'missing_dependency', module: missingLibrary, title: `Library ${missingLibrary} is missing`, key: ['no library', missingLibrary] }
  }
  const failureClass = classOfException(name, message)
  const place = file === undefined ? '' : ` in ${file}`
  const key = failureClass === 'syntax_error' ? [name, message, file] : [name, message, file, error.function]
  return { ...shared, class: failureClass, code: name, symbol: error.function, title: `${name}${place}${message === '' ? '' : `: ${message}`}`, key }
}
