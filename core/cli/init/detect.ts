import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { findOnPath } from '../find-program.ts'

/** A check that fits the project's test runner. */
export interface DetectedCheck {
  runner: string
  run: string[]
  format: 'junit' | 'tap' | 'exit-code'
  /** Runs only the tests that failed, where the runner takes the names that its report gives. */
  rerun?: string[]
  /** Where the runner writes its report by itself. */
  report?: string
  /** What would make the verdicts better. */
  hint?: string
}

export interface Detection {
  /** Id of the project: the package's name, else the folder's. */
  name: string
  language: 'Node' | 'Python' | 'Go' | 'Rust' | 'Java' | undefined
  check: DetectedCheck | undefined
  /** Makes dependencies available in worktrees, where the runner needs them. */
  setup: { run: string[]; cache: string; key: string } | undefined
  /** Where the tests find the worktree's own modules, relative to it: what is installed on the machine may be another copy. */
  pythonPath?: string
}

interface Manifest { name?: string; scripts?: Record<string, string>; dependencies?: Record<string, string>; devDependencies?: Record<string, string> }
interface Folder { dir: string; files: readonly string[]; env: Readonly<Record<string, string | undefined>> }

/** Reads what lies in the folder; runs nothing. */
export async function detectProject(dir: string, env: Readonly<Record<string, string | undefined>>): Promise<Detection> {
  const folder: Folder = { dir, files: await readdir(dir), env }
  const manifest = folder.files.includes('package.json') ? await readManifest(path.join(dir, 'package.json')) : undefined
  const name = manifest?.name ?? path.basename(dir)
  const node = manifest ? nodeCheck(manifest) : undefined
  // A package.json without tests may stand in a project of another language: for its tools, or for Autopack itself.
  if (node && manifest) return { name, language: 'Node', check: node, setup: nodeSetup(folder, manifest) }
  const other = (await pythonProject(folder)) ?? (await goProject(folder)) ?? rustProject(folder) ?? javaProject(folder)
  return { name, language: other?.language ?? (manifest ? 'Node' : undefined), check: other?.check, setup: undefined, ...(other?.pythonPath !== undefined && { pythonPath: other.pythonPath }) }
}

type Found = Pick<Detection, 'language' | 'check' | 'pythonPath'>

async function readManifest(file: string): Promise<Manifest> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return typeof value === 'object' && value !== null ? (value as Manifest) : {}
  } catch {
    return {}
  }
}

function nodeCheck(manifest: Manifest): DetectedCheck | undefined {
  const uses = (name: string) => name in { ...manifest.dependencies, ...manifest.devDependencies }
  const script = manifest.scripts?.['test'] ?? ''
  if (uses('vitest')) return { runner: 'vitest', run: ['npx', 'vitest', 'run', '--reporter=junit', '--outputFile={report}'], format: 'junit' }
  if (uses('jest-junit')) return { runner: 'jest', run: ['npx', 'jest', '--ci', '--reporters=jest-junit'], format: 'junit', report: 'junit.xml' }
  if (uses('jest')) return { runner: 'jest', run: ['npx', 'jest', '--ci'], format: 'exit-code', hint: 'install jest-junit and run `autopack init` in a copy to see a verdict for each test' }
  // Its `tap` names no files, by which a test that a phase took away on purpose is told from one that it lost.
  if (uses('mocha')) return { runner: 'mocha', run: ['npx', 'mocha', '--reporter', 'xunit', '--reporter-option', 'output={report}'], format: 'junit' }
  const nodeTest = /^node ((?:--[\w-]+(?:=[\w./-]+)? )*)--test((?: [\w./*-]+)*)$/.exec(script.trim())
  if (nodeTest) {
    const words = (text: string | undefined) => (text ?? '').split(' ').filter(Boolean)
    return { runner: 'node --test', run: ['node', ...words(nodeTest[1]), '--test', '--test-reporter=junit', '--test-reporter-destination={report}', ...words(nodeTest[2])], format: 'junit' }
  }
  if (script !== '' && !script.includes('no test specified')) return { runner: 'npm test', run: ['npm', 'test'], format: 'exit-code' }
  return undefined
}

const lockFiles: readonly (readonly [string, readonly string[]])[] = [
  ['package-lock.json', ['npm', 'ci']], ['pnpm-lock.yaml', ['pnpm', 'install', '--frozen-lockfile']], ['yarn.lock', ['yarn', 'install', '--frozen-lockfile']],
]

/** Libraries often commit no lock file; one that the setup left behind would count as a change. */
const unlocked = ['package.json', ['npm', 'install', '--no-package-lock']] as const

function nodeSetup({ files }: Folder, manifest: Manifest): Detection['setup'] {
  const needed = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) => name !== 'autopack')
  if (needed.length === 0) return undefined
  const [file, run] = lockFiles.find(([name]) => files.includes(name)) ?? unlocked
  return { run: [...run], cache: 'node_modules', key: file }
}

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
