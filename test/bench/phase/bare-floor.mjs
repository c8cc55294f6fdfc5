// The memory floor of a supervisor: claims phases, runs two commands for each with their output in files, and records them; nothing else.
// Plain JavaScript, since what it needs of memory is what is measured. Prints the peak in KiB.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const phases = Number(process.argv[2])
const dir = mkdtempSync(join(tmpdir(), 'autopack-bench-floor-'))
const database = new DatabaseSync(join(dir, 'floor.db'))
database.exec(`pragma journal_mode = wal; pragma synchronous = full;
  create table phase (id integer primary key, state text not null, ended real);
  create table event (phase integer, kind text, code integer)`)
const queue = database.prepare(`insert into phase (state) values ('queued')`)
const claim = database.prepare(`update phase set state = 'running' where id = (select id from phase where state = 'queued' order by id limit 1) returning id`)
const note = database.prepare('insert into event (phase, kind, code) values (?, ?, ?)')
const end = database.prepare(`update phase set state = 'done', ended = ? where id = ?`)
for (let index = 0; index < phases; index++) queue.run()
for (let row = claim.get(); row !== undefined; row = claim.get()) {
  const codes = []
  for (const kind of ['build', 'check']) {
    const log = openSync(join(dir, `${row.id}.${kind}.log`), 'a')
    const child = spawn('true', [], { stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    codes.push([kind, (await once(child, 'exit'))[0]])
  }
  database.exec('begin immediate')
  for (const [kind, code] of codes) note.run(row.id, kind, code)
  end.run(Date.now(), row.id)
  database.exec('commit')
}
database.close()
rmSync(dir, { recursive: true })
console.log(process.resourceUsage().maxRSS)
