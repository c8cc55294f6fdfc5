/** docs/errors.md names every code that the sources can give, with its exit code, and no other. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repositoryRoot } from '../support/project.ts'

const test = suite('docs/errors.md')
const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8')

/** What the computed codes become; whoever adds a kind of name or file adds it here. */
const computed: Readonly<Record<string, readonly string[]>> = {
  'duplicate-${what.split(\' \').at(-1)!}': ['run', 'phase', 'check', 'plugin'].map((what) => `duplicate-${what}`),
  'unknown-${what.split(\' \').at(-1)!}': ['phase', 'check', 'plugin', 'builder', 'format'].map((what) => `unknown-${what}`),
}

function expand(code: string): readonly string[] {
  if (!code.startsWith('`')) return [code.slice(1, -1)]
  const text = code.slice(1, -1)
  return computed[text] ?? ['config', 'plan'].map((kind) => text.replace('${kind}', kind))
}

/** Code → exit code, as the functions of core/errors and of our plugins' errors say. */
function codesOfSources(): Map<string, string> {
  const codes = new Map<string, string>()
  for (const file of globSync(['core/errors/*.ts', 'plugins/*/errors.ts'], { cwd: repositoryRoot }).filter((name) => !name.endsWith('user-error.ts'))) {
    for (const body of read(file).split(/^export function /m).slice(1)) {
      for (const [, code] of body.matchAll(/\bcode: ('[^']+'|`[^`]+`)/g))
        for (const one of expand(code!)) codes.set(one, /\bexitCode: (\d+)/.exec(body)?.[1] ?? '2')
    }
  }
  return codes
}

test('one line per code, each with its exit code', () => {
  const lines = [...read('docs/errors.md').matchAll(/^\| `([\w-]+)` \| (.+) \| (.+) \| (\d+) \|$/gm)]
  const listed = lines.map(([, code]) => code!)
  assert.equal(listed.filter((code, index) => listed.indexOf(code) !== index), [], 'listed twice')
  const sources = codesOfSources()
  assert.ok(sources.size > 80, 'the sources are read')
  for (const code of sources.keys()) assert.not.match(code, /\$/, 'a computed code that this test does not know')
  const sorted = (codes: Iterable<readonly [string, string]>) => [...codes].map(([code, exit]) => `${code} ${exit}`).sort()
  assert.equal(sorted(lines.map((line) => [line[1]!, line[4]!] as const)), sorted(sources))
})

test('every name that can be taken twice or be unknown is one that the list knows', () => {
  const source = globSync('core/config/*.ts', { cwd: repositoryRoot }).map(read).join('\n')
  const words = (call: RegExp) => [...new Set([...source.matchAll(call)].map((match) => match[1]!.split(' ').at(-1)!))].sort()
  assert.equal(words(/duplicateNameError\([^\n]*?, '([\w ]+)',|duplicateNameError\('id', '(\w+)'/g), ['check', 'phase', 'plugin', 'run'])
  assert.equal(words(/(?:unknownNameError\([^\n]*?,|unknown\(\[[^\n]*?\],) '(\w+)',/g), ['builder', 'check', 'format', 'phase', 'plugin'])
})

test('errors are made in core/errors, and of a plugin in its errors.ts', () => {
  const elsewhere = globSync('{core,plugins,presets}/**/*.ts', { cwd: repositoryRoot }).filter((file) => !/^core\/errors\/|^plugins\/[^/]+\/errors\.ts$/.test(file) && /\bnew UserError\(/.test(read(file)))
  assert.equal(elsewhere, [])
})

test.run()
