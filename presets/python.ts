import { z } from 'zod'
import { definePreset } from '../core/index.ts'
import { pathOption, programOption, timeoutOption } from './options.ts'

const moduleName = z.string().regex(/^[^\W\d]\w*(?:\.[^\W\d]\w*)*$/u, { error: 'expected the name of a module, such as shop or shop.api' })

export const pythonOptions = z.strictObject({
  python: programOption.default('python3').meta({ description: 'The interpreter.' }),
  test: z.boolean().default(true).meta({ description: 'Run the tests with pytest, as the check `tests`.' }),
  timeout: timeoutOption.default('10m').meta({ description: 'Wall-clock limit of the tests.' }),
  sources: z.array(pathOption).optional().meta({ description: 'Preflight: folders and files that must compile. Left out: the whole project without tests, fixtures and environments. `[]`: nothing.' }),
  imports: z.array(moduleName).default([]).meta({ description: 'Preflight: modules that must load. Their top level is executed.' }),
  collect: z.boolean().default(false).meta({ description: 'Preflight: pytest must be able to collect all tests. Optional dependencies are not excused.' }),
})

/** What need not compile for a project to be healthy: environments, packages of others, what is built, and files that tests keep broken on purpose. */
const notSources = '(^|/)(\\.[^/.]|(venv|env|node_modules|site-packages|build|dist|tests?|testdata|fixtures|templates|examples)/)'

/** A Python project that is tested by pytest: one check `tests`, a preflight, and the variables of the toolchain. */
export const python = definePreset({
  name: 'python',
  options: pythonOptions.prefault({}),
  config({ python: interpreter, test, timeout, sources, imports, collect }) {
    const pytest = [interpreter, '-m', 'pytest']
    const preflight = [
      ...(sources === undefined ? [[interpreter, '-m', 'compileall', '-q', '-x', notSources, '.']] : sources.length > 0 ? [[interpreter, '-m', 'compileall', '-q', ...sources]] : []),
      ...(imports.length > 0 ? [[interpreter, '-c', `import ${imports.join(', ')}`]] : []),
      ...(collect ? [[...pytest, '--collect-only', '-q']] : test ? [[...pytest, '--version']] : []),
    ]
    return {
      checks: test ? [{ name: 'tests', run: [...pytest, '-q', '--junitxml={report}'], rerun: [...pytest, '-q', '--junitxml={report}', '{tests}'], format: 'junit', timeout }] : [],
      ...(preflight.length > 0 && { preflight }),
      env: {
        // Byte code beside the sources would be a change of the tree.
        set: { PYTHONDONTWRITEBYTECODE: '1' },
        pass: ['PYTHON*', 'VIRTUAL_ENV', 'CONDA_*', 'PIP_*', 'UV_*', 'POETRY_*'],
      },
    }
  },
})
