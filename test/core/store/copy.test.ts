import { mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyStore } from '../../../core/store/connection.ts'
import { newStore, plan, temporaryFolders } from './support.ts'

const test = suite('a copy of the store')
const folders = temporaryFolders()
test.after(() => folders.remove())

test('leaves nothing beside a store that nobody has open, and has what is not in its one file yet where somebody has', async () => {
  // Signs that mean something in the URL of a file.
  const dir = path.join(folders.make(), 'a #b%3F?')
  mkdirSync(path.join(dir, 'runs'), { recursive: true })
  const { store, layout } = await newStore(dir)
  await store.importPlan(plan('first', ['a']), 'first.yaml')
  const copied = async (name: string) => {
    const folder = path.join(dir, name)
    mkdirSync(path.join(folder, 'runs'), { recursive: true })
    await copyStore(layout.database, path.join(folder, 'runs', 'autopack.db'), 1_000)
    const copy = await newStore(folder)
    const runs = (await copy.store.runs()).map((run) => run.id)
    await copy.store.close()
    return runs
  }
  assert.equal(await copied('while-open'), ['first'])
  await store.importPlan(plan('second', ['a']), 'second.yaml')
  assert.equal(await copied('again'), ['first', 'second'])
  await store.close()
  assert.equal(readdirSync(path.dirname(layout.database)), ['autopack.db'])
  assert.equal(await copied('closed'), ['first', 'second'])
  assert.equal(readdirSync(path.dirname(layout.database)), ['autopack.db'])
})

test.run()
