import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatUserError, UserError } from '../../../core/errors.ts'
import { checkContained, createPathResolver, matchesScope } from '../../../core/workspace/index.ts'
import { makeSandbox, withSandbox } from './support.ts'
import type { Sandbox } from './support.ts'

const test = suite('paths')

async function textOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action()
  } catch (error) {
    if (error instanceof UserError) return formatUserError(error)
    throw error
  }
  throw new Error('nothing was thrown')
}

async function resolverOf(sandbox: Sandbox, root = '.') {
  return createPathResolver({ repository: await sandbox.open(root), base: sandbox.git(['rev-parse', 'HEAD']).trim() })
}

const nested = {
  'fileorganizer/frontend/package.json': '{}', 'fileorganizer/frontend/package-lock.json': '{}', 'fileorganizer/fileorganizer/deep.py': '', 'fileorganizer/docs/a.md': '', 'docs/a.md': '',
  'fileorganizer/app/[id].tsx': '', 'top.txt': '', 'fileorganizer/src/x.ts': '',
}

test('two spellings are one file', withSandbox(nested, async (sandbox) => {
  const resolver = await resolverOf(sandbox, 'fileorganizer')
  const expected: Record<string, string> = {
    'fileorganizer/frontend/package-lock.json': 'fileorganizer/frontend/package-lock.json',
    'frontend/package-lock.json': 'fileorganizer/frontend/package-lock.json',
    './frontend/package-lock.json': 'fileorganizer/frontend/package-lock.json',
    './frontend//./package-lock.json': 'fileorganizer/frontend/package-lock.json',
    [path.join(sandbox.root, 'fileorganizer/frontend/package-lock.json')]: 'fileorganizer/frontend/package-lock.json',
    // Neither reading exists.
    'fileorganizer/new/file.ts': 'fileorganizer/new/file.ts',
    'new/file.ts': 'fileorganizer/new/file.ts',
    './fileorganizer/new.ts': 'fileorganizer/fileorganizer/new.ts',
    // A folder of the root's own name inside the root.
    'fileorganizer/deep.py': 'fileorganizer/fileorganizer/deep.py',
    'fileorganizer/fileorganizer/deep.py': 'fileorganizer/fileorganizer/deep.py',
    // The repository's own file, from both.
    'top.txt': 'top.txt',
    './../top.txt': 'top.txt',
    './docs/a.md': 'fileorganizer/docs/a.md',
    // Folders and globs, by their literal head.
    'src/': 'fileorganizer/src/',
    'src/**/*.ts': 'fileorganizer/src/**/*.ts',
    'fileorganizer/src/*.ts': 'fileorganizer/src/*.ts',
    '**/*.ts': 'fileorganizer/**/*.ts',
    './': 'fileorganizer/',
    'app/[id].tsx': 'fileorganizer/app/[id].tsx',
  }
  await resolver.prepare(Object.keys(expected))
  for (const [raw, relative] of Object.entries(expected)) assert.is(await resolver.resolve(raw), relative, raw)
  // Without prepare the answers are the same.
  const cold = await resolverOf(sandbox, 'fileorganizer')
  for (const [raw, relative] of Object.entries(expected)) assert.is(await cold.resolve(raw), relative, raw)
}))

test('an ambiguous path names both, and both fixes work', withSandbox(nested, async (sandbox) => {
  const resolver = await resolverOf(sandbox, 'fileorganizer')
  assert.is(await textOf(() => resolver.resolve('docs/a.md')), [
    'error[path-ambiguous]: the path "docs/a.md" names two files: docs/a.md (from the repository) and fileorganizer/docs/a.md (from the project root)',
    '  fix: write ./docs/a.md for the one in the project root, or ./../docs/a.md for the other',
  ].join('\n'))
  assert.is(await resolver.resolve('./docs/a.md'), 'fileorganizer/docs/a.md')
  assert.is(await resolver.resolve('./../docs/a.md'), 'docs/a.md')
}))

test('nothing leaves the repository', withSandbox(undefined, async (sandbox) => {
  symlinkSync('/etc', path.join(sandbox.root, 'out'))
  symlinkSync('../..', path.join(sandbox.root, 'src/up'))
  symlinkSync('src', path.join(sandbox.root, 'inner'))
  symlinkSync('a.ts', path.join(sandbox.root, 'src/link.ts'))
  symlinkSync('loop2', path.join(sandbox.root, 'loop1'))
  symlinkSync('loop1', path.join(sandbox.root, 'loop2'))
  sandbox.commitAll()
  const resolver = await resolverOf(sandbox)
  assert.is(await textOf(() => resolver.resolve('../x')), [
    'error[path-outside]: the path "../x" leaves the repository: it climbs out with ..',
    '  fix: name a path inside the repository, relative to it or (with ./) to the project root',
  ].join('\n'))
  for (const raw of ['src/../../x', './../x', '/etc/passwd', 'out/passwd', 'out', 'out/**', 'src/up/x', 'loop1/x', '.git/config', 'src/.GIT/x', 'a\0b', '~', '~/x']) {
    assert.match(await textOf(() => resolver.resolve(raw)), /^error\[path-outside\]/, raw)
  }
  assert.is(await resolver.resolve('./~/x'), '~/x')
  assert.is(await resolver.resolve('inner/a.ts'), 'src/a.ts')
  assert.is(await resolver.resolve('inner/*.ts'), 'src/*.ts')
  assert.is(await resolver.resolve('inner/'), 'src/')
  assert.is(await resolver.resolve('src/link.ts'), 'src/link.ts')
  assert.is(await resolver.containmentProblem('src/a.ts'), undefined)
  for (const answer of ['/etc', '../x', 'out/passwd', '', `${sandbox.root}/src/a.ts`]) assert.ok(await resolver.containmentProblem(answer), answer)
}))

test('containment on disk', withSandbox(undefined, async (sandbox) => {
  symlinkSync('/etc', path.join(sandbox.root, 'out'))
  symlinkSync(path.join(sandbox.dir, 'nowhere'), path.join(sandbox.root, 'dangling'))
  symlinkSync('src', path.join(sandbox.root, 'inner'))
  assert.is(await checkContained(sandbox.root, 'src/new/deep.ts'), path.join(sandbox.root, 'src/new/deep.ts'))
  assert.is(await checkContained(sandbox.root, 'inner/a.ts'), path.join(sandbox.root, 'inner/a.ts'))
  for (const relative of ['../x', '/etc/passwd', 'out/passwd', 'dangling', 'dangling/x', 'src/../../x', '.git/config']) {
    assert.match(await textOf(() => checkContained(sandbox.root, relative)), /path-outside/, relative)
  }
}))

test('odd names are found as they are, in both forms of Unicode', async () => {
  const names = ['sp ace', 'quo"te', 'new\nline', '-dash', 'col:on', ':(top)magic', '*star', '!not', 'e\u0301', '\u00fc', '{a,b}', 'back\\slash', '$(x)']
  const sandbox = makeSandbox(Object.fromEntries(names.map((name) => [`d/${name}`, 'x'])))
  try {
    const resolver = await resolverOf(sandbox)
    for (const name of names) {
      assert.equal(await resolver.look(`d/${name}`), { relative: `d/${name}`, kind: 'file', exists: true }, name)
      assert.ok(matchesScope(`d/${name}`, [`d/${name}`]), name)
    }
    assert.is(await resolver.resolve('d/\u00e9'), 'd/e\u0301')
    assert.is(await resolver.resolve('d/u\u0308'), 'd/\u00fc')
  } finally {
    sandbox.clean()
  }
})

test('law: a resolved path never leaves, resolves to itself from the root, and both spellings agree', withSandbox(nested, async (sandbox) => {
  const seed = 20_261_122
  let state = seed
  const random = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const parts = ['fileorganizer', 'frontend', 'src', 'new', '..', '.', 'a.md', 'docs', 'package.json', '*', '**', '[id].tsx', '']
  const resolver = await resolverOf(sandbox, 'fileorganizer')
  let resolved = 0
  for (let round = 0; round < 400; round++) {
    const raw = Array.from({ length: 1 + random(5) }, () => parts[random(parts.length)]!).join('/')
    const label = `seed ${seed}, ${JSON.stringify(raw)}`
    const relative = await resolver.resolve(raw).catch((error: unknown) => {
      assert.instance(error, UserError, label)
      return undefined
    })
    if (relative === undefined) continue
    resolved++
    assert.not.ok(path.isAbsolute(relative) || relative.split('/').includes('..'), label)
    const bare = (one: string) => one.replace(/\/$/, '')
    assert.is(bare(await resolver.resolve(`./${path.posix.relative('fileorganizer', relative)}`)), bare(relative), label)
  }
  assert.ok(resolved > 100, `only ${resolved} resolved`)
}))

test('scope patterns', () => {
  assert.ok(matchesScope('src/x/y.ts', ['src/']))
  assert.ok(matchesScope('src/x/y.ts', ['src']))
  assert.ok(matchesScope('src/.hidden', ['src/**']))
  assert.ok(matchesScope('src/[id].tsx', ['src/[id].tsx']))
  assert.not(matchesScope('src2/x', ['src/']))
  assert.not(matchesScope('src2/x', ['src']))
  assert.not(matchesScope('other', ['!src']))
  assert.not(matchesScope('a', []))
})

test('an absolute path through a link to the repository is accepted', withSandbox(undefined, async (sandbox) => {
  mkdirSync(path.join(sandbox.dir, 'via'))
  symlinkSync(sandbox.root, path.join(sandbox.dir, 'via/repo'))
  writeFileSync(path.join(sandbox.root, 'untracked'), '')
  const resolver = await resolverOf(sandbox)
  assert.is(await resolver.resolve(path.join(sandbox.dir, 'via/repo/src/a.ts')), 'src/a.ts')
  assert.is(await resolver.resolve(path.join(sandbox.dir, 'via/repo/new/deep/b.ts')), 'new/deep/b.ts')
}))

test.run()
