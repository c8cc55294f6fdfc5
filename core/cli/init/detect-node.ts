import type { DetectedCheck, Detection } from './detect.ts'
import { findInScripts } from './script-command.ts'
import { workspacePackages } from './workspaces.ts'

/** What of a package.json is read; nothing of it is believed to be of the right type. */
export interface Manifest { name?: string; scripts?: Record<string, string>; dependencies?: Record<string, string>; devDependencies?: Record<string, string>; workspaces?: unknown }

interface Runner {
  name: string
  /** The command without the arguments that the project's own script gives, and what makes it write a report. */
  run: readonly string[]
  reporting: readonly string[]
  format: DetectedCheck['format']
  report?: string
  hint?: string
  /** Arguments of a script that would get in the way: other reports, watching, coverage. With a value behind them where they are listed in `dropPairs`. */
  drop: RegExp
  dropPairs: readonly string[]
}

// A test that fails half-way leaves servers and timers behind, and jest and mocha then wait for ever: until the limit of the check, which says nothing of the test.
const jestShared = { name: 'jest', run: ['npx', 'jest', '--ci', '--forceExit'], drop: /^--(?:ci|forceExit|reporters|coverage|watch)/, dropPairs: ['--reporters'] }
const jest: Runner = { ...jestShared, reporting: [], format: 'exit-code', hint: 'install jest-junit and run `autopack init` in a copy to see a verdict for each test' }
const jestJunit: Runner = { ...jestShared, reporting: ['--reporters=jest-junit'], format: 'junit', report: 'junit.xml' }
const vitest: Runner = {
  name: 'vitest', run: ['npx', 'vitest', 'run'], reporting: ['--reporter=junit', '--outputFile={report}'], format: 'junit',
  drop: /^(?:run|watch|dev|-w|--(?:run|watch|ui|reporter|outputFile|coverage).*)$/, dropPairs: ['--reporter', '--outputFile'],
}
// Its `tap` names no files, by which a test that a phase took away on purpose is told from one that it lost.
const mocha: Runner = {
  name: 'mocha', run: ['npx', 'mocha', '--exit'], reporting: ['--reporter', 'xunit', '--reporter-option', 'output={report}'], format: 'junit',
  drop: /^(?:-R|-O|-w|--(?:exit|no-exit|reporter|reporter-options?|watch)(?:=.*)?)$/, dropPairs: ['--reporter', '-R', '--reporter-option', '--reporter-options', '-O'],
}

/** The test runner of a package.json, called as the project itself calls it, and telling of each test where it can. */
export function nodeCheck(manifest: Manifest): DetectedCheck | undefined {
  const packages = { ...manifest.dependencies, ...manifest.devDependencies }
  const script = (manifest.scripts?.['test'] ?? '').trim()
  const nodeTest = /^node ((?:--[\w-]+(?:=[\w./-]+)? )*)--test((?: [\w./*-]+)*)$/.exec(script)
  if (nodeTest) {
    const words = (text: string | undefined) => (text ?? '').split(' ').filter(Boolean)
    return { runner: 'node --test', run: ['node', ...words(nodeTest[1]), '--test', '--test-reporter=junit', '--test-reporter-destination={report}', ...words(nodeTest[2])], format: 'junit' }
  }
  const runner = 'vitest' in packages ? vitest : 'jest-junit' in packages ? jestJunit : 'jest' in packages ? jest : 'mocha' in packages ? mocha : undefined
  if (runner) return checkOf(runner, manifest)
  if (script !== '' && !script.includes('no test specified')) return { runner: 'npm test', run: ['npm', 'test'], format: 'exit-code' }
  return undefined
}

function checkOf({ name, run, reporting, format, report, hint, drop, dropPairs }: Runner, manifest: Manifest): DetectedCheck {
  const found = findInScripts(manifest.scripts ?? {}, 'test', name)
  const kept = (found?.args ?? []).filter((argument, index, all) => !drop.test(argument) && !dropPairs.includes(all[index - 1] ?? ''))
  const more = found?.beside.length ? `the script \`test\` does more: ${found.beside.join(', ')}. Make a check of what must not get worse` : undefined
  return {
    runner: name, run: [...run, ...reporting, ...kept], format, ...(report !== undefined && { report }),
    ...(found && Object.keys(found.env).length > 0 && { env: found.env }), ...((hint ?? more) !== undefined && { hint: hint ?? more! }),
  }
}

const lockFiles: readonly (readonly [string, readonly string[]])[] = [
  ['package-lock.json', ['npm', 'ci']], ['pnpm-lock.yaml', ['pnpm', 'install', '--frozen-lockfile']], ['yarn.lock', ['yarn', 'install', '--frozen-lockfile']],
]

/** Libraries often commit no lock file; one that the setup left behind would count as a change. */
const unlocked = ['package.json', ['npm', 'install', '--no-package-lock']] as const

/** Packages that answer 404 for a file below any folder whose name begins with a dot. */
const refusingHidden: readonly string[] = ['express', 'send', 'serve-static', '@fastify/send']

export function refusesHidden(manifest: Manifest): string | undefined {
  const packages = [manifest.name ?? '', ...Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })]
  return refusingHidden.find((name) => packages.includes(name))
}

export async function nodeSetup(dir: string, files: readonly string[], manifest: Manifest): Promise<Detection['setup']> {
  const needed = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) => name !== 'autopack')
  const packages = await workspacePackages(dir, files, manifest.workspaces)
  if (needed.length === 0 && packages.length === 0) return undefined
  const [file, run] = lockFiles.find(([name]) => files.includes(name)) ?? unlocked
  const folders = packages.map((folder) => `${folder}/node_modules`)
  return {
    // A package that needs nothing of its own gets no folder, and what is cached has to be there.
    run: [[...run], ...(folders.length > 0 ? [['mkdir', '-p', ...folders]] : [])],
    cache: ['node_modules', ...folders], key: [file, ...(files.includes('pnpm-workspace.yaml') ? ['pnpm-workspace.yaml'] : []), ...(file === 'package.json' ? packages.map((folder) => `${folder}/package.json`) : [])],
  }
}
