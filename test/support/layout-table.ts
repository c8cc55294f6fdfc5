/**
 * The table of docs/parallel-runs.md: every path that RunLayout makes, who writes there, and which test proves that nothing of it lands elsewhere.
 * A path that this table does not know, a writer that does not name it any more, and a test that has no such kind of file end the generation.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createRunLayout } from '../../core/layout/layout.ts'
import { kinds, kindsOfAgents, kindsOfGarbage, kindsOfLanding } from './file-kinds.ts'
import { repositoryRoot } from './project.ts'

const wholeTest = 'test/e2e/runs-dir.test.ts'
const nobody = 'nobody yet'

/** Property, as `layout.run.phase.attempt` has it → the file that writes there; `nobody yet` for a name that is only kept. */
const writers: Readonly<Record<string, string>> = {
  'database': 'core/store/open.ts', 'gitignore': 'core/layout/ensure.ts', 'stopSignal': 'core/project/stop-file.ts', 'stopSignalAside': 'core/project/stop-file.ts',
  'breakGlass': 'core/project/repair/journal.ts', 'serverLog': nobody, 'drainSession': 'core/project/session-files.ts', 'drainSessionEvents': 'core/project/session-files.ts',
  'drainNotification': 'core/project/notify.ts', 'drainNotifyLog': 'core/project/notify.ts', 'learnedRules': 'core/pipeline/learn.ts', 'knowledge': 'core/project/knowledge.ts',
  'buildHistory': 'plugins/research-review/files.ts', 'rulesUpdated': 'core/pipeline/learn.ts', 'aside': 'core/pipeline/learn.ts', 'keptBundle': 'core/project/gc/collect.ts', 'pluginDir': 'plugins/optional-dependencies/memory.ts',
  'draft.plan': 'core/project/draft/draft.ts', 'draft.schema': 'core/project/draft/draft.ts', 'draft.prompt': 'core/project/draft/draft.ts', 'draft.builderLog': 'core/project/draft/build.ts',
  'draft.setupLog': 'core/project/draft/draft.ts', 'draft.tryLog': 'core/project/draft/check.ts', 'draft.tryReport': 'core/project/draft/check.ts', 'draft.open': 'core/project/draft/record.ts', 'draft.openTakenBy': 'core/project/draft/record.ts',
  'run.summary': 'core/pipeline/summary.ts', 'run.historyPack': 'core/pipeline/history-pack.ts', 'run.ruleHints': 'core/pipeline/learn.ts', 'run.baseline': 'core/pipeline/baseline.ts', 'run.retry': 'core/pipeline/judge.ts',
  'run.failure': 'core/pipeline/conclude.ts', 'run.handoff': nobody, 'run.preflightLog': 'core/project/preflight.ts', 'run.supervisorLog': 'core/project/worker-logs.ts', 'run.review': 'core/project/reviews.ts', 'run.reviewExport': 'plugins/research-review/files.ts',
  'attempt.prompt': 'core/pipeline/prompt.ts', 'attempt.usage': 'core/pipeline/build.ts', 'attempt.builderLog': 'core/pipeline/build.ts', 'attempt.builderJsonl': 'core/builders/run-agent.ts', 'attempt.summary': 'core/pipeline/build.ts',
  'attempt.resumedPrompt': 'core/builders/resume.ts', 'attempt.outputSchema': 'core/builders/codex.ts', 'attempt.aiderChat': 'core/builders/aider.ts', 'attempt.aiderInput': 'core/builders/aider.ts',
  'attempt.setupLog': 'core/pipeline/workspace-stage.ts', 'attempt.thread': 'core/pipeline/thread.ts', 'attempt.changesPatch': 'core/pipeline/phase.ts', 'attempt.receipt': 'core/pipeline/commit.ts', 'attempt.collected': 'core/project/gc/artifacts.ts',
  'attempt.sharedGit': 'core/pipeline/phase.ts', 'attempt.replacedGitDir': 'core/pipeline/recovery.ts', 'attempt.review': 'core/pipeline/commit.ts', 'attempt.checkLog': 'core/pipeline/run-check.ts', 'attempt.checkReport': 'core/pipeline/run-check.ts',
  'landing.record': 'core/project/land/land.ts', 'landing.baseline': 'core/project/land/check.ts', 'landing.retry': 'core/project/land/check.ts', 'landing.requestLog': 'core/project/land/once.ts', 'landing.setupLog': 'core/project/land/check.ts',
  'landing.checkLog': 'core/pipeline/run-check.ts', 'landing.checkReport': 'core/pipeline/run-check.ts', 'landing.collected': 'core/project/gc/artifacts.ts',
}

/** What no run of that test leaves, and what proves its place in that case. */
const provedElsewhere: Readonly<Record<string, string>> = {
  'stopSignal': 'test/core/project/stop-signal.test.ts', 'stopSignalAside': 'test/core/project/stop-signal.test.ts', 'aside': 'test/core/pipeline/learn.test.ts', 
  'draft.open': 'test/core/project/draft-crash.test.ts', 'draft.openTakenBy': 'test/core/project/draft-crash.test.ts',
  'run.preflightLog': 'test/core/project/preflight.test.ts', 'attempt.sharedGit': 'test/e2e/recovery.test.ts', 'attempt.replacedGitDir': 'test/e2e/recovery.test.ts', 'landing.requestLog': 'test/core/project/land/land.test.ts',
}

/** Folders, and what stands for something else: no file of its own. */
const noFile = /(?:^|\.)(?:dir|runsDir|(?:drainSessions|drafts|workspaces|project|projectRuns|phases|landings|diagnostics|reviews|checks|temporary)Dir|project|threadBefore)$/
/** What an attempt's folder has and a landing's never gets. */
const notOfLanding = new Set(['prompt', 'usage', 'builderLog', 'builderJsonl', 'resumedPrompt', 'outputSchema', 'aiderChat', 'aiderInput', 'summary', 'thread', 'threadBefore', 'temporaryDir', 'changesPatch', 'receipt', 'sharedGit', 'replacedGitDir', 'review'])

/** Arguments for every path that takes some; one that is missing here ends the generation. */
const given: Readonly<Record<string, (names: Names) => readonly unknown[]>> = {
  stopSignalAside: () => [1], drainSession: ({ session }) => [session], drainSessionEvents: ({ session }) => [session], drainNotification: ({ session }) => [session], drainNotifyLog: ({ session }) => [session],
  openTakenBy: () => [1], tryLog: () => [0, 0], tryReport: () => [0, 0], aside: () => ['/runs/p/docs/LEARNED_RULES.json', 1], keptBundle: () => ['what'], pluginDir: () => ['optionalDependencies'], review: () => ['asked-1'], reviewExport: () => ['asked-1'], checkLog: () => ['tests'], checkReport: () => ['tests'],
}
const notPaths = new Set(['worktrees', 'keyFor', 'takenKeys', 'run', 'phase', 'attempt', 'landing', 'draft', 'takerOfOpen', 'attemptNumber'])

interface Names { project: string; draft: string; family: string; run: string; phase: string; session: string }
const inTest: Names = { project: 'p', draft: 'd', family: 'r', run: 'r', phase: 'good', session: 'batch-drain-20260101-000000' }

interface Row { name: string; place: string }

function rowsOf(names: Names): Row[] {
  const layout = createRunLayout({ runsDir: '/runs', project: names.project })
  const run = layout.run({ family: names.family, key: names.run })
  const attempt = run.phase({ index: 0, key: names.phase }).attempt(1)
  const rows: Row[] = []
  const add = (prefix: string, paths: object, skip: ReadonlySet<string> = new Set()) => {
    for (const [key, value] of Object.entries(paths)) {
      const name = prefix + key
      if (notPaths.has(key) || skip.has(key) || noFile.test(name)) continue
      const place: unknown = typeof value === 'function' ? value(...(given[key] ?? unknown(name))(names)) : value
      rows.push({ name, place: path.relative('/runs', String(place)) + (key === 'pluginDir' ? '/memory.json' : '') })
    }
  }
  add('', layout)
  const draft = layout.draft(names.draft)
  add('draft.', draft)
  const { prompt, builderLog } = draft.attempt(1)
  add('draft.', { prompt, builderLog })
  add('run.', run)
  add('attempt.', attempt)
  add('landing.', run.landing(1), notOfLanding)
  return rows
}

function unknown(name: string): never {
  throw new Error(`test/support/layout-table.ts does not know RunLayout's ${name}: say who writes it and what proves its place`)
}

const allKinds = Object.entries({ ...kinds, ...kindsOfLanding, ...kindsOfGarbage, ...kindsOfAgents })

function proofOf({ name, place }: Row, writer: string): string {
  const elsewhere = provedElsewhere[name]
  if (elsewhere !== undefined) {
    if (!existsSync(path.join(repositoryRoot, elsewhere))) throw new Error(`${elsewhere}, which is to prove the place of ${name}, is gone`)
    return `\`${elsewhere}\``
  }
  const kind = allKinds.find(([, pattern]) => pattern.test(place))
  if (kind) return `\`${wholeTest}\`: ${kind[0]}`
  if (writer === nobody) return '–'
  throw new Error(`no test proves the place of ${name} (${place}): add its kind to test/support/file-kinds.ts`)
}

/** Plugins and builders are given folders and files, and do not know what RunLayout calls them. */
const byAnotherName = new Set(['run.reviewExport', 'attempt.builderJsonl'])

function checkWriter(name: string, writer: string): void {
  if (writer === nobody || byAnotherName.has(name)) return
  const text = readFileSync(path.join(repositoryRoot, writer), 'utf8')
  const key = name.slice(name.lastIndexOf('.') + 1)
  if (!new RegExp(`\\b${key}\\b`).test(text)) throw new Error(`${writer} does not name ${key} any more: who writes ${name} now?`)
}

/** What the samples stand for. */
const shownNames: readonly (readonly [string, string])[] = [
  ['PROJECT', '{project}'], ['FAMILY', '{family}'], ['RUN', '{run}'], ['01_PHASE', '{NN}_{phase}'], ['/session.', '/{session}.'], ['attempt-1', 'attempt-{n}'], ['p/docs', '{project}/docs'], ['what.bundle', '{name}.bundle'],
  ['drafts/draft/', 'drafts/{draft}/'], ['asked-1.', '{phase}-{n}.'], ['checks/tests.', 'checks/{check}.'], ['/open-1.', '/open-{pid}.'], ['/check-1-1.', '/check-{phase}-{n}.'], ['_executor-1', '_executor-{pid}'], ['broken-1', 'broken-{n}'], ['plugins/optionalDependencies/memory.json', 'plugins/{plugin}/'],
]

/** As it stands in the page. */
export function layoutTable(): string {
  const samples = { project: 'PROJECT', draft: 'draft', family: 'FAMILY', run: 'RUN', phase: 'PHASE', session: 'session' }
  const places = new Map(rowsOf(samples).map(({ name, place }) => [name, place]))
  const rows = rowsOf(inTest).map((row) => {
    const writer = writers[row.name] ?? unknown(row.name)
    checkWriter(row.name, writer)
    const place = shownNames.reduce((text, [name, shown]) => text.replace(name, shown), places.get(row.name)!)
    return `| \`${place}\` | ${writer === nobody ? nobody : `\`${writer}\``} | ${proofOf(row, writer)} |`
  })
  const unused = Object.keys(writers).filter((name) => !places.has(name))
  if (unused.length > 0) throw new Error(`RunLayout has no ${unused.join(', ')} any more`)
  return ['| file | who writes it | what proves its place |', '|---|---|---|', ...rows].join('\n')
}

const begin = '<!-- table of RunLayout: written by test/support/generate.ts -->'
const end = '<!-- end of the table -->'

/** The page with the table as it is now. */
export function withLayoutTable(page: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) throw new Error('docs/parallel-runs.md has lost the marks of its table')
  return `${page.slice(0, from + begin.length)}\n\n${layoutTable()}\n\n${page.slice(to)}`
}
