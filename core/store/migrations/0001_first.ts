import type { Migration } from './migration.ts'

export const first: Migration = {
  version: 1,
  statements: [
    'create table store (id text not null primary key, schema_version integer not null, created_at bigint not null)',
    `create table runs (
      project text not null, id text not null, key text not null, family text not null, goal text, base_ref text not null, base_commit text,
      ordered integer not null, source text not null, imported_at bigint not null,
      primary key (project, id), unique (project, key))`,
    `create table phases (
      project text not null, run text not null, id text not null, key text not null, position integer not null, number integer not null,
      spec text not null, state text not null check (state in ('QUEUED', 'EXECUTING', 'COMPLETE', 'FAILED', 'SKIPPED', 'REVIEW')), stage text,
      hold_reason text, not_before bigint,
      charged integer not null default 0 check (charged >= 0), charged_ever integer not null default 0 check (charged_ever >= charged),
      uncharged integer not null default 0, attempts integer not null default 0,
      class text, fingerprint text, title text, commit_id text,
      primary key (project, run, id), unique (project, run, key), foreign key (project, run) references runs (project, id))`,
    // What a drain asks for again and again; finished phases, the most of them in an old store, cost it nothing.
    `create index phases_queued on phases (project, run, position) where state = 'QUEUED'`,
    `create index phases_of_run on phases (project, run, position)`,
    `create table attempts (
      id text not null primary key, project text not null, run text not null, phase text not null, number integer not null,
      charged integer not null, session text not null, host text not null, pid integer not null, start_time text not null,
      fencing_token bigint not null, base_commit text, stage text not null, outcome text, started_at bigint not null, ended_at bigint,
      usage text not null, builder_reached integer not null default 0, classification text, failure text, commit_id text, receipt_hash text,
      processes text not null default '[]', worktree text,
      unique (project, run, phase, number), foreign key (project, run, phase) references phases (project, run, id))`,
    'create index attempts_unfinished on attempts (project, run) where ended_at is null',
    `create table leases (
      project text not null, run text not null, token bigint not null, attempt text, host text not null, pid integer not null,
      start_time text not null, expires_at bigint not null,
      primary key (project, run), foreign key (project, run) references runs (project, id))`,
    'create table allowances (project text not null, session text not null, granted_at bigint not null, primary key (project, session))',
    'create table requeues (project text not null, run text not null, phase text not null, reason text not null, requeued_at bigint not null)',
    'create table baselines (project text not null, key text not null, json text not null, written_at bigint not null, primary key (project, key))',
    `create table flakes (project text not null, check_name text not null, test text not null, seen integer not null, last_at bigint not null,
      primary key (project, check_name, test))`,
    'create table durations (project text not null, key text not null, milliseconds bigint not null, recorded_at bigint not null, primary key (project, key))',
    'create table sessions (project text not null, id text not null, json text not null, written_at bigint not null, primary key (project, id))',
    'create table worktrees (project text not null, path text not null primary key, run text not null, attempt text)',
  ],
}
