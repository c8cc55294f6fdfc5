import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { draftDeliverables } from '../../../core/pipeline/deliverables-draft.ts'
import { deliverablesSummary, validateDeliverables } from '../../../core/pipeline/deliverables.ts'
import type { DeliverablesInput } from '../../../core/pipeline/deliverables.ts'
import { jsonFault } from '../../../core/pipeline/json-fault.ts'
import { jsonProblem } from '../../../core/pipeline/json-deliverable.ts'
import type { ChangedFile } from '../../../core/workspace/workspace.ts'

/** A candidate tree by contents: `+` in front of a path: added, `~`: modified, `-`: deleted; plain: as on the base. */
function input(tree: Record<string, string>, deliverables: readonly (string | [raw: string, relative: string])[], more: Partial<DeliverablesInput> = {}): DeliverablesInput {
  const contents = new Map(Object.entries(tree).map(([name, text]) => [name.replace(/^[+~-]/, ''), text]))
  const status = { '+': 'added', '~': 'modified', '-': 'deleted' } as const
  const changed = Object.keys(tree).flatMap((name): ChangedFile[] => {
    const kind = status[name[0] as '+' | '~' | '-']
    return kind ? [{ path: name.slice(1), status: kind }] : []
  })
  return {
    deliverables: deliverables.map((one) => (typeof one === 'string' ? { raw: one, relative: one } : { raw: one[0], relative: one[1] })),
    scope: [],
    files: Object.keys(tree).filter((name) => !name.startsWith('-')).map((name) => name.replace(/^[+~]/, '')),
    changed,
    stubs: { untouched: [], touched: [] },
    read: async (relative) => contents.get(relative)!,
    onDisk: async () => false,
    ...more,
  }
}
const problemsOf = async (...args: Parameters<typeof input>) => (await validateDeliverables(input(...args))).problems.map((problem) => [problem.path, problem.code, problem.message])

const facts = suite('deliverables')

facts('are present, satisfied, touched and known before, each by itself', async () => {
  const { deliverables, problems, existing } = await validateDeliverables(input({ '+new.ts': '', '~old.ts': '', 'same.ts': '', '-gone.ts': '' }, ['new.ts', 'old.ts', 'same.ts', 'gone.ts']))
  const status = (raw: string, present: boolean, satisfied: boolean, existedBefore: boolean, touched: boolean) => ({ raw, relative: raw, present, satisfied, existedBefore, touched, stub: 'none' })
  assert.equal(deliverables, [
    status('new.ts', true, true, false, true), status('old.ts', true, true, true, true), status('same.ts', true, true, true, false), status('gone.ts', false, false, true, false),
  ])
  assert.equal(problems, [{ path: 'gone.ts', code: 'missing', message: 'deliverable gone.ts is missing: it was there, and the builder deleted it' }])
  assert.is(existing, 3)
})

facts('a missing one is named as in the plan and in the repository', async () => {
  assert.equal(await problemsOf({}, [['./report.md', 'web/report.md']]), [['web/report.md', 'missing', 'deliverable ./report.md (web/report.md) is missing']])
})

facts('one of the same name at another place is misplaced, with both paths; a file that was there before is not', async () => {
  assert.equal(await problemsOf({ '+report.md': '', 'docs/old/report.md': '' }, ['docs/report.md']), [['docs/report.md', 'misplaced', 'deliverable docs/report.md is missing, and the builder wrote report.md']])
  assert.equal(await problemsOf({ '+docs/Report.md': '' }, ['docs/report.md']), [['docs/report.md', 'misplaced', 'deliverable docs/report.md is missing, and the builder wrote docs/Report.md']])
  assert.equal(await problemsOf({ '+site/out/x.html': '' }, ['out/']), [['out/', 'misplaced', 'deliverable out/ is missing, and the builder wrote site/out/x.html']])
})

facts('a folder is satisfied by any file below it, at any depth', async () => {
  assert.equal(await problemsOf({ '+docs/a/b.md': '', 'docsx/c.md': '' }, ['docs/', 'docs']), [])
  assert.equal(await problemsOf({ '+docsx/c.md': '' }, ['docs/']), [['docs/', 'missing', 'deliverable docs/ is missing']])
})

facts('a pattern is satisfied by any file that matches, and a name with brackets is a name first', async () => {
  assert.equal(await problemsOf({ '+src/a.ts': '', '+app/[id].tsx': '' }, ['src/*.ts', 'app/[id].tsx']), [])
  assert.equal(await problemsOf({ '+src/a.ts': '' }, ['src/*.js']), [['src/*.js', 'missing', 'deliverable src/*.js is missing']])
})

facts('what git ignores is there and cannot be committed', async () => {
  assert.equal(await problemsOf({}, ['dist/app.js'], { onDisk: async (relative) => relative === 'dist/app.js' }), [
    ['dist/app.js', 'ignored', 'deliverable dist/app.js is there, but git ignores it, so that it cannot be committed'],
  ])
})

facts('an untouched stub is there, is counted, and is never called missing', async () => {
  const report = await validateDeliverables(input({ '+a.ts': '' }, ['lock.json', 'pkg/', 'a.ts'], { stubs: { untouched: ['lock.json', 'pkg/__init__.py', 'other/lock.json'], touched: ['a.ts'] }, scope: ['other/'] }))
  assert.equal(report.deliverables.map((one) => [one.raw, one.present, one.satisfied, one.stub]), [['lock.json', true, false, 'untouched'], ['pkg/', true, false, 'untouched'], ['a.ts', true, true, 'touched']])
  assert.equal(report.problems.map((problem) => [problem.code, problem.message]), [
    ['stub_untouched', 'deliverable lock.json is still the stub that was written before the build'],
    ['stub_untouched', 'deliverable pkg/ is still the stub that was written before the build'],
  ])
  assert.is(report.existing, 4)
  assert.is(deliverablesSummary(report), 'deliverable lock.json is still the stub that was written before the build and 1 more (+4 existing files in workspace)')
})

facts('an untouched stub says where the builder wrote instead; what it wrote into the stub is in its place', async () => {
  const stubs = { untouched: ['web/lock.json'], touched: [] }
  assert.equal(await problemsOf({ '+lock.json': '{}' }, ['web/lock.json'], { stubs }), [
    ['web/lock.json', 'stub_untouched', 'deliverable web/lock.json is still the stub that was written before the build, and the builder wrote lock.json'],
  ])
})

facts('one of a group is named by its category', async () => {
  const { deliverables, problems } = await validateDeliverables({ ...input({ '+a.ts': '' }, []), deliverables: [{ raw: 'a.ts', relative: 'a.ts', category: 'code' }, { raw: 'a.test.ts', relative: 'a.test.ts', category: 'tests' }] })
  assert.equal(deliverables.map((one) => one.category), ['code', 'tests'])
  assert.equal(problems.map((one) => one.message), ['tests deliverable a.test.ts is missing'])
})

facts('the summary of a good report counts too', async () => {
  assert.is(deliverablesSummary(await validateDeliverables(input({ '+a.ts': '' }, ['a.ts']))), '1 of 1 deliverables satisfied (+1 existing files in workspace)')
  assert.is(deliverablesSummary(await validateDeliverables(input({ 'b.ts': '' }, []))), '0 of 0 deliverables satisfied (+0 existing files in workspace)')
})

facts('a JSON deliverable must parse and not be empty', async () => {
  assert.equal(await problemsOf({ '+a.json': '{\n  "a": 1,\n  }\n', '+b.JSON': ' \n', '+c.json': '{}', '+d.json': '{"a":0}' }, ['a.json', 'b.JSON', 'c.json', 'd.json']), [
    ['a.json', 'json_invalid', 'deliverable a.json is not valid JSON, a.json:3:3: expected a key in double quotes'],
    ['b.JSON', 'json_empty', 'deliverable b.JSON is empty'],
    ['c.json', 'json_empty', 'deliverable c.json is empty: {}'],
  ])
})

facts('a JSON deliverable that cannot be read is a problem of its own', async () => {
  const read = async () => { throw new Error('ENOENT: no such file') }
  assert.equal(await problemsOf({ '+a.json': '' }, ['a.json'], { read }), [['a.json', 'unreadable', 'deliverable a.json cannot be read: ENOENT: no such file']])
})

facts.run()

const json = suite('JSON deliverables')
const says = (text: string, file = 'x.json') => jsonProblem(file, text, 'it')?.message

json('the place of a mistake counts from 1, and the reason says what was expected', () => {
  assert.equal(['[1, 2', '{"a":\n\n', 'nope', '{"a" 1}', '{"a":1 "b":2}', '[1,]', '{a:1}', '["x\ny"]', '[1] 2', '[01]', '{"a":1}}'].map((text) => says(text)?.replace('it is not valid JSON, x.json:', '')), [
    "1:6: the text ends where ',' or ']' is expected",
    '3:1: the text ends where a value is expected',
    '1:1: expected a value',
    "1:6: expected ':'",
    "1:8: expected ',' or '}'",
    '1:4: expected a value',
    "1:2: expected a key in double quotes or '}'",
    '1:2: expected the end of a text',
    '1:5: expected nothing after the value',
    "1:3: expected ',' or ']'",
    '1:8: expected nothing after the value',
  ])
})

json('a fault is found in exactly the texts that JSON.parse refuses, however deep', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    let state = seed * 2654435761
    const random = (below: number) => ((state = (state * 1103515245 + 12345) & 0x7fffffff), state % below)
    const value = (depth: number): unknown =>
      [() => random(1000) - 500, () => 'a"\\\n\u0001é'.slice(random(4)), () => null, () => true, () => random(9) / 7, () => Array.from({ length: random(3) }, () => depth > 0 && value(depth - 1)), () => ({ a: depth > 0 && value(depth - 1), [`k${random(9)}`]: 1e21 })][random(7)]!()
    const signs = [...JSON.stringify(value(3), undefined, random(3))]
    for (let edits = random(3); edits > 0; edits--) signs.splice(random(signs.length + 1), random(2), ...['', ',', ']', '}', '"', '0', '\\', ' ', '-', ':'][random(10)]!)
    const text = signs.join('')
    let parses = true
    try {
      JSON.parse(text)
    } catch {
      parses = false
    }
    assert.is(jsonFault(text) === undefined, parses, `seed ${seed}: ${text}`)
  }
  assert.is(jsonFault('['.repeat(200_000))?.offset, 200_000)
})

json('empty values are empty, zero and false are not, a byte order mark is no mistake', () => {
  assert.equal(['null', '[]', '""', '0', 'false', '\uFEFF[1]'].map((text) => says(text)), ['it is empty: null', 'it is empty: []', 'it is empty: ""', undefined, undefined, undefined])
})

json('files whose tools take comments may have them, with the places unmoved', () => {
  const text = '{\n  // the "target"\n  "url": "http://x", /* a\n b */ "list": [1, 2,],\n}\n'
  assert.is(says(text, 'web/tsconfig.build.json'), undefined)
  assert.is(says(text, '.vscode/settings.json'), undefined)
  assert.match(says(text)!, /x\.json:2:3/)
  assert.match(says('{\n  // x\n  "a" 1 }', 'tsconfig.json')!, /tsconfig\.json:3:7/)
})

json.run()

const draft = suite('what the taps of validateDeliverables say')

const reported = async () => draftDeliverables(await validateDeliverables(input({ '+a.ts': '', '+c.json': '{}' }, ['a.ts', ['b.ts', 'web/b.ts'], 'c.json'])), () => 'reviewer')

draft('a problem counts against its deliverable; one without a path stands for itself', async () => {
  const { event, result } = await reported()
  event.problem({ path: 'a.ts', code: 'no_header', message: 'a.ts has no header' })
  event.problem({ code: 'mood', message: 'it is not nice' })
  assert.equal(event.problems.map((problem) => problem.code), ['missing', 'json_empty', 'no_header', 'mood'])
  assert.equal(event.deliverables.map((one) => one.satisfied), [false, false, false])
  assert.equal(result().problems, event.problems)
})

draft('accept takes the problems of a path back, by either of its names', async () => {
  const { event, result } = await reported()
  event.accept('b.ts')
  event.accept('c.json')
  assert.equal([result().problems, result().deliverables.map((one) => one.satisfied)], [[], [true, true, true]])
  event.problem({ path: 'b.ts', code: 'later', message: 'after all' })
  assert.equal(result().problems, [{ path: 'web/b.ts', code: 'later', message: 'after all' }])
})

draft('accept of what the report does not have is a mistake', async () => {
  const { event } = await reported()
  assert.throws(() => event.accept('web/c.ts'), /^event\.accept was called with "web\/c\.ts", which the report does not have: did you mean "web\/b\.ts"\?$/)
})

draft('reviews are kept in order, with who asked; what cannot be kept is told to who hands it over', async () => {
  const { event, result } = await reported()
  event.review({ reason: 'first', data: { a: 1 } })
  event.review({ reason: 'second' })
  assert.equal(result().reviews, [{ plugin: 'reviewer', reason: 'first', data: { a: 1 } }, { plugin: 'reviewer', reason: 'second' }])
  const circle: { self?: unknown } = {}
  circle.self = circle
  assert.throws(() => event.review({ reason: 'third', data: circle }), /circular/)
})

draft.run()
