import type { Migration } from './migration.ts'

export const landings: Migration = {
  version: 8,
  statements: [
    // One row for each time that a run was taken into a branch, or it was tried. `target` names the branch and its repository; open ones hold it.
    `create table landings (
      id text not null primary key, project text not null, run text not null, number integer not null, target text not null,
      host text not null, pid integer not null, start_time text not null, token bigint not null, expires_at bigint not null,
      processes text not null default '[]', plan text, outcome text, started_at bigint not null, ended_at bigint, json text,
      unique (project, run, number), foreign key (project, run) references runs (project, id))`,
    'create index landings_open on landings (target) where ended_at is null',
  ],
}
