import path from 'node:path'
import { caselessKeyFor, keyFor, takenKeys, type TakenKeys } from './key.ts'
import { draftPaths, runPaths } from './run-paths.ts'
import type { DraftPaths, RunPaths } from './run-paths.ts'
import { timeStamp } from './stamp.ts'
import { worktreePaths } from './worktrees.ts'
import type { WorktreePaths, WorktreePlace } from './worktrees.ts'

/** Every path below the runs directory. All are absolute; nothing is created by asking for one. */
export interface RunLayout {
  readonly runsDir: string
  /** The project's id. */
  readonly project: string
  /** The SQLite database, unless `DATABASE_URL` names another. */
  readonly database: string
  readonly gitignore: string
  /** JSON `{run?, phase?, at, by}` of `autopack stop`. */
  readonly stopSignal: string
  /** Where it is put while it is taken away. */
  stopSignalAside(pid: number): string
  readonly breakGlass: string
  readonly serverLog: string
  readonly drainSessionsDir: string
  drainSession(id: string): string
  drainSessionEvents(id: string): string
  /** The latest notification of a session as JSON, and what the commands printed that were given it. */
  drainNotification(id: string): string
  drainNotifyLog(id: string): string
  /** Holds worktrees, where they lie in the runs directory. */
  readonly workspacesDir: string
  readonly projectDir: string
  /** Holds `{family}/{run key}/` for every run of the project. */
  readonly projectRunsDir: string
  readonly learnedRules: string
  /** Faults that others knew to be over when their knowledge was imported. */
  readonly knowledge: string
  readonly buildHistory: string
  readonly draftsDir: string
  /** What `autopack plan` keeps of a draft. */
  draft(id: string): DraftPaths
  readonly rulesUpdated: string
  /** Where a broken file of what was learned is put aside; `count` from 1. */
  aside(file: string, count: number): string
  run(run: { family: string; key: string }): RunPaths
  /** Commits that `gc --force` took out of the repository. */
  keptBundle(name: string): string
  /** What a plugin remembers between drains. */
  pluginDir(plugin: string): string
  /** Where worktrees, setup caches and private index files lie: see `WorktreePaths`. */
  worktrees(place: WorktreePlace): WorktreePaths
  /** The name of the folder or file of an id; see `keyFor`. */
  keyFor(id: string, isTaken?: (key: string) => boolean): string
  /** A test for `keyFor` over the keys in use, ignoring case. */
  takenKeys(keys: Iterable<string>): TakenKeys
}

const databaseName = 'autopack.db'
const topLevelFiles = [databaseName, `${databaseName}-wal`, `${databaseName}-shm`, `${databaseName}-journal`, 'break_glass_repairs.jsonl']
const topLevelFolders = ['drain_sessions', 'workspaces', 'diagnostics']

/** The one place that builds a path under the runs directory. `runsDir` is absolute. */
export function createRunLayout(options: { runsDir: string; project: string }): RunLayout {
  if (!path.isAbsolute(options.runsDir)) throw new Error(`the runs directory must be absolute, got ${JSON.stringify(options.runsDir)}`)
  const runsDir = path.normalize(options.runsDir)
  const projectKey = keyFor(options.project, takenKeys([...topLevelFiles, ...topLevelFolders]))
  const projectDir = path.join(runsDir, projectKey)
  const projectRunsDir = path.join(projectDir, 'runs')
  const draftsDir = path.join(projectDir, 'drafts')
  const drainSessionsDir = path.join(runsDir, 'drain_sessions')
  return {
    runsDir,
    project: options.project,
    database: path.join(runsDir, databaseName),
    gitignore: path.join(runsDir, '.gitignore'),
    stopSignal: path.join(runsDir, '.stop_executor'),
    stopSignalAside: (pid) => path.join(runsDir, `.stop_executor-${pid}`),
    breakGlass: path.join(runsDir, 'break_glass_repairs.jsonl'),
    serverLog: path.join(runsDir, 'diagnostics', 'server.log'),
    drainSessionsDir,
    drainSession: (id) => path.join(drainSessionsDir, `${caselessKeyFor(id)}.json`),
    drainSessionEvents: (id) => path.join(drainSessionsDir, `${caselessKeyFor(id)}.events.jsonl`),
    drainNotification: (id) => path.join(drainSessionsDir, `${caselessKeyFor(id)}.notification.json`),
    drainNotifyLog: (id) => path.join(drainSessionsDir, `${caselessKeyFor(id)}.notify.log`),
    workspacesDir: path.join(runsDir, 'workspaces'),
    projectDir,
    projectRunsDir,
    learnedRules: path.join(projectDir, 'docs', 'LEARNED_RULES.json'),
    knowledge: path.join(projectDir, 'docs', 'KNOWLEDGE.json'),
    buildHistory: path.join(projectDir, 'docs', 'BUILD_HISTORY.md'),
    draftsDir,
    draft: (id) => draftPaths(path.join(draftsDir, caselessKeyFor(id))),
    rulesUpdated: path.join(projectDir, 'rules_updated.json'),
    aside: (file, count) => `${file}.broken-${count}`,
    keptBundle: (name) => path.join(projectDir, 'kept', `${caselessKeyFor(name)}.bundle`),
    pluginDir: (plugin) => path.join(projectDir, 'plugins', keyFor(plugin)),
    run: (run) => runPaths(`${projectRunsDir}/${keyFor(run.family)}/${run.key}`),
    worktrees: (place) => worktreePaths({ ...place, runsDir, projectKey }),
    keyFor,
    takenKeys,
  }
}

/** `batch-drain-YYYYMMDD-HHMMSS` in UTC; a name that is taken gets `-2`, `-3` and so on. `now` in epoch milliseconds. */
export function drainSessionId(now: number, isTaken: (id: string) => boolean): string {
  const first = `batch-drain-${timeStamp(now)}`
  let id = first
  for (let count = 2; isTaken(id); count++) id = `${first}-${count}`
  return id
}
