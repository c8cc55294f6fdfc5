import type { Migration } from './migration.ts'

export const stops: Migration = {
  version: 7,
  statements: [
    // Requests that some drain has still to see. Without a project: of whoever finds the file in the runs directory.
    'create table stop_requests (key text not null primary key, project text, json text not null)',
  ],
}
