import { agents } from '../agents.ts'
import type { Agent } from '../agents.ts'
import type { DetectedCheck, Detection } from './detect.ts'

/** What the stand-in for an agent does: enough for the first plan to go through. */
const standIn = `{ shell: 'mkdir -p docs && cp "$AUTOPACK_PROMPT_FILE" docs/autopack.md' }`

/** Variables that a language's tools go by. */
const toolchains: Readonly<Record<NonNullable<Detection['language']>, readonly string[]>> = {
  Node: ['NODE_*'],
  Python: ['PYTHON*', 'VIRTUAL_ENV'],
  Go: ['GO*'],
  Rust: ['CARGO_*', 'RUST*'],
  Java: ['JAVA_*', 'MAVEN_*'],
}

export interface ConfigChoices {
  detection: Detection
  /** Agents that are installed; the first one builds. */
  installed: readonly Agent[]
  project: string
  /** Limit of the check, such as `2m`. */
  timeout: string
  /** Whether worktrees would by themselves lie below a folder whose name begins with a dot. */
  hiddenWorktrees: boolean
}

/** The text of `autopack.config.ts`. */
export function configText({ detection, installed, project, timeout, hiddenWorktrees }: ConfigChoices): string {
  const { check, setup, pythonPath } = detection
  const pass = detection.language ? toolchains[detection.language] : []
  const lines = [
    "import { defineConfig } from 'autopack'",
    `import { ${installed[0]?.name ?? 'command'} } from 'autopack/builders'`,
    '',
    'export default defineConfig({',
    `  project: ${quote(project)},`,
    '',
    ...builderLines(installed),
    '',
    '  // One file describes one run.',
    "  plans: ['runs/*.{yaml,yml,json}'],",
    '',
    ...(check ? checkLines(check, timeout) : ['  // Commands that must not get worse: tests, a build, a linter.', "  // checks: [{ name: 'tests', run: ['npm', 'test'], timeout: '5m' }],"]),
    ...workspaceLines(setup, hiddenWorktrees ? detection.refusesHidden : undefined, project),
    ...envLines(pass, pythonPath),
    '})',
  ]
  return `${lines.join('\n')}\n`
}

/** In characters, of a line of a config that stays one. */
const longestLine = 150

function workspaceLines(setup: Detection['setup'], refusing: string | undefined, project: string): string[] {
  const keys = [
    ...(setup ? [`setup: [${setup.run.map(list).join(', ')}]`, `cache: ${list(setup.cache)}`, `key: ${list(setup.key)}`] : []),
    ...(refusing === undefined ? [] : [`dir: ${quote(`../${project.replace(/[^\w.-]+/g, '-')}-worktrees`)}`]),
  ]
  if (keys.length === 0) return []
  return [
    '', ...(setup ? [`  // Worktrees get dependencies of their own: made once for each state of ${setup.key[0]!}, then copied.`] : []),
    ...(refusing === undefined ? [] : [`  // They lie beside the project: ${refusing} answers 404 for files below a folder whose name begins with a dot, such as the user's cache folder.`]),
    ...(keys.join(', ').length > longestLine ? ['  workspace: {', ...keys.map((key) => `    ${key},`), '  },'] : [`  workspace: { ${keys.join(', ')} },`]),
  ]
}

function envLines(pass: readonly string[], pythonPath: string | undefined): string[] {
  if (pass.length === 0) return []
  const why = '  // Children see an allow-list of the environment; what else they need is named here.'
  if (pythonPath === undefined) return ['', why, `  env: { pass: ${list(pass)} },`]
  const whose = `  // PYTHONPATH: the tests import what lies in the worktree, and not a copy that is installed on this machine.`
  return ['', why, whose, `  env: { pass: ${list(pass)}, set: { PYTHONPATH: ${quote(pythonPath)} } },`]
}

function builderLines(installed: readonly Agent[]): string[] {
  // A name needs no import.
  const line = ({ name }: Agent) => `builder: ${quote(name)},`
  const [first, ...rest] = installed
  if (first) return ['  // What edits the worktree.', `  builder: ${first.name}(),`, ...rest.map((agent) => `  // ${line(agent)}`)]
  return [
    '  // What edits the worktree. No coding agent was found here, so this stand-in only writes down the prompt that an agent would get.',
    `  builder: command({ run: ${standIn} }),`,
    '  // Put your agent in its place:',
    ...agents.map((agent) => `  // ${line(agent)}`),
  ]
}

function checkLines(check: DetectedCheck, timeout: string): string[] {
  const report = check.report === undefined ? '' : `, report: ${quote(check.report)}`
  const env = check.env === undefined ? '' : `, env: { ${Object.entries(check.env).map(([name, value]) => `${name}: ${quote(value)}`).join(', ')} }`
  const why = '  // What must not get worse. It runs on the base too: what failed there does not count against a phase.'
  if (check.rerun) {
    return [
      why, '  checks: [', '    {', `      name: 'tests', run: ${list(check.run)}, format: ${quote(check.format)}${report}${env}, timeout: ${quote(timeout)},`,
      '      // A new failure is tried once more before it counts: only the tests that failed.', `      rerun: ${list(check.rerun)},`, '    },', '  ],',
    ]
  }
  return [why, `  checks: [{ name: 'tests', run: ${list(check.run)}, format: ${quote(check.format)}${report}${env}, timeout: ${quote(timeout)} }],`]
}

/** The text of `runs/first.yaml`: one phase that any builder can do, the stand-in too. */
export const firstPlan = `# A plan describes one run: phases, each done by the builder in a worktree of its own and judged by checks.
id: first
goal: See Autopack do one small thing
phases:
  - id: hello
    goal: |
      Write docs/autopack.md: one short page that says what this project is and that Autopack was here.
    scope:
      paths: [docs/autopack.md]                # what may be changed
    deliverables: [docs/autopack.md]           # what must be there afterwards
    checks:
      - name: written                          # must pass, whatever it did before
        run: [test, -s, docs/autopack.md]
`

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const list = (items: readonly string[]): string => `[${items.map(quote).join(', ')}]`
