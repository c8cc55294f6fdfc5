/** One command as the top-level help shows it. */
export interface CommandEntry {
  name: string
  summary: string
  example: string
  group: 'start' | 'look' | 'act'
}

/** Every built-in command. `main.ts` loads `commands/<name>.ts` of the one that is called; imports nothing, for `--help`. */
export const commandTable: readonly CommandEntry[] = [
  { group: 'start', name: 'init', summary: 'look at the project, write a config and a first plan', example: 'autopack init' },
  { group: 'start', name: 'plan', summary: 'have notes made into a plan, checked and shown', example: 'autopack plan NOTES.md --write' },
  { group: 'start', name: 'run', summary: 'run what is queued, in the named runs or in all', example: 'autopack run export-20261201' },
  { group: 'start', name: 'drain', summary: 'work the whole backlog down, failed phases too', example: 'autopack drain --max-total-minutes 45' },
  { group: 'look', name: 'status', summary: 'runs and phases, their states and failures', example: 'autopack status --json' },
  { group: 'look', name: 'show', summary: 'one run or phase: attempts, evidence, diff, log', example: 'autopack show export-20261201 csv --diff' },
  { group: 'look', name: 'logs', summary: 'what a builder or check printed, or what was told of a run', example: 'autopack logs export-20261201 csv --follow' },
  { group: 'look', name: 'classify', summary: 'what failed in any log: class, fingerprint, evidence', example: 'autopack classify < ci.log' },
  { group: 'look', name: 'explain', summary: 'a fingerprint: its template, raw text and every failure', example: 'autopack explain v1-3f9c2a71b04d' },
  { group: 'look', name: 'stats', summary: 'where the tokens went, what they brought, why not', example: 'autopack stats --since 7d' },
  { group: 'look', name: 'config', summary: 'every value of the config, and where it came from', example: 'autopack config --json' },
  { group: 'look', name: 'verify', summary: 'prove that an attempt is as its receipt says', example: 'autopack verify path/to/receipt.json' },
  { group: 'look', name: 'doctor', summary: 'what stands in the way on this machine, each with its fix', example: 'autopack doctor' },
  { group: 'act', name: 'land', summary: 'take a complete run into your branch: rebased, checked', example: 'autopack land export-20261201 --update-checkout' },
  { group: 'act', name: 'gc', summary: 'remove what nobody needs: worktrees, old artifacts, caches', example: 'autopack gc --dry-run' },
  { group: 'act', name: 'knowledge', summary: 'share rules, flaky tests and closed buckets as a file', example: 'autopack knowledge export autopack-knowledge.json' },
  { group: 'act', name: 'requeue', summary: 'give a failed or held phase another try', example: 'autopack requeue export-20261201 csv --reason "mended the base"' },
  { group: 'act', name: 'accept', summary: 'keep what a failed phase did, against the verdict', example: 'autopack accept export-20261201 csv --reason "the test is wrong"' },
  { group: 'act', name: 'stop', summary: 'have everything, a run or a phase stop after cleaning up', example: 'autopack stop export-20261201' },
]

/** Commands of plugins that are on by default, for `--help`, which reads no config. */
export const pluginCommandTable: readonly (Pick<CommandEntry, 'name' | 'summary'> & { plugin: string })[] = [
  { plugin: 'fingerprintBuckets', name: 'buckets', summary: 'what failed for one reason, what it cost, what it parks' },
  { plugin: 'researchReview', name: 'review', summary: 'decide a phase that waits for a review' },
]
