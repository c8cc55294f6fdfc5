import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { StubKind, StubRequest } from '../../../core/index.ts'
import { runHook } from '../../../core/testing/index.ts'
import { defaultPlugins, scopeStubs } from '../../../plugins/index.ts'
import { scopeStubKinds } from '../../../plugins/scope-stubs/kinds.ts'
import { errorText, load, withFolder } from '../../support/config-folder.ts'

const plugin = suite('scopeStubs')

const kind = (name: string): StubKind => scopeStubKinds.find((one) => one.name === name)!
/** The stubs that a scope gets, by path: their kind, or their content. */
async function stubsOf(paths: readonly string[], options?: Parameters<typeof scopeStubs>[0], event: object = {}): Promise<Record<string, string>> {
  const { said } = await runHook(scopeStubs(options), 'beforePhase', { phase: { scope: { paths: [...paths], readOnly: [] } }, ...event })
  const what = (stub: StubRequest) => (stub.content === undefined ? stub.kind ?? 'nothing' : JSON.stringify(stub.content))
  return Object.fromEntries(said.stubs.map((stub) => [stub.path, what(stub)]))
}

plugin('is on by default', () => {
  assert.ok(defaultPlugins.some((one) => one.name === 'scopeStubs'))
})

plugin('declares a stub for each lock file, package marker and document of scope and deliverables that the base lacks', async () => {
  const { said } = await runHook(scopeStubs(), 'beforePhase', {
    phase: {
      scope: { paths: ['web/package-lock.json', './pkg/__init__.py', 'there/package-lock.json', 'web/package.json', 'src/main.ts', 'src/', '**/package-lock.json', 'yarn.lock'], readOnly: ['ro/package-lock.json'] },
      deliverables: { code: ['web/package-lock.json', 'lib/__init__.py'], docs: ['README.md'], config: ['a/pnpm-lock.yaml'] },
    },
    exists: (relative) => relative === 'there/package-lock.json',
  })
  assert.equal(said.stubs, [
    { path: 'web/package-lock.json', kind: 'package-lock.json' },
    { path: './pkg/__init__.py', kind: '__init__.py' },
    { path: 'yarn.lock', kind: 'yarn.lock' },
    { path: 'lib/__init__.py', kind: '__init__.py' },
    { path: 'README.md', kind: 'markdown' },
    { path: 'a/pnpm-lock.yaml', kind: 'pnpm-lock.yaml' },
  ])
})

plugin('makes none where an empty file would be a lie', async () => {
  assert.equal(await stubsOf(['src/a.ts', 'src/b.js', 'src/c.py', 'src/d.go', 'src/e.rs', 'Makefile', 'a.lock', 'src/', 'lib']), {})
  const readByName = ['package.json', 'api/tsconfig.build.json', 'tsconfig.json', 'compose.yaml', 'docker-compose.prod.yml', 'pnpm-workspace.yaml', '.github/workflows/ci.yml', '.eslintrc.json', 'jest.config.json', 'x.lock.json']
  assert.equal(await stubsOf(readByName), {}, 'a tool would take it for its configuration')
  assert.equal(await stubsOf(['package.json', '.github/x.yml'], { files: { 'package.json': true, '**/*.yml': true, '.github/*.yml': true } }), { 'package.json': 'json', '.github/x.yml': 'yaml' })
})

plugin('makes data and documents, which say nothing while they are empty', async () => {
  assert.equal(await stubsOf(['data/shops.json', 'config.json', 'mysrc.json', 'deploy/values.yaml', 'docs/guide.md', 'docs/a.mdx']), {
    'data/shops.json': 'json', 'config.json': 'json', 'mysrc.json': 'json', 'deploy/values.yaml': 'yaml', 'docs/guide.md': 'markdown', 'docs/a.mdx': 'markdown',
  })
})

plugin('makes them when asked: the kind that fits, one by name, content, or none; the first pattern that matches counts', async () => {
  const files = {
    'vendor/**': false, 'README.md': false, 'frontend/package-lock.json': 'json', 'docs/**/*.md': 'yaml', '*.ts': true, 'Cargo.lock': { content: 'version = 4\n' }, '*.lock': { content: '' }, 'settings.*': 'yaml',
  } as const
  assert.equal(await stubsOf([
    'vendor/package-lock.json', 'frontend/package-lock.json', 'api/package-lock.json', 'docs/a/b.md', 'README.md', 'src/deep/x.ts', 'x/Cargo.lock', 'x/flake.lock', 'settings.json', 'src/y.js',
  ], { files }), {
    'frontend/package-lock.json': 'json', 'api/package-lock.json': 'package-lock.json', 'docs/a/b.md': 'yaml', 'src/deep/x.ts': 'typescript',
    'x/Cargo.lock': '"version = 4\\n"', 'x/flake.lock': '""', 'settings.json': 'yaml',
  })
  // What no kind fits, the core refuses with the kinds that there are.
  assert.equal(await stubsOf(['x.bin'], { files: { '*.bin': true } }), { 'x.bin': 'nothing' })
})

plugin('a pattern with a slash counts from the repository or from the project root', async () => {
  const event = { projectRoot: '/repository/shop', repositoryRoot: '/repository', resolve: async (raw: string) => ({ relative: `shop/${raw}` }) }
  assert.equal(await stubsOf(['src/a.ts'], { files: { 'src/*.ts': true } }, event), { 'src/a.ts': 'typescript' })
  assert.equal(await stubsOf(['src/a.ts'], { files: { 'shop/src/*.ts': true } }, event), { 'src/a.ts': 'typescript' })
  assert.equal(await stubsOf(['src/a.ts'], { files: { 'other/src/*.ts': true } }, event), {})
})

plugin('makes those of a kind that another plugin provides, unless it is one to be asked for', async () => {
  const stubKind = (relative: string) => (relative.endsWith('go.sum') ? { name: 'go.sum', onlyWhenAsked: false } : relative.endsWith('.go') ? { name: 'go', onlyWhenAsked: true } : undefined)
  assert.equal(await stubsOf(['go.sum', 'a.go'], {}, { stubKind }), { 'go.sum': 'go.sum' })
  assert.equal(await stubsOf(['go.sum', 'a.go'], { files: { '*.go': true } }, { stubKind }), { 'go.sum': 'go.sum', 'a.go': 'go' })
  assert.equal(await stubsOf(['x.mod'], { files: { 'x.mod': { kind: 'go' } } }, { stubKind }), { 'x.mod': 'go' })
})

plugin('looks for the file where the resolver finds it', async () => {
  assert.equal(await stubsOf(['frontend/package-lock.json'], {}, {
    resolve: async (raw: string) => ({ relative: `fileorganizer/${raw}` }),
    exists: (relative: string) => relative === 'fileorganizer/frontend/package-lock.json',
  }), {})
})

plugin('a lock file that is to be made lies beside its manifest, whichever way its path is written', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'autopack-beside-'))
  try {
    const put = async (file: string) => {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true })
      await writeFile(path.join(root, file), '{}')
    }
    const answer = async (raw: string, project = 'shop') => (await runHook(scopeStubs(), 'resolvePath', { raw, repositoryRoot: root, projectRoot: path.join(root, project) })).answer?.relative
    for (const file of ['web/package.json', 'shop/frontend/package.json', 'shop/both/package.json', 'both/package.json', 'web/Cargo.toml', 'web/Cargo.lock']) await put(file)
    assert.is(await answer('web/package-lock.json'), 'web/package-lock.json', 'by its name alone it would be shop/web/package-lock.json')
    assert.is(await answer('frontend/yarn.lock'), 'shop/frontend/yarn.lock')
    assert.is(await answer('shop/frontend/pnpm-lock.yaml'), 'shop/frontend/pnpm-lock.yaml')
    assert.is(await answer('shop/shop/frontend/package-lock.json'), 'shop/frontend/package-lock.json', 'the root named twice')
    // What is said plainly, what nothing decides, and what is no lock file is left to the rules of every path.
    for (const raw of ['./web/package-lock.json', 'both/package-lock.json', 'nowhere/package-lock.json', 'web/Cargo.lock', 'web/notes.txt', 'web/constructor', 'web/../web/package-lock.json']) assert.is(await answer(raw), undefined, raw)
    assert.is(await answer('web/package-lock.json', ''), undefined, 'where the project is the repository there is one reading')
    await put('shop/shop/x/package.json')
    assert.is(await answer('shop/shop/frontend/package-lock.json'), undefined, 'a real folder of the name')
    assert.is(await answer('shop/shop/x/package-lock.json'), 'shop/shop/x/package-lock.json')
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

plugin('a stub never makes a folder of the root in the root', async () => {
  const event = { projectRoot: '/r/shop', repositoryRoot: '/r' }
  const twice = ['shop/shop/pkg/__init__.py', './shop/pkg/__init__.py']
  const resolve = async () => ({ relative: 'shop/shop/pkg/__init__.py' })
  assert.equal(Object.keys(await stubsOf(twice, {}, { ...event, resolve })), ['./shop/pkg/__init__.py'], 'only where the plan says so')
  assert.equal(Object.keys(await stubsOf(twice, {}, { ...event, resolve, exists: (relative: string) => relative === 'shop/shop' })), twice)
})

plugin('what it writes is valid for its kind', () => {
  const content = (name: string, file = 'a/x') => kind(name).content(file)
  assert.equal(JSON.parse(content('json')), {})
  assert.equal(parse(content('yaml')), {})
  assert.equal(parse(content('pnpm-lock.yaml')), { lockfileVersion: '9.0' })
  assert.equal([content('yarn.lock'), content('__init__.py')], ['', ''])
  assert.is(content('markdown'), '')
  assert.is(content('typescript'), 'export {}\n')
  for (const [name, file] of Object.entries({ json: 'a.json', yaml: 'a.yml', markdown: 'a.mdx', typescript: 'a.d.mts' })) assert.ok(kind(name).matches(file), file)
})

plugin('npm takes the lock file as it is, and fills it in; it fills in {} too', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'autopack-lock-'))
  try {
    const lock = async () => JSON.parse(await readFile(path.join(folder, 'package-lock.json'), 'utf8')) as { name: string; lockfileVersion: number }
    const npm = (...args: string[]) => promisify(execFile)('npm', [...args, '--offline', '--no-audit', '--no-fund', `--cache=${folder}/cache`], { cwd: folder })
    await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'web', version: '1.2.3' }))
    for (const name of ['package-lock.json', 'json']) {
      await writeFile(path.join(folder, 'package-lock.json'), kind(name).content('web/package-lock.json'))
      if (name === 'package-lock.json') await npm('ci')
      await npm('install')
      const { name: written, lockfileVersion } = await lock()
      assert.equal([written, lockfileVersion], ['web', 3], name)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

const configOf = (options: string) => `import { scopeStubs } from 'autopack/plugins'
export default {
  plugins: [scopeStubs(${options})],
}
`

for (const [options, expected] of [
  ["{ file: { 'a.md': true } }", /unknown key "file" in plugin scopeStubs\n.*autopack\.config\.ts:3:26[\s\S]*did you mean "files"\?/],
  ["{ files: { 'a.md': 'markdwn' } }", /expected true, false, one of the kinds package-lock\.json, .*, typescript, \{ kind: "…" \} for a kind of another plugin, or \{ content: "…" \}, found "markdwn"/],
  ["{ files: { '/etc/a.md': true } }", /a pattern is the name of a file, or a path from the repository or the project root/],
] as const) {
  plugin(`options are checked when the config is loaded: ${options}`, () =>
    withFolder({ 'autopack.config.ts': configOf(options) }, async (folder) => {
      const text = await errorText(load(folder, { builtIns: defaultPlugins }))
      assert.match(text, expected)
      assert.match(text, /scopeStubs/)
    }))
}

plugin.run()
