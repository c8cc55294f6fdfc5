import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { execa } from 'execa'
import { builderCommand, checkCommand } from './subject.ts'

export interface Floor extends AsyncDisposable { phase(): Promise<void> }

/** The least that a phase can cost: claim it, run its builder and its check with their output in files, record how it went. */
export async function createFloor(dir: string, synchronous: 'NORMAL' | 'FULL'): Promise<Floor> {
  mkdirSync(path.join(dir, 'work'), { recursive: true })
  const database = new DatabaseSync(path.join(dir, 'floor.db'))
  database.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous};
    create table phase (id integer primary key, state text not null, attempts integer not null default 0, started real, ended real);
    create index phase_queued on phase (id) where state = 'queued';
    create table event (phase integer, kind text, ms real, code integer)`)
  const queue = database.prepare(`insert into phase (state) values ('queued')`)
  const claim = database.prepare(`update phase set state = 'running', attempts = attempts + 1, started = ?
    where id = (select id from phase where state = 'queued' order by id limit 1) returning id`)
  const note = database.prepare('insert into event (phase, kind, ms, code) values (?, ?, ?, ?)')
  const end = database.prepare('update phase set state = ?, ended = ? where id = ?')
  database.exec('begin')
  for (let index = 0; index < 5_000; index++) queue.run()
  database.exec('commit')

  const run = async ([program, ...args]: readonly string[], log: string): Promise<{ code: number; ms: number }> => {
    const start = performance.now()
    const descriptor = openSync(log, 'a')
    const child = execa(program!, args, { cwd: dir, stdio: ['ignore', descriptor as 3, descriptor as 3], buffer: false, reject: false, env: { AUTOPACK_PHASE: 'x' } })
    closeSync(descriptor)
    return { code: (await child).exitCode ?? -1, ms: performance.now() - start }
  }
  return {
    async phase() {
      const { id } = claim.get(Date.now()) as { id: number }
      const build = await run(builderCommand, path.join(dir, `${id}.build.log`))
      const check = await run(checkCommand, path.join(dir, `${id}.check.log`))
      database.exec('begin immediate')
      note.run(id, 'build', build.ms, build.code)
      note.run(id, 'check', check.ms, check.code)
      end.run(check.code === 0 ? 'done' : 'failed', Date.now(), id)
      database.exec('commit')
    },
    async [Symbol.asyncDispose]() { database.close() },
  }
}
