import { makeCause } from '../cause.ts'
import type { CauseParts } from '../cause.ts'
import type { FailureContext } from '../context.ts'
import type { Cause } from '../../model/failure.ts'

export interface PythonError {
  /** `json.decoder.JSONDecodeError`. */
  type: string
  message: string
  /** Innermost frame in the project's own code. */
  file?: string | undefined
  line?: number | undefined
  function?: string | undefined
}

/** Which class an exception's last name stands for; what is not listed is a crash. */
const exceptionClasses: Readonly<Record<string, string>> = {
  SyntaxError: 'syntax_error', IndentationError: 'syntax_error', TabError: 'syntax_error',
  AssertionError: 'test_failed', PermissionError: 'permission_denied', MemoryError: 'oom',
  ConnectionRefusedError: 'network', ConnectionResetError: 'network', ConnectionError: 'network', gaierror: 'network',
}

/** One exception of Python as a cause. A missing module or name is the same cause from wherever it is imported. */
export function pythonCause(error: PythonError, tool: string, evidence: readonly string[], context: FailureContext): Cause {
  const { type, message, file, line } = error
  const name = type.split('.').at(-1)!
  const shared: Pick<CauseParts, 'tool' | 'evidence' | 'file' | 'line'> = { tool, evidence, file, line }
  const missing = /^No module named '?([\w.]+)'?/.exec(message)
  if (missing) {
    const module = missing[1]!
    // A dotted name is a part of a package that is there, or of the project itself; a plain one is mostly a package that is not installed.
    const failureClass = module.includes('.') ? 'import_crash' : 'missing_dependency'
    return makeCause({ ...shared, class: failureClass, module, title: `Python module ${module} is missing`, key: ['no module', module] }, context)
  }
  const symbol = /^cannot import name '([^']+)' from (partially initialized module )?'([^']+)'/.exec(message)
  if (symbol) {
    const [, imported, circular, module] = symbol
    const title = circular ? `Circular import: ${module} does not have ${imported} yet` : `${imported} cannot be imported from ${module}`
    return makeCause({ ...shared, class: 'import_crash', module, symbol: imported, title, key: [circular ? 'circular' : 'no name', module, imported] }, context)
  }
  const failureClass = /^(?:ImportError|ModuleNotFoundError)$/.test(name) ? 'import_crash' : exceptionClasses[name] ?? 'crash'
  const place = file === undefined ? '' : ` in ${file}`
  const key = failureClass === 'syntax_error' ? [name, message, file] : [name, message, file, error.function]
  return makeCause({ ...shared, class: failureClass, code: name, symbol: error.function, title: `${name}${place}${message === '' ? '' : `: ${message}`}`, key }, context)
}

/** Frames of the interpreter, of installed packages and of the test runner say nothing about whose fault it is. */
export function isOwnFrame(path: string): boolean {
  return !/(?:^|\/)(?:site-packages|dist-packages|lib\/python[\d.]+|_pytest)\/|^<(?:frozen|string)/.test(path.replaceAll('\\', '/'))
}
