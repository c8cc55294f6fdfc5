import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLocator, formatPath, type ValuePath } from '../../../core/config/locate.ts'

const test = suite('createLocator')

/** The marked text: what the squiggle of a key's or value's place lies under. */
function marked(file: string, text: string, path: ValuePath, what: 'key' | 'value' = 'value'): string {
  const { line, column, length, text: source } = createLocator({ file, name: file, text })[what](path)
  return line === undefined ? '' : `${line}:${source!.slice(column! - 1, column! - 1 + length!)}`
}

const typescript = `import { x } from 'y' // { checks: 1 }
/* export default { a: 1 } */
const pattern = /[/"{]\\/export default {/g
const half = 4 / 2 / 1
interface Options { a: { b: string } }
export default defineConfig({
  'project': 'a, }',
  builder: claude({ model: \`so\${ { a: '}' }.a }nnet\` }),
  checks: [
    { name: 'one', run: ['a', "b"], },
    ...more({ a: 1 }),
  ],
  plugins: [one(), two<{ a: 1 }>({ deep: { er: 3 } })],
  method() { return { checks: 1 } },
  get drain() { return {} },
  shorthand,
  env: { set: { "A": cond ? 'x' : 'y', B: (1, 2) } } satisfies Env,
} as const)
`

test('TypeScript: through calls, comments, regular expressions, templates', () => {
  const at = (path: ValuePath, what?: 'key' | 'value') => marked('c.ts', typescript, path, what)
  assert.is(at(['project'], 'key'), "7:'project'")
  assert.is(at(['project']), "7:'a, }'")
  assert.is(at(['builder', 'model'], 'key'), '8:model')
  assert.is(at(['plugins', 1, 'deep', 'er']), '13:3')
  assert.is(at(['plugins', 0]), '13:one()')
  assert.is(at(['shorthand']), '16:shorthand')
  assert.is(at(['env', 'set', 'A']), "17:cond ? 'x' : 'y'")
  assert.is(at(['env', 'set', 'B'], 'key'), '17:B')
  assert.is(at(['env', 'set', 'missing']), '17:set')
  assert.is(at(['checks', 0, 'name']), "10:'one'")
  assert.is(at(['checks', 1, 'name']), '9:checks', 'behind a spread indexes say nothing: the nearest place above')
  assert.is(at(['nothing']), '')
})

test('an exported constant, module.exports, and JSON', () => {
  assert.is(marked('c.ts', 'const config: Config = {\n  a: 1,\n}\nexport default config\n', ['a']), '2:1')
  assert.is(marked('c.js', 'module.exports = {\n  a: 1,\n}\n', ['a']), '2:1')
  assert.is(marked('c.json', '{\n  "a\\u0062": [true, {"c": -1.5e3}]}', ['ab', 1, 'c']), '2:-1.5e3')
  assert.is(marked('c.ts', 'export const x = 1', ['a']), '')
})

test('text that is no program does no harm', () => {
  for (const text of ['', 'export default', 'export default {', 'export default { a: [', 'export default { a: "', 'export default `${', 'export default { a: /[', '}{)(', 'export default ({ a', 'export default { , , }']) {
    assert.type(marked('c.ts', text, ['a', 0, 'b']), 'string', text)
  }
  // Linear: a long file is read in no time.
  assert.is(marked('c.ts', `export default { a: ${'['.repeat(2_000)}${']'.repeat(2_000)}, b: 1 }`, ['b']), '1:1')
})

test('YAML: block and flow, quotes, line ends of Windows', () => {
  const text = '# plan\r\nid: "a b"\r\nphases:\r\n  - id: x\r\n    needs: [y, z]\r\n'
  assert.is(marked('p.yaml', text, ['id']), '2:"a b"')
  assert.is(marked('p.yaml', text, ['phases', 0, 'needs', 1]), '5:z')
  assert.is(marked('p.yaml', text, ['phases', 0, 'needs'], 'key'), '5:needs')
  assert.is(marked('p.yaml', text, ['phases', 3, 'needs'], 'key'), '3:phases')
})

test('paths are printed as one would write them', () => {
  assert.is(formatPath(['checks', 0, 'timeout']), 'checks[0].timeout')
  assert.is(formatPath(['env', 'set', 'a.b']), 'env.set["a.b"]')
})

test.run()
