import type { Migration } from './migration.ts'

export const circuits: Migration = {
  version: 6,
  statements: [
    // One row for each builder account whose usage limit was reached and that has not answered since.
    'create table circuits (project text not null, builder text not null, json text not null, primary key (project, builder))',
  ],
}
