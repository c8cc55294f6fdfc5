import type { Migration } from './migration.ts'

export const telemetry: Migration = {
  version: 2,
  statements: [
    // JSON: what the attempt was expected to cost when it was claimed, and what it brought.
    'alter table attempts add column estimate text',
    'alter table attempts add column yield text',
    // For the latest attempts, and those of a session, which all began after it.
    'create index attempts_started on attempts (project, started_at)',
  ],
}
