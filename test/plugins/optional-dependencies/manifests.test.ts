import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findPackage, readDeclared } from '../../../plugins/optional-dependencies/declared.ts'
import type { DeclaredOptions } from '../../../plugins/optional-dependencies/declared.ts'
import { importsOf, packageOf } from '../../../plugins/optional-dependencies/import-names.ts'
import { readToml, TomlProblem } from '../../../plugins/optional-dependencies/toml.ts'

const none: DeclaredOptions = { python: [], node: [], required: [], imports: {}, manifests: true }

function declared(files: Record<string, string>, options: Partial<DeclaredOptions> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'optional-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
    return readDeclared([folder], { ...none, ...options }, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const names = (list: readonly { name: string }[]) => list.map((one) => one.name)

const toml = suite('the reader of TOML')
const plain = (text: string): unknown => JSON.parse(JSON.stringify(readToml(text)))

toml('reads tables, dotted and quoted keys, texts of all kinds and lists over many lines', () => {
  const text = `# a comment\r\ntitle = "a # b"\r\n[project.optional-dependencies] # here\n"all extras" = [\n  "praw>=7; python_version > '3'", # one\n  'two',\n]\none.two = '''x\n'y' '''\n`
    + `[[tool.list]]\nname = "first"\n[[tool.list]]\nname = "second"\ninline = { a = [1, 2.5], "b c" = true, d = { e = 1979-05-27T07:32:00Z } }\nlong = """\\\n  one \\\n  "two" \\u00e9\\\\"""\n`
  assert.equal(plain(text), {
    title: 'a # b',
    project: { 'optional-dependencies': { 'all extras': ["praw>=7; python_version > '3'", 'two'], one: { two: "x\n'y' " } } },
    tool: { list: [{ name: 'first' }, { name: 'second', inline: { a: ['1', '2.5'], 'b c': 'true', d: { e: '1979-05-27T07:32:00Z' } }, long: 'one "two" é\\' }] },
  })
})

toml('says in which line it does not understand the file', () => {
  for (const [text, line, message] of [
    ['a = 1\nb = \n', 2, 'expected a value'], ['a = [1\n2]', 2, 'expected , or ]'], ['[a\n', 1, 'expected ]'], ['a = "open\n', 1, 'expected a value'], ['a = 1\na = 2', 2, 'a is there twice'],
    ['a = 1 b = 2', 1, 'expected the end of the line'], ['a = 1\n[a]\nb = 1', 2, 'a is no table'], ['= 1', 1, 'expected a key'],
  ] as const) {
    try {
      readToml(text)
      assert.unreachable(text)
    } catch (error) {
      assert.ok(error instanceof TomlProblem, String(error))
      assert.equal([error.line, error.message], [line, message], text)
    }
  }
})

toml('no key reaches the prototype of objects', () => {
  assert.is(({} as { polluted?: string }).polluted, undefined)
  readToml('[__proto__]\npolluted = "yes"\n')
  assert.is(({} as { polluted?: string }).polluted, undefined)
})
toml.run()

const manifests = suite('what manifests declare optional')

manifests('extras of a pyproject.toml, but not what tests need, what is required anyway, or the project itself', () => {
  const found = declared({
    'pyproject.toml': '[project]\nname = "Feed_Reader"\ndependencies = ["requests>=2", "PyYAML"]\n[project.optional-dependencies]\nreddit = ["praw[async] >= 7", "requests"]\nml = [\n "scikit-learn",\n "google-cloud-storage~=2",\n]\nall = ["feed-reader[reddit,ml]"]\ntest = ["hypothesis"]\n',
  })
  assert.equal(names(found.optional), ['praw', 'scikit-learn', 'google-cloud-storage'])
  assert.equal(names(found.required), ['requests', 'PyYAML', 'hypothesis'])
  assert.is(found.optional[0]?.source, 'pyproject.toml, project.optional-dependencies.reddit')
  assert.is(findPackage(found, 'python', 'sklearn')?.type, 'optional')
  assert.is(findPackage(found, 'python', 'google')?.package.name, 'google-cloud-storage')
  assert.is(findPackage(found, 'python', 'yaml')?.type, 'required')
  // praw is there, and lacks a part of itself: nobody declared that optional.
  assert.is(findPackage(found, 'python', 'praw.models'), undefined)
  assert.is(findPackage(found, 'node', 'praw'), undefined)
})

manifests('extras, optional dependencies and groups of Poetry', () => {
  const found = declared({
    'pyproject.toml': '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.11"\nrequests = "*"\npraw = { version = "^7", optional = true }\n[tool.poetry.extras]\nreddit = ["praw"]\n[tool.poetry.group.docs]\noptional = true\n[tool.poetry.group.docs.dependencies]\nsphinx = "*"\n[tool.poetry.group.dev.dependencies]\npytest-mock = "*"\n',
  })
  assert.equal(names(found.optional), ['praw', 'praw', 'sphinx'])
  assert.equal(names(found.required), ['requests', 'pytest-mock'])
})

manifests('extras of a setup.cfg, in one line and in many', () => {
  const found = declared({ 'setup.cfg': '[metadata]\nname = x\n[options]\ninstall_requires =\n    requests>=2 ; python_version > "3"\n[options.extras_require]\nreddit = praw; prawcore\nml =\n    # a comment\n    scikit-learn>=1\n' })
  assert.equal(names(found.optional), ['praw', 'prawcore', 'scikit-learn'])
  assert.equal(names(found.required), ['requests'])
})

manifests('optionalDependencies and optional peers of a package.json', () => {
  const found = declared({
    'package.json': JSON.stringify({ dependencies: { zod: '1', fsevents: '1' }, devDependencies: { redis: '1' }, optionalDependencies: { fsevents: '1' }, peerDependencies: { redis: '1', react: '1' }, peerDependenciesMeta: { redis: { optional: true }, react: { optional: false } } }),
  })
  assert.equal(names(found.optional), ['redis', 'fsevents'])
  assert.equal(names(found.required), ['zod', 'react'])
})

manifests('a manifest that cannot be read makes nothing optional, and is named with its line', () => {
  const found = declared({ 'pyproject.toml': '[project]\nname = \n', 'package.json': '{' })
  assert.equal([found.optional, found.required], [[], []])
  assert.match(found.problems[0]!, /^pyproject\.toml:2 cannot be read, so it makes no package optional: expected a value$/)
  assert.match(found.problems[1]!, /^package\.json cannot be read/)
})

manifests('the options count before the manifests, and can do without them', () => {
  const files = { 'pyproject.toml': '[project]\ndependencies = ["praw"]\n[project.optional-dependencies]\nml = ["numpy"]\n' }
  const found = declared(files, { python: ['praw'], required: ['numpy'] })
  assert.is(findPackage(found, 'python', 'praw')?.type, 'optional')
  assert.is(findPackage(found, 'python', 'numpy')?.type, 'required')
  assert.equal(names(declared(files, { manifests: false, python: ['x'] }).optional), ['x'])
})
manifests.run()

const modules = suite('names of modules')
modules('of the table, of the options, and of the package itself', () => {
  assert.equal(importsOf('Scikit_Learn'), ['sklearn'])
  assert.equal(importsOf('beautifulsoup4'), ['bs4'])
  assert.equal(importsOf('my-package'), ['my_package'])
  assert.equal(importsOf('My.Thing', { 'my-thing': 'thing' }), ['thing'])
  assert.equal(importsOf('pillow', { Pillow: ['PIL', 'Pillow'] }), ['PIL', 'Pillow'])
})
modules('of JavaScript: the package of a specifier, and none of a file', () => {
  assert.equal(['snoowrap', 'snoowrap/dist/x', '@scope/name/sub', './x', '/x', 'node:fs', '#internal', '@/x', '~/x'].map(packageOf), ['snoowrap', 'snoowrap', '@scope/name', undefined, undefined, undefined, undefined, undefined, undefined])
})
modules.run()
