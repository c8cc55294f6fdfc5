import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import { openConnection } from '../../../core/store/connection.ts'
import { raw } from '../../../core/store/steps.ts'
import { steppedRuntime, temporaryFolders } from './support.ts'

const test = suite('a connection')
const folders = temporaryFolders()
test.after(() => folders.remove())

test('a row has its columns by name, also where another process has changed the table under a statement that is kept', async () => {
  const file = path.join(folders.make(), 'x.db')
  const other = new DatabaseSync(file)
  other.exec(`create table t (a, b); insert into t values (1, 'x')`)
  const connection = await openConnection({ file, runtime: steppedRuntime(), patienceMs: 1_000, synchronous: 'FULL' })
  const rows = (sql: string) => connection.read(() => raw(sql))
  const named = async () => assert.equal(await rows('select b, a as one, a from t'), [{ b: 'x', one: 1, a: 1 }])
  await named()
  assert.equal((await rows('select * from t')).map((row) => ({ ...(row as object) })), [{ a: 1, b: 'x' }])
  other.exec('create table u (b, c default 3, a); insert into u (a, b) select a, b from t; drop table t; alter table u rename to t')
  await named()
  assert.equal((await rows('select * from t')).map((row) => ({ ...(row as object) })), [{ b: 'x', c: 3, a: 1 }])
  connection.close()
  other.close()
})

test.run()
