import { lstatSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { StubKind } from '../../../core/model/plugin.ts'
import { settleStubs, stubKindOf, writeStubs } from '../../../core/pipeline/stubs.ts'
import type { ResolvedStub } from '../../../core/pipeline/stubs.ts'
import { checkContained } from '../../../core/workspace/index.ts'

const kinds: StubKind[] = [
  { name: 'lock', matches: (file) => file.endsWith('lock.json'), content: () => '{"lock":true}\n' },
  { name: 'empty', matches: (file) => file.endsWith('__init__.py'), content: () => '' },
]

interface Place { root: string; outside: string }
const stubs = suite<Place>('stubs on disk')

stubs.before.each((place) => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'autopack-stubs-')))
  place.root = path.join(folder, 'tree')
  place.outside = path.join(folder, 'outside')
  for (const one of [place.root, place.outside]) mkdirSync(one)
})
stubs.after.each((place) => rmSync(path.dirname(place.root), { recursive: true, force: true }))

const write = (place: Place, ...wanted: ResolvedStub[]) => writeStubs({ stubs: wanted, kinds, root: place.root, contain: checkContained })
const there = (place: Place, relative: string) => lstatSync(path.join(place.root, relative), { throwIfNoEntry: false }) !== undefined
const read = (place: Place, relative: string) => readFileSync(path.join(place.root, relative), 'utf8')

stubs('are written by the first kind that matches, a named kind, or given content, with the folders they need', async (place) => {
  const book = await write(place, { relative: 'web/app/lock.json' }, { relative: 'pkg/other.txt', kind: 'empty' }, { relative: 'notes.md', content: '# Notes\n' })
  assert.equal(book.problems, [])
  assert.equal(book.written.map((stub) => [stub.relative, stub.kind, stub.bytes]), [['web/app/lock.json', 'lock', 14], ['pkg/other.txt', 'empty', 0], ['notes.md', 'given', 8]])
  assert.equal(book.folders, ['pkg', 'web/app', 'web'].map((folder) => path.join(place.root, folder)))
  assert.is(read(place, 'web/app/lock.json'), '{"lock":true}\n')
})

stubs('untouched ones go again with the folders made for them; what was touched, or is not empty, stays', async (place) => {
  const book = await write(place, { relative: 'a/lock.json' }, { relative: 'b/c/lock.json' }, { relative: 'd/lock.json' }, { relative: 'e/__init__.py' }, { relative: 'f/lock.json' })
  writeFileSync(path.join(place.root, 'b/beside.txt'), 'built')
  writeFileSync(path.join(place.root, 'd/lock.json'), '{"lock":fals}\n')
  rmSync(path.join(place.root, 'f/lock.json'))
  assert.equal(await settleStubs(book, checkContained), { untouched: ['a/lock.json', 'b/c/lock.json', 'e/__init__.py'], touched: ['d/lock.json'], deleted: ['f/lock.json'] })
  assert.equal(['a', 'b', 'b/c', 'b/beside.txt', 'd/lock.json', 'e', 'f'].map((one) => there(place, one)), [false, true, false, true, true, false, false])
})

stubs('one whose content can be all that is wanted is touched by saving it; another only by other content', async (place) => {
  const two: StubKind[] = [{ name: 'marker', matches: (file) => file.endsWith('.marker'), content: () => '', finished: true }, { name: 'lock', matches: (file) => file.endsWith('.lock'), content: () => '' }]
  const wanted = ['left.marker', 'saved.marker', 'again.marker', 'saved.lock'].map((relative) => ({ relative }))
  const book = await writeStubs({ stubs: wanted, kinds: two, root: place.root, contain: checkContained })
  writeFileSync(path.join(place.root, 'saved.marker'), '')
  utimesSync(path.join(place.root, 'again.marker'), new Date(), new Date())
  writeFileSync(path.join(place.root, 'saved.lock'), '')
  assert.equal(await settleStubs(book, checkContained), { untouched: ['left.marker', 'saved.lock'], touched: ['saved.marker', 'again.marker'], deleted: [] })
})

stubs('of two kinds that match, one that need not be asked for comes first', () => {
  const kind = (name: string, onlyWhenAsked: boolean): StubKind => ({ name, onlyWhenAsked, matches: (file) => file.endsWith('.json'), content: () => '' })
  const all = [kind('json', true), kind('lock', false), kind('other', false)]
  assert.equal([stubKindOf(all, 'a.json')?.name, stubKindOf(all.slice(0, 1), 'a.json')?.name, stubKindOf(all, 'a.txt')], ['lock', 'json', undefined])
})

stubs('never over anything that is there, a dangling link and a folder included', async (place) => {
  writeFileSync(path.join(place.root, 'lock.json'), 'mine')
  symlinkSync('nowhere', path.join(place.root, 'link-lock.json'))
  mkdirSync(path.join(place.root, 'folder-lock.json'))
  const book = await write(place, { relative: 'lock.json' }, { relative: 'link-lock.json' }, { relative: 'folder-lock.json' })
  assert.equal([book.written, book.existing, book.problems], [[], ['lock.json', 'link-lock.json', 'folder-lock.json'], []])
  assert.is(read(place, 'lock.json'), 'mine')
  assert.equal(await settleStubs(book, checkContained), { untouched: [], touched: [], deleted: [] })
  assert.is(there(place, 'folder-lock.json'), true)
})

stubs('of two requests for one file the first is heard', async (place) => {
  const book = await write(place, { relative: 'a.txt', content: 'one' }, { relative: 'a.txt', content: 'two' })
  assert.equal([book.written.length, read(place, 'a.txt')], [1, 'one'])
})

stubs('what cannot be written is a problem that names the path and the reason', async (place) => {
  symlinkSync(place.outside, path.join(place.root, 'out'))
  writeFileSync(path.join(place.root, 'file'), '')
  const throws = { name: 'broken', matches: () => false, content: () => { throw new Error('boom') } }
  const nothing = { name: 'nothing', matches: () => false, content: () => undefined as never }
  const wanted = [
    { relative: 'src/main.ts' }, { relative: 'x.bin', kind: 'loc' }, { relative: 'docs/' }, { relative: '../x', content: '' }, { relative: 'out/x', content: '' },
    { relative: 'a', kind: 'broken' }, { relative: 'b', kind: 'nothing' }, { relative: 'file/x', content: '' },
  ]
  const book = await writeStubs({ stubs: wanted, kinds: [...kinds, throws, nothing], root: place.root, contain: checkContained })
  assert.equal([book.written, book.existing], [[], []])
  const messages = book.problems.map((problem) => problem.message.replaceAll(path.dirname(place.root), ''))
  assert.equal(messages.slice(0, 3), [
    'no stub for src/main.ts: no stub kind matches it (known: lock, empty, broken, nothing); name a kind, or give its content',
    'no stub for x.bin: there is no stub kind "loc", did you mean "lock"? (known: lock, empty, broken, nothing)',
    'no stub for docs/: it is a folder; name a file',
  ])
  assert.match(messages[3]!, /^no stub for \.\.\/x: .*\.\./)
  assert.match(messages[4]!, /^no stub for out\/x: .*symlink/)
  assert.equal(messages.slice(5, 7), ['no stub for a: boom', 'no stub for b: stub kind nothing gave no text'])
  assert.match(messages[7]!, /^no stub for file\/x: E/)
  assert.is(lstatSync(path.join(place.outside, 'x'), { throwIfNoEntry: false }), undefined)
})

stubs('nothing outside is removed when the builder put a link in the place of the folder', async (place) => {
  const book = await write(place, { relative: 'web/lock.json' })
  rmSync(path.join(place.root, 'web'), { recursive: true })
  writeFileSync(path.join(place.outside, 'lock.json'), '{"lock":true}\n')
  symlinkSync(place.outside, path.join(place.root, 'web'))
  assert.equal(await settleStubs(book, checkContained), { untouched: [], touched: ['web/lock.json'], deleted: [] })
  assert.is(readFileSync(path.join(place.outside, 'lock.json'), 'utf8'), '{"lock":true}\n')
})

stubs.run()
