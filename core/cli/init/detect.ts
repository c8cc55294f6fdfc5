import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { findOnPath } from '../find-program.ts'
import { nodeCheck, nodeSetup, refusesHidden } from './detect-node.ts'
import type { Manifest } from './detect-node.ts'

/** A check that fits the project's test runner. */
export interface DetectedCheck {
  runner: string
  run: string[]
  format: 'junit' | 'tap' | 'exit-code'
  /** Runs only the tests that failed, where the runner takes the names that its report gives. */
  rerun?: string[]
  /** Where the runner writes its report by itself. */
  report?: string
  /** Variables that the project's own script sets for it. */
  env?: Record<string, string>
  /** What would make the verdicts better. */
  hint?: string
}

export interface Detection {
  /** Id of the project: the package's name, else the folder's. */
  name: string
  language: 'Node' | 'Python' | 'Go' | 'Rust' | 'Java' | undefined
  check: DetectedCheck | undefined
  /** Makes dependencies available in worktrees, where the runner needs them. */
  setup: { run: string[][]; cache: string[]; key: string[] } | undefined
  /** Where the tests find the worktree's own modules, relative to it: what is installed on the machine may be another copy. */
  pythonPath?: string
  /** A package that refuses files below folders whose names begin with a dot. */
  refusesHidden?: string
}

interface Folder { dir: string; files: readonly string[]; env: Readonly<Record<string, string | undefined>> }

/** Reads what lies in the folder; runs nothing. */
export async function detectProject(dir: string, env: Readonly<Record<string, string | undefined>>): Promise<Detection> {
  const folder: Folder = { dir, files: await readdir(dir), env }
  const manifest = folder.files.includes('package.json') ? await readManifest(path.join(dir, 'package.json')) : undefined
  const name = manifest?.name ?? path.basename(dir)
  const node = manifest ? nodeCheck(manifest) : undefined
  // A package.json without tests may stand in a project of another language: for its tools, or for Autopack itself.
  if (node && manifest) {
    const hidden = refusesHidden(manifest)
    return { name, language: 'Node', check: node, setup: await nodeSetup(dir, folder.files, manifest), ...(hidden !== undefined && { refusesHidden: hidden }) }
  }
  const other = (await pythonProject(folder)) ?? (await goProject(folder)) ?? rustProject(folder) ?? javaProject(folder) ?? (await makeProject(folder))
  return { name, language: other?.language ?? (manifest ? 'Node' : undefined), check: other?.check, setup: undefined, ...(other?.pythonPath !== undefined && { pythonPath: other.pythonPath }) }
}

type Found = Pick<Detection, 'language' | 'check' | 'pythonPath'>

/** What of it is as it should be; nothing where it cannot be read: npm says what is wrong with it. */
async function readManifest(file: string): Promise<Manifest> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return {}
  }
  const { name, scripts, dependencies, devDependencies, workspaces } = recordOf(value)
  return { ...(typeof name === 'string' && { name }), scripts: textsOf(scripts), dependencies: textsOf(dependencies), devDependencies: textsOf(devDependencies), workspaces }
}

const recordOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {})
const textsOf = (value: unknown): Record<string, string> => Object.fromEntries(Object.entries(recordOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))

async function pythonProject(folder: Folder): Promise<Found | undefined> {
  const { dir, files } = folder
  const markers = files.filter((file) => /^(?:pyproject\.toml|setup\.(?:cfg|py)|tox\.ini|pytest\.ini|conftest\.py|Pipfile|requirements.*\.txt)$/.test(file))
  const texts = await Promise.all(markers.map((file) => readFile(path.join(dir, file), 'utf8').catch(() => '')))
  const tests = await Promise.all(['tests', 'test'].filter((name) => files.includes(name)).map((name) => readdir(path.join(dir, name)).catch(() => [])))
  const hasTests = [...files, ...tests.flat()].some((file) => /^(?:test_.*|.*_test)\.py$/.test(file))
  if (markers.length === 0 && !hasTests) return undefined
  const source = await sourceFolder(folder)
  const usesPytest = markers.some((file) => file === 'pytest.ini' || file === 'conftest.py') || texts.some((text) => /\bpytest\b/.test(text)) || tests.flat().includes('conftest.py')
  const pytest = ['python3', '-m', 'pytest', '-q', '--junitxml={report}']
  if (usesPytest) return { language: 'Python', check: { runner: 'pytest', run: pytest, format: 'junit', rerun: [...pytest, '{tests}'] }, ...source }
  if (hasTests) return { language: 'Python', ...source, check: { runner: 'unittest', run: ['python3', '-m', 'unittest', 'discover'], format: 'exit-code', hint: 'pytest runs these tests too, and tells of each' } }
  return { language: 'Python', check: undefined }
}

/** The `src` layout: its packages are importable only once they are installed, and then from wherever that was. */
async function sourceFolder({ dir, files }: Folder): Promise<{ pythonPath?: string }> {
  if (!files.includes('src')) return {}
  const entries = await readdir(path.join(dir, 'src'), { withFileTypes: true }).catch(() => [])
  const modules = await Promise.all(entries.map(async (entry) =>
    entry.isDirectory() ? (await readdir(path.join(dir, 'src', entry.name)).catch((): string[] => [])).includes('__init__.py') : entry.name.endsWith('.py')))
  return modules.includes(true) && !entries.some((entry) => entry.name === '__init__.py') ? { pythonPath: 'src' } : {}
}

async function goProject({ files, env }: Folder): Promise<Found | undefined> {
  if (!files.includes('go.mod')) return undefined
  if (await findOnPath('gotestsum', env)) return { language: 'Go', check: { runner: 'gotestsum', run: ['gotestsum', '--junitfile', '{report}', './...'], format: 'junit' } }
  return { language: 'Go', check: { runner: 'go test', run: ['go', 'test', './...'], format: 'exit-code', hint: 'with gotestsum installed there is a verdict for each test' } }
}

function rustProject({ files }: Folder): Found | undefined {
  return files.includes('Cargo.toml') ? { language: 'Rust', check: { runner: 'cargo test', run: ['cargo', 'test'], format: 'exit-code' } } : undefined
}

function javaProject({ files }: Folder): Found | undefined {
  if (!files.includes('pom.xml')) return undefined
  const maven = files.includes('mvnw') ? './mvnw' : 'mvn'
  return { language: 'Java', check: { runner: 'mvn test', run: [maven, '-B', '-q', 'test'], format: 'junit', report: 'target/surefire-reports/TEST-*.xml' } }
}

/** Whatever is built with make: its target `test` or `check`. */
async function makeProject({ dir, files }: Folder): Promise<Found | undefined> {
  const file = ['GNUmakefile', 'makefile', 'Makefile'].find((name) => files.includes(name))
  const rules = file === undefined ? [] : [...(await readFile(path.join(dir, file), 'utf8').catch(() => '')).matchAll(/^([\w .-]+):(?!=)/gm)]
  const targets = new Set(rules.flatMap(([, names = '']) => names.trim().split(/\s+/)))
  const target = ['test', 'check'].find((name) => targets.has(name))
  return target === undefined ? undefined : { language: undefined, check: { runner: `make ${target}`, run: ['make', target], format: 'exit-code' } }
}
