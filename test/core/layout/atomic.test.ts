import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openJournal, writeAtomic, writeJson } from '../../../core/layout/atomic.ts'

const test = suite('atomic writes')
const temporary: string[] = []
const temporaryDir = () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'autopack-atomic-'))
  temporary.push(dir)
  return dir
}
test.after(() => temporary.forEach((dir) => rmSync(dir, { recursive: true, force: true })))

test('writes, replaces and makes the folder', async () => {
  const file = path.join(temporaryDir(), 'a', 'b.json')
  await writeAtomic(file, 'one')
  await writeAtomic(file, Buffer.from('two'))
  assert.is(readFileSync(file, 'utf8'), 'two')
  assert.equal(readdirSync(path.dirname(file)), ['b.json'])
  await writeJson(file, { a: 1 })
  assert.is(readFileSync(file, 'utf8'), '{\n  "a": 1\n}\n')
})

test('what is written anew replaces too, and leaves what was there where it cannot', async () => {
  const dir = temporaryDir()
  const file = path.join(dir, 'pack.md')
  for (const text of ['one', 'two']) await writeAtomic(file, text, { derived: 'anew' })
  assert.is(readFileSync(file, 'utf8'), 'two')
  mkdirSync(path.join(dir, 'folder', 'in-the-way'), { recursive: true })
  const thrown: unknown = await writeAtomic(path.join(dir, 'folder'), 'x', { derived: 'anew' }).catch((error: unknown) => error)
  assert.instance(thrown, Error)
  assert.equal(readdirSync(dir), ['folder', 'pack.md'])
})

test('a rename that fails leaves what was there and no temporary file', async () => {
  const dir = temporaryDir()
  const target = path.join(dir, 'receipt.json')
  mkdirSync(path.join(target, 'in-the-way'), { recursive: true })
  let thrown: unknown
  await writeAtomic(target, 'x').catch((error: unknown) => { thrown = error })
  assert.match(String((thrown as NodeJS.ErrnoException).code), /^(EISDIR|ENOTEMPTY|EEXIST|EPERM)$/)
  assert.equal(readdirSync(dir), ['receipt.json'])
  assert.equal(readdirSync(target), ['in-the-way'])
})

test('the rest of a crashed write is not in the way', async () => {
  const dir = temporaryDir()
  writeFileSync(path.join(dir, `.tmp-${process.pid}-0`), 'torn')
  await writeAtomic(path.join(dir, 'file'), 'whole')
  assert.is(readFileSync(path.join(dir, 'file'), 'utf8'), 'whole')
})

test('writes at the same time end in one whole content', async () => {
  const file = path.join(temporaryDir(), 'file')
  const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000))
  await Promise.all(contents.map((content) => writeAtomic(file, content)))
  assert.ok(contents.includes(readFileSync(file, 'utf8')))
  assert.equal(readdirSync(path.dirname(file)), ['file'])
})

test('lines are appended, also after a torn one', () => {
  const file = path.join(temporaryDir(), 'deep', 'events.jsonl')
  const journal = openJournal(file)
  journal.close()
  assert.not.ok(existsSync(path.dirname(file)))
  journal.append('{"a":1}')
  journal.append('{"a":2}')
  assert.is(readFileSync(file, 'utf8'), '{"a":1}\n{"a":2}\n')
  journal.close()
  writeFileSync(file, '{"a":1}\n{"a":')
  journal.append('{"a":3}')
  journal.close()
  assert.is(readFileSync(file, 'utf8'), '{"a":1}\n{"a":\n{"a":3}\n')
})

test('a disk that takes half a line leaves whole ones', () => {
  const file = path.join(temporaryDir(), 'cut.jsonl')
  const script = `import { openJournal } from ${JSON.stringify(new URL('../../../core/layout/atomic.ts', import.meta.url).href)}
const journal = openJournal(process.argv[1])
try { for (let number = 0; ; number++) journal.append(JSON.stringify({ number, text: 'x'.repeat(100) })) } catch (error) { console.log(error.code) }`
  // A limit on the size of files does what a full disk does: a part of the line is written, then comes the error.
  const { stdout } = spawnSync('sh', ['-c', `trap '' XFSZ; ulimit -f 2; exec "$@"`, 'sh', process.execPath, '--input-type=module', '-e', script, file], { encoding: 'utf8' })
  assert.is(stdout, 'EFBIG\n')
  const text = readFileSync(file, 'utf8')
  const lines = text.split('\n')
  assert.is(lines.pop(), '')
  assert.equal(lines.map((line) => (JSON.parse(line) as { number: number }).number), lines.map((_, index) => index))
  assert.ok(lines.length > 5)
})

test.run()
