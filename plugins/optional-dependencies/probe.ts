import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { PhaseCheck, PluginApi } from '../../core/index.ts'
import type { Ecosystem } from './declared.ts'
import { packageOf } from './import-names.ts'
import type { Runner } from './runners.ts'

export interface ProbePlace { check: PhaseCheck; runner: Runner; projectRoot: string; repositoryRoot: string }

/** Says which of the modules are there for the check; a module of which nothing can be said is left out. */
export type Probe = (modules: readonly string[], place: ProbePlace, signal: AbortSignal) => Promise<Map<string, boolean>>

const question = `
import importlib.util, json, sys
def there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
print(json.dumps({name: there(name) for name in sys.argv[1:]}))
`

/** Asks once per interpreter, folder, environment and module, for as long as the command runs. */
export function createProbe(api: Pick<PluginApi, 'exec' | 'layout'>): Probe {
  const known = new Map<string, Map<string, boolean>>()
  let asked = 0

  async function askPython(modules: readonly string[], { check, runner, projectRoot }: ProbePlace, signal: AbortSignal): Promise<Map<string, boolean>> {
    const cwd = path.join(projectRoot, check.cwd ?? '')
    const interpreter = interpreterOf(runner, cwd, check.env?.['PATH'] ?? '')
    if (!interpreter || !check.env) return new Map()
    const env = Object.entries(check.env).filter(([name]) => !name.startsWith('AUTOPACK_')).toSorted()
    const key = JSON.stringify([interpreter, cwd, env])
    const answers = known.get(key) ?? new Map<string, boolean>()
    known.set(key, answers)
    const open = modules.filter((module) => !answers.has(module))
    if (open.length > 0) {
      const folder = api.layout.pluginDir('optionalDependencies')
      await mkdir(folder, { recursive: true })
      const stem = path.join(folder, `probe-${process.pid}-${(asked += 1)}`)
      const [logPath, stdoutPath] = [`${stem}.log`, `${stem}.json`]
      try {
        const result = await api.exec({ command: [...interpreter, '-c', question, ...open], cwd, env: check.env, logPath, stdoutPath, timeoutMs: 20_000, signal })
        if (result.exitCode === 0) for (const [name, there] of Object.entries(JSON.parse(await readFile(stdoutPath, 'utf8')) as Record<string, boolean>)) answers.set(name, there)
      } catch {
        // An interpreter that cannot say makes nothing optional: the check then runs as it is.
      } finally {
        await Promise.all([rm(logPath, { force: true }), rm(stdoutPath, { force: true })])
      }
    }
    return answers
  }

  return async (modules, place, signal) =>
    place.runner.ecosystem === 'python' ? await askPython(modules, place, signal) : new Map(modules.map((module) => [module, isInstalled(module, 'node', place)]))
}

/** Whether a package lies in a `node_modules` that the check's folder sees; of Python the answer is the interpreter's. */
export function isInstalled(module: string, ecosystem: Ecosystem, { check, projectRoot, repositoryRoot }: Omit<ProbePlace, 'runner'>): boolean {
  const name = ecosystem === 'node' ? packageOf(module) : undefined
  if (name === undefined) return false
  for (let folder = path.join(projectRoot, check.cwd ?? ''); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'node_modules', name))) return true
    if (folder === repositoryRoot || folder === path.dirname(folder)) return false
  }
}

/** What runs Python for this check: `python3 -m pytest`, `uv run pytest`, `.venv/bin/pytest`, or the interpreter that an installed `pytest` names in its first line. */
function interpreterOf({ words, at }: Runner, cwd: string, searchPath: string): string[] | undefined {
  const before = words.slice(0, at)
  const python = before.findLastIndex((word) => /(?:^|[\\/])(?:python[\d.]*|pypy[\d.]*)$/.test(word))
  if (python !== -1) return before.slice(0, python + 1)
  const run = before.lastIndexOf('run')
  if (run > 0) return [...before.slice(0, run + 1), 'python']
  const program = words[0]!
  const file = program.includes('/') ? path.resolve(cwd, program) : searchPath.split(path.delimiter).map((folder) => path.join(folder, program)).find((one) => existsSync(one))
  if (file === undefined) return undefined
  try {
    const first = /^#!\s*(\S.*)/.exec(readFileSync(file, 'utf8').slice(0, 300))?.[1]?.trim().split(/\s+/)
    // A wrapper of a version manager is a shell script: what it chooses for pytest it chooses for python3.
    return first && /(?:^|\/)(?:python|pypy)[\d.]*$/.test(first.at(-1)!) ? first : ['python3']
  } catch {
    return undefined
  }
}
