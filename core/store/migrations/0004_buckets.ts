import type { Migration } from './migration.ts'

export const buckets: Migration = {
  version: 4,
  statements: [
    // Facts, in the order in which they were recorded; never changed.
    `create table breaker_events (
      seq integer primary key autoincrement, project text not null, at bigint not null, type text not null, fingerprint text, run text, phase text, json text not null)`,
    'create index breaker_events_of_bucket on breaker_events (project, fingerprint) where fingerprint is not null',
    // What they amount to, up to `seq`: could be derived again.
    'create table breaker (project text not null primary key, seq bigint not null, json text not null)',
    'create table buckets (project text not null, fingerprint text not null, json text not null, primary key (project, fingerprint))',
    // Attempts that ended before there were buckets. json_patch leaves out what is null.
    `insert into breaker_events (project, at, type, fingerprint, run, phase, json)
      select attempts.project, ended_at, 'attempt', json_extract(classification, '$.fingerprint'), run, phase, json_patch(
        json_object('type', 'attempt', 'run', run, 'family', runs.family, 'phase', phase, 'attempt', number, 'session', session, 'host', host, 'checks', json('[]'),
          'stage', stage, 'outcome', outcome, 'builderReached', json(case builder_reached when 1 then 'true' else 'false' end), 'startedAt', started_at),
        case when classification is null then '{}' else json_object('found', json_object(
          'fingerprint', json_extract(classification, '$.fingerprint'), 'class', json_extract(classification, '$.class'), 'title', json_extract(classification, '$.title'),
          'blame', json_extract(classification, '$.blame'), 'confidence', json_extract(classification, '$.confidence'), 'check', json_extract(failure, '$.check'),
          'flaky', json('false'), 'onBase', json(case stage when 'baseline' then 'true' else 'false' end))) end)
      from attempts join runs on runs.project = attempts.project and runs.id = attempts.run where ended_at is not null order by ended_at, run, number`,
  ],
}
