import type { Migration } from './migration.ts'

export const reviews: Migration = {
  version: 3,
  statements: [
    `create table reviews (
      project text not null, run text not null, phase text not null, attempt integer not null, attempt_id text not null, commit_id text not null,
      requested_at bigint not null, decision text check (decision in ('approve', 'reject', 'more')), decided_by text, comments text, decided_at bigint,
      settled_at bigint,
      primary key (project, run, phase, attempt), foreign key (project, run, phase) references phases (project, run, id))`,
    // Phases that came to REVIEW before reviews were kept.
    `insert into reviews (project, run, phase, attempt, attempt_id, commit_id, requested_at)
      select attempts.project, attempts.run, attempts.phase, attempts.number, attempts.id, attempts.commit_id, attempts.ended_at from attempts
      join phases on phases.project = attempts.project and phases.run = attempts.run and phases.id = attempts.phase and phases.attempts = attempts.number
      where phases.state = 'REVIEW' and attempts.outcome = 'review' and attempts.commit_id is not null and attempts.ended_at is not null`,
  ],
}
