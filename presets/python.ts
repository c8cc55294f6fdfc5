import { definePreset } from '../core/index.ts'

export interface PythonOptions {
  /** The interpreter. Default `python3`. */
  python?: string
  /** Folders that must compile before the first token is spent, relative to the project root. Default: the preflight only asks for pytest. */
  sources?: readonly string[]
  /** Wall-clock limit of the tests. Default `10m`. */
  timeout?: string | number
}

/** A Python project that is tested by pytest: one check `tests`, a preflight, and the variables of the toolchain. */
export const python = definePreset('python', ({ python: interpreter = 'python3', sources = [], timeout = '10m' }: PythonOptions = {}) => ({
  checks: [{
    name: 'tests',
    run: [interpreter, '-m', 'pytest', '-q', '--junitxml={report}'],
    rerun: [interpreter, '-m', 'pytest', '-q', '--junitxml={report}', '{tests}'],
    format: 'junit',
    timeout,
  }],
  preflight: sources.length > 0 ? [[interpreter, '-m', 'compileall', '-q', ...sources]] : [[interpreter, '-m', 'pytest', '--version']],
  env: {
    // Byte code beside the sources would be a change of the tree.
    set: { PYTHONDONTWRITEBYTECODE: '1' },
    pass: ['PYTHON*', 'VIRTUAL_ENV', 'CONDA_*', 'PIP_*', 'UV_*', 'POETRY_*'],
  },
}))
