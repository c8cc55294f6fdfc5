import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject } from '../../support/project.ts'
import { runHere, prepare, receiptOf, told } from '../../support/run-project.ts'
import type { RunResult } from '../../support/run-project.ts'

const test = suite('stubs of a real run')

/** Tells which files named like a stub lie in the worktree, what stands in one of them, and keeps the prompt. */
const look = (name: string, file: string) => `
cd "$AUTOPACK_WORKSPACE"
find . -path ./.git -prune -o '(' -name package-lock.json -o -name Cargo.lock -o -name __init__.py -o -name '*.md' ')' -print | sort > "$OUTSIDE/${name}.files"
cat "${file}" > "$OUTSIDE/${name}.text"
cp "$AUTOPACK_PROMPT_FILE" "$OUTSIDE/${name}.prompt"
`
const lock = '{\n  "name": "",\n  "lockfileVersion": 3,\n  "requires": true,\n  "packages": {}\n}\n'
const filled = `printf '{"name":"web","lockfileVersion":3}' > fileorganizer/frontend/package-lock.json`

const phases = {
  'from-repository': { build: look('repository', 'fileorganizer/frontend/package-lock.json') + filled, scope: { paths: ['fileorganizer/frontend/package-lock.json'] }, deliverables: ['frontend/package-lock.json'] },
  'from-root': { build: `${look('root', 'fileorganizer/backend/package-lock.json')}echo x > fileorganizer/notes.txt`, scope: { paths: ['backend/package-lock.json', 'notes.txt'] }, deliverables: { code: ['fileorganizer/backend/package-lock.json'] } },
  nested: { build: look('nested', 'fileorganizer/fileorganizer/package-lock.json') + "printf '{\"a\":1}' > fileorganizer/fileorganizer/package-lock.json", scope: { paths: ['./fileorganizer/package-lock.json'] }, deliverables: ['fileorganizer/fileorganizer/package-lock.json'] },
  empty: { build: `${look('empty', 'fileorganizer/empty/package-lock.json')}echo x > fileorganizer/notes.txt`, scope: { paths: ['empty/', 'notes.txt'] }, deliverables: ['empty/package-lock.json'] },
  top: { build: look('top', 'tools/package-lock.json') + filled.replace('fileorganizer/frontend', 'tools'), scope: { paths: ['tools/package-lock.json'] }, deliverables: ['tools/package-lock.json'] },
  alias: { build: look('alias', 'fileorganizer/aliased/package-lock.json') + filled.replace('frontend', 'aliased'), scope: { paths: ['mapped/package-lock.json'] }, deliverables: ['mapped/package-lock.json'] },
  stops: { build: 'echo half > notes.txt; exit 1', scope: { paths: ['other/package-lock.json', 'notes.txt'] } },
  others: {
    build: `${look('others', 'fileorganizer/Cargo.lock')}: > fileorganizer/pkg/__init__.py; echo '# All of it' > fileorganizer/docs/a.md`,
    scope: { paths: ['Cargo.lock', 'pkg/__init__.py', 'docs/a.md', 'src/main.ts'] }, deliverables: ['pkg/__init__.py', 'docs/a.md'],
  },
}
const config = `
  drain: { maxAttemptsPerPhase: 1 },
  plugins: [
    scopeStubs({ files: { 'empty/package-lock.json': 'json', 'docs/*.md': true } }),
    definePlugin({ name: 'cargo', apiVersion: 1, apply: (api) => api.provide({ stubKinds: [{ name: 'Cargo.lock', matches: (path) => path.endsWith('Cargo.lock'), content: () => 'version = 4\\n' }] }) })(),
    definePlugin({ name: 'mapped', apiVersion: 1, apply: (api) => api.hooks.resolvePath.tap(({ raw }) => (raw.startsWith('mapped/') ? { relative: raw.replace('mapped', 'fileorganizer/aliased') } : undefined)) })(),
  ],`
const imports = "import { definePlugin } from 'autopack'\nimport { scopeStubs } from 'autopack/plugins'"
const said = (run: RunResult, id: string) => run.events.flatMap((event) => (event.type === 'progress' && event.phase === id && event.line?.includes('deliverable') ? [event.line] : []))

test('lie where the resolver says, are in the prompt under that path, are counted, and are gone where nobody touched them', async () => {
  await using project = await makeProject({ files: { 'fileorganizer/frontend/package.json': '{}\n', 'fileorganizer/fileorganizer/package.json': '{}\n', 'frontend.txt': '', 'tools/package.json': '{}\n', 'mapped/package.json': '{}\n' } })
  await prepare(project, { folder: 'fileorganizer', phases, config, imports })
  await project.commit('prepare')
  const run = await runHere(project, ['r'], { cwd: project.path('fileorganizer') })
  const files = async (name: string) => (await told(project, `${name}.files`)).trim().split('\n')
  const stubsInPrompt = async (name: string) => /## Stubs\n\n.*\n\n([\s\S]*?)\n\n/.exec(await told(project, `${name}.prompt`))?.[1]?.split('\n')

  // Relative to the repository and to the root: one file, and never fileorganizer/fileorganizer/frontend.
  assert.equal(await files('repository'), ['./fileorganizer/frontend/package-lock.json'])
  assert.is(await told(project, 'repository.text'), lock)
  assert.equal(await stubsInPrompt('repository'), ['- fileorganizer/frontend/package-lock.json'])
  assert.equal([run.phase('from-repository').outcome, said(run, 'from-repository')], ['complete', ['1 of 1 deliverables satisfied (+1 existing files in workspace)']], run.stdout)

  // There, counted, and not what was asked for; never called missing.
  assert.equal(await files('root'), ['./fileorganizer/backend/package-lock.json', './fileorganizer/frontend/package-lock.json'])
  assert.equal(await stubsInPrompt('root'), ['- fileorganizer/backend/package-lock.json'])
  const untouched = run.phase('from-root')
  assert.equal((await receiptOf(untouched)).problems.map((one) => [one.code, one.path]), [['stub_untouched', 'fileorganizer/backend/package-lock.json']])
  // The stub and the note.
  assert.match(said(run, 'from-root')[0]!, /^code deliverable .* is still the stub that was written before the build \(\+2 existing files in workspace\)$/)

  // A real folder of the root's own name.
  assert.equal(await files('nested'), ['./fileorganizer/fileorganizer/package-lock.json', './fileorganizer/frontend/package-lock.json'])
  assert.equal(await stubsInPrompt('nested'), ['- fileorganizer/fileorganizer/package-lock.json'])
  assert.is(run.phase('nested').outcome, 'complete')

  // Beside its manifest at the repository's top, where its name alone would put it below the root; and another plugin's word goes first.
  for (const [name, place] of [['top', 'tools'], ['alias', 'fileorganizer/aliased']] as const) {
    assert.equal(await stubsInPrompt(name), [`- ${place}/package-lock.json`])
    assert.is(await told(project, `${name}.text`), lock)
    assert.is(run.phase(name).outcome, 'complete', run.stdout)
  }

  // `{}` is there, though it does not satisfy.
  assert.is(await told(project, 'empty.text'), '{}\n')
  assert.equal((await receiptOf(run.phase('empty'))).problems.map((one) => one.code), ['stub_untouched'])
  assert.match(said(run, 'empty')[0]!, /\(\+2 existing files in workspace\)$/)

  // What is kept of a build that failed is the builder's, and no stub.
  const kept = await readFile(path.join(run.phase('stops').attemptDir, 'changes.patch'), 'utf8')
  assert.equal([...kept.matchAll(/^\+\+\+ (.*)$/gm)].map((match) => match[1]), ['b/fileorganizer/notes.txt'])

  // Of a third party's kind, asked for, a marker that was saved again; and none of a source file.
  assert.equal((await files('others')).slice(0, 3), ['./fileorganizer/Cargo.lock', './fileorganizer/aliased/package-lock.json', './fileorganizer/docs/a.md'])
  assert.is(await told(project, 'others.text'), 'version = 4\n')
  assert.equal(await stubsInPrompt('others'), ['- fileorganizer/Cargo.lock', '- fileorganizer/pkg/__init__.py (if it is to stay as it is, save it again: `touch` does)', '- fileorganizer/docs/a.md'])
  assert.is(run.phase('others').outcome, 'complete', run.stdout)

  // What is committed is what builders wrote: no stub that nobody touched.
  const branch = (await project.git('for-each-ref', '--format=%(refname)', 'refs/heads/autopack')).trim()
  assert.equal((await project.git('diff', '--name-only', 'main', branch)).split('\n'), [
    'fileorganizer/aliased/package-lock.json', 'fileorganizer/docs/a.md', 'fileorganizer/fileorganizer/package-lock.json', 'fileorganizer/frontend/package-lock.json', 'fileorganizer/pkg/__init__.py', 'tools/package-lock.json',
  ])
})

test.run()
