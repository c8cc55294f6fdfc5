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
  { group: 'start', name: 'run', summary: 'run what is queued: of the named runs, or of all plans', example: 'autopack run fileorg-p2-20251208' },
  { group: 'start', name: 'drain', summary: 'work the whole backlog down under stop rules', example: 'autopack drain --max-total-minutes 45' },
  { group: 'look', name: 'status', summary: 'runs and phases, their states and failures', example: 'autopack status --json' },
  { group: 'look', name: 'show', summary: 'one run or phase: attempts, evidence, diff, log', example: 'autopack show demo slug --diff' },
  { group: 'look', name: 'logs', summary: 'what the builder or a check of a phase printed', example: 'autopack logs demo slug --follow' },
  { group: 'look', name: 'config', summary: 'every value of the config, and where it came from', example: 'autopack config --json' },
  { group: 'look', name: 'verify', summary: 'recompute the hashes of a receipt', example: 'autopack verify path/to/receipt.json' },
  { group: 'look', name: 'doctor', summary: 'what stands in the way on this machine, each with its fix', example: 'autopack doctor' },
  { group: 'act', name: 'requeue', summary: 'give a failed or held phase another try', example: 'autopack requeue demo slug --reason "mended the base"' },
  { group: 'act', name: 'stop', summary: 'stop everything, a run or a phase after cleaning up', example: 'autopack stop demo' },
]
