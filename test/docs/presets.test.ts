/** docs/presets: every option with its default, and every value that a preset sets, as the preset has it. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import type { PresetInstance } from '../../core/index.ts'
import * as presets from '../../presets/index.ts'
import { readPage } from '../support/doc-page.ts'
import { repositoryRoot } from '../support/project.ts'

const test = suite('docs/presets')

/** What the tables of a page show, in their order. */
const pages: Readonly<Record<string, readonly PresetInstance[]>> = {
  'strict-triage.md': [presets.strictTriage()],
  'lenient.md': [presets.lenient()],
  'ci.md': [presets.ci()],
  'python.md': [presets.python()],
  'node.md': [presets.node()],
  'monorepo.md': [presets.monorepo({ packages: ['packages/api', 'packages/web'] }), presets.monorepo({ packages: ['libs/core', 'services/api'], tool: 'pytest' })],
}

/** Every value by its path; a check by its name; a list is one value. */
function valuesOf(value: unknown, at = ''): string[] {
  const below = (key: string) => (at === '' ? key : `${at}.${key}`)
  if (at === 'checks') return (value as { name: string }[]).flatMap(({ name, ...check }) => valuesOf(check, below(name)))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} = ${JSON.stringify(value)}`]
  return Object.entries(value).flatMap(([key, inner]) => valuesOf(inner, below(key)))
}

/** The rows of all tables with this head: cells without backticks and escapes. */
function rowsOf(page: string, head: string): string[][] {
  const tables = page.split(`| ${head} |\n`).slice(1).map((rest) => rest.split('\n\n')[0]!.split('\n').slice(1))
  return tables.flat().filter((row) => row.startsWith('|')).map((row) => row.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll('\\|', '|')))
}
const code = (cell: string) => /^`(.*)`$/.exec(cell)?.[1] ?? cell

test('there is a page for each preset', () => {
  assert.equal(readdirSync(path.join(repositoryRoot, 'docs/presets')).sort(), Object.keys(pages).sort())
  assert.equal(Object.values(pages).map(([preset]) => preset!.name).sort(), Object.keys(presets).sort())
})

for (const [name, instances] of Object.entries(pages)) {
  const page = readPage(`docs/presets/${name}`)
  const schema = instances[0]!.schema as z.ZodType | null

  test(`${name} says every value, and why`, () => {
    const rows = rowsOf(page, 'key | value | why')
    assert.equal(rows.map(([key, value]) => `${code(key!)} = ${code(value!)}`), instances.flatMap((one) => valuesOf(one.config)))
    // What stands in a row before it need not be said twice.
    const reasons = new Set<string>()
    for (const [key, , why] of rows) {
      const last = code(key!).replace(/^.*\./, '')
      assert.ok(why !== '' || reasons.has(last), `${key} has no reason`)
      reasons.add(last)
    }
  })

  test(`${name} says every option with its default`, () => {
    const rows = rowsOf(page, 'option | default | meaning')
    const described = schema === null ? {} : (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as { properties: Record<string, { default?: unknown; description?: string }>; required?: string[] })
    const { properties = {}, required = [] } = described as { properties?: Record<string, { default?: unknown; description?: string }>; required?: string[] }
    const defaultOf = (key: string) => (required.includes(key) ? 'required' : properties[key]!.default === undefined ? 'left out' : JSON.stringify(properties[key]!.default))
    assert.equal(rows.map(([key, value]) => [code(key!), code(value!)]), Object.keys(properties).map((key) => [key, defaultOf(key)]))
    for (const [key] of rows) assert.ok(properties[code(key!)]!.description, `${key} has no description in its schema`)
  })

  test(`${name} shows it in a config`, () => {
    assert.match(page, new RegExp(`import \\{ .*\\b${instances[0]!.name}\\b.* \\} from 'autopack/presets'`))
  })
}

test.run()
