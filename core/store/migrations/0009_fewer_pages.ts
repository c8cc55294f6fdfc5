import type { Migration } from './migration.ts'

/** What a claim and its end write is counted in pages: an index costs one or two of each attempt, and each page as much as two statements. */
export const fewerPages: Migration = {
  version: 9,
  statements: [
    // `seq`: the order in which they began, so that the latest are the last rows and need no index. An id is looked for within its run. The run comes first in
    // the key, or the planner would sort all attempts of a project by it to find the latest.
    `create table attempts_now (
      seq integer primary key, id text not null, project text not null, run text not null, phase text not null, number integer not null,
      charged integer not null, session text not null, host text not null, pid integer not null, start_time text not null,
      fencing_token bigint not null, base_commit text, stage text not null, outcome text, started_at bigint not null, ended_at bigint,
      usage text not null, builder_reached integer not null default 0, classification text, failure text, commit_id text, receipt_hash text,
      processes text not null default '[]', worktree text, estimate text, yield text,
      unique (run, project, phase, number), foreign key (project, run, phase) references phases (project, run, id))`,
    `insert into attempts_now (id, project, run, phase, number, charged, session, host, pid, start_time, fencing_token, base_commit, stage, outcome, started_at, ended_at,
        usage, builder_reached, classification, failure, commit_id, receipt_hash, processes, worktree, estimate, yield)
      select id, project, run, phase, number, charged, session, host, pid, start_time, fencing_token, base_commit, stage, outcome, started_at, ended_at,
        usage, builder_reached, classification, failure, commit_id, receipt_hash, processes, worktree, estimate, yield from attempts order by started_at, project, run, number`,
    'drop table attempts',
    'alter table attempts_now rename to attempts',
    // A lease names the attempts of its run that may be open: the latest by `phase` and `number`, those that it went beside by `beside`. Their end lets go
    // of the run. So what is open is found through the runs, and through no attempts that ended.
    `create table leases_now (
      project text not null, run text not null, token bigint not null, attempt text, host text not null, pid integer not null,
      start_time text not null, expires_at bigint not null, phase text, number integer, beside text,
      primary key (project, run), foreign key (project, run) references runs (project, id)) without rowid`,
    `insert into leases_now (project, run, token, attempt, host, pid, start_time, expires_at, phase, number, beside)
      select leases.project, leases.run, token, attempt, leases.host, leases.pid, leases.start_time, expires_at, attempts.phase, attempts.number,
        (select nullif(json_group_array(json_array(other.phase, other.number)), '[]') from attempts as other
          where other.project = leases.project and other.run = leases.run and other.ended_at is null and other.seq <> attempts.seq) from leases
      left join attempts on attempts.seq = (select seq from attempts as latest where latest.project = leases.project and latest.run = leases.run
        order by latest.ended_at is null desc, latest.fencing_token desc, latest.seq desc limit 1)`,
    'drop table leases',
    'alter table leases_now rename to leases',
    // Facts are only ever added, so no number is given twice; to note the highest in a table of its own took a page.
    `create table breaker_events_now (
      seq integer primary key, project text not null, at bigint not null, type text not null, fingerprint text, run text, phase text, json text not null)`,
    `insert into breaker_events_now (seq, project, at, type, fingerprint, run, phase, json) select seq, project, at, type, fingerprint, run, phase, json from breaker_events`,
    'drop table breaker_events',
    'alter table breaker_events_now rename to breaker_events',
    'create index breaker_events_of_bucket on breaker_events (project, fingerprint) where fingerprint is not null',
  ],
}
