import type { Migration } from './migration.ts'

export const lean: Migration = {
  version: 5,
  statements: [
    // No query ever used it: a state that is bound as a value proves nothing to the planner. Every claim paid a page for it.
    'drop index phases_queued',
  ],
}
