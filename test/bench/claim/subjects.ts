import { DatabaseSync } from 'node:sqlite'
import { createRunLayout } from '../../../core/layout/layout.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { openStore } from '../../../core/store/open.ts'

/** One claim and its completion, timed apart. `step` counts up from 0. */
export interface Subject {
  claim(step: number): Promise<void>
  complete(step: number): Promise<void>
  close(): Promise<void>
}

const wide = Array.from({ length: 8 }, (_, index) => String.fromCharCode(97 + index)).join('').repeat(10)

/** A store with `runs` runs of `phases` phases each, written straight into the tables: importing a million would take minutes. */
export async function fillStore(file: string, runs: number, phases: number): Promise<void> {
  await (await openProjectStore(file, 'NORMAL')).close()
  const database = new DatabaseSync(file)
  database.exec(`pragma synchronous = off; pragma cache_size = -200000; begin;
    with recursive s(i) as (select 0 union all select i + 1 from s where i < ${runs - 1})
      insert into runs (project, id, key, family, base_ref, ordered, source, imported_at) select 'p', 'run-' || i, 'run-' || i, 'run', 'HEAD', 0, 'x', i from s;
    with recursive s(i) as (select 0 union all select i + 1 from s where i < ${runs * phases - 1})
      insert into phases (project, run, id, key, position, number, spec, state)
        select 'p', 'run-' || (i / ${phases}), 'phase-' || (i % ${phases}), 'phase-' || (i % ${phases}), i % ${phases}, i % ${phases}, '{"goal":"${wide}"}', 'QUEUED' from s;
    commit; pragma wal_checkpoint(truncate)`)
  database.close()
}

function openProjectStore(file: string, synchronous: 'NORMAL' | 'FULL') {
  const layout = { ...createRunLayout({ runsDir: `${file}-runs`, project: 'p' }), database: file }
  return openStore({ layout, configDir: '/', project: 'p', runtime: systemRuntime(), isAlive: () => true, create: true, synchronous })
}

export async function storeSubject(file: string, run: string, synchronous: 'NORMAL' | 'FULL'): Promise<Subject> {
  const store = await openProjectStore(file, synchronous)
  const owner = { host: 'bench', pid: process.pid, startTime: '1' }
  let current: Awaited<ReturnType<typeof store.claim>>
  return {
    async claim(step) {
      current = await store.claim({ run, phase: `phase-${step}`, session: 's', owner, leaseSeconds: 60, maxAttempts: 2, absoluteCap: 10 })
    },
    async complete() {
      if (current.type !== 'claimed') throw new Error(`not claimed: ${JSON.stringify(current)}`)
      await store.finish(current.claim, { outcome: 'complete', state: 'COMPLETE', charged: true, stage: 'commit', usage: 'unknown', builderReached: true })
    },
    close: () => store.close(),
  }
}

/** The peer: a queue in one table, two prepared statements, nothing else to keep. */
export async function handWritten(file: string, rows: number, synchronous: 'NORMAL' | 'FULL'): Promise<Subject> {
  const database = new DatabaseSync(file)
  database.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous};
    create table job (id integer primary key, state text not null default 'queued', owner text, lease_until integer, attempts integer not null default 0, ended integer, payload text, result text);
    with recursive s(i) as (select 1 union all select i + 1 from s where i < ${rows}) insert into job (payload) select '{"goal":"${wide}"}' from s;
    create index job_queued on job (id) where state = 'queued'`)
  const claim = database.prepare(`update job set state = 'running', attempts = attempts + 1, owner = ?, lease_until = ?
    where id = (select id from job where state = 'queued' order by id limit 1) returning id, payload`)
  const complete = database.prepare(`update job set state = 'done', ended = ?, result = ? where id = ? and owner = ?`)
  const transaction = <T>(work: () => T): T => {
    database.exec('begin immediate')
    const result = work()
    database.exec('commit')
    return result
  }
  let id = 0
  return {
    claim: async () => { id = Number(transaction(() => claim.all('me', Date.now() + 60_000))[0]!['id']) },
    complete: async () => { transaction(() => complete.run(Date.now(), '{"ok":true}', id, 'me')) },
    close: async () => database.close(),
  }
}
