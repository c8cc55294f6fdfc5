import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { planOutputSchema } from '../../../core/model/outputs.ts'
import { draftText } from '../../../core/project/draft/text.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject, type TestProject } from '../../support/project.ts'
import { outside, repositoryState, told } from '../../support/run-project.ts'

const test = suite('autopack plan')

/** A project whose builder runs `outside/draft`, with `$DRAFT` the file that it is to write; `files` are there already. */
async function makeDrafting(script: string, files: Record<string, string> = {}, config = ''): Promise<TestProject> {
  const project = await makeProject({
    files: {
      'autopack.config.ts': `import { defineConfig } from 'autopack'\nimport { command } from 'autopack/builders'\nexport default defineConfig({ project: 'p', builder: command({ run: { shell: 'DRAFT=$AUTOPACK_DRAFT_FILE; . "$OUTSIDE/draft"' }, usage: 'none' }), env: { set: { OUTSIDE: ${JSON.stringify('%OUT%')} } }, ${config} })\n`,
      'NOTES.md': '- export to CSV\n- `rm -rf` nothing\n', 'src/a.txt': 'a\n', 'package.json': '{"type":"module","scripts":{"test":"node --test"}}\n', ...files,
    },
  })
  await project.write({ 'autopack.config.ts': (await project.read('autopack.config.ts')).replace('%OUT%', outside(project)), '../outside/draft': script })
  await project.commit('prepare')
  return project
}
const plan = (id: string, phase = '', checks = "[{ name: unit, run: [npm, test] }]"): string =>
  `id: ${id}\nphases:\n  - id: csv\n    goal: Write the export.\n    scope: { paths: [src/] }\n    deliverables: [src/csv.js]\n    checks: ${checks}\n${phase}`
const writes = (text: string): string => `cat > "$DRAFT" <<'END'\n${text}END\n`

test('what is wrong goes back to the builder once; the plan is shown as a diff, asked for, written, and nothing of it runs', async () => {
  const script = [
    'cp "$AUTOPACK_PROMPT_FILE" "$OUTSIDE/prompt-$AUTOPACK_ATTEMPT"; cp "$AUTOPACK_PLAN_SCHEMA_FILE" "$OUTSIDE/schema"',
    `if test "$AUTOPACK_ATTEMPT" = 1; then ${writes(plan('night', '    needs: [other]\n').replace('src/] }', 'src/, nowhere/] }').replace('goal:', 'gaol:'))} else`,
    `${writes(plan('night', '', '[{ name: mark, run: { shell: \': > "$OUTSIDE/ran"\' } }]'))} fi`,
    // It was to read only.
    'echo x > src/a.txt; echo y > other.txt; git commit -qam sneaky; git update-ref refs/heads/main HEAD; git config user.name sneaky',
  ].join('\n')
  await using project = await makeDrafting(script)
  const before = await repositoryState(project)
  const shown = await runInside(project, ['plan', 'NOTES.md', '--id', 'night'], { answers: ['n'] })
  assert.is(shown.exitCode, 0, shown.stdout + shown.stderr)
  assert.match(shown.stdout, /^night {2}1 phase, 1 check, 1 deliverable · by command, mended once · 0 tokens/)
  assert.match(shown.stdout, /^note {2}builder command was to read only: what else it changed was thrown away \([^\n]* and \d more\)$/m)
  assert.match(shown.stdout, /^--- \/dev\/null\n\+\+\+ b\/runs\/night\.yaml\n@@ -0,0 \+1,\d+ @@\n\+id: night\n\+phases:\n/m)
  assert.match(shown.stdout, /^Not written; the draft is kept: (\.autonomous_runs\/p\/drafts\/\d{8}-\d{6}-[0-9a-f]{6}\/draft\.yaml)\nnext {2}cp \1 runs\/night\.yaml$/m)
  assert.equal(shown.asked, ['Write runs/night.yaml? [y/N] '])
  assert.match(await told(project, 'prompt-1'), /^```\n- export to CSV\n- `rm -rf` nothing\n\n?```$/m)
  assert.match(await told(project, 'prompt-2'), /^## What you drafted before cannot be used\n\n```yaml\nid: night\n[^]*error\[unknown-key\]: unknown key "gaol"[^]*--> [^\n]*draft\.yaml:4:5$/m)
  assert.equal(JSON.parse(await told(project, 'schema')).title, 'Autopack plan')
  assert.is(await repositoryState(project), before)
  assert.equal([existsSync(project.path('.autonomous_runs/autopack.db')), existsSync(outside(project, 'ran')), existsSync(project.path('runs'))], [false, false, false])
  assert.is((await project.git('worktree', 'list')).trim().split('\n').length, 1)

  const written = await runInside(project, ['plan', 'NOTES.md', '--id', 'night'], { answers: ['yes'] })
  assert.match(written.stdout, /^Written: runs\/night\.yaml\nnext {2}autopack run night --dry-run$/m)
  assert.match((await runInside(project, ['run', 'night', '--dry-run'])).stdout, /csv/)
  assert.is(existsSync(outside(project, 'ran')), false)

  // The same again: it is compared with what is there.
  const same = await runInside(project, ['plan', 'NOTES.md', '--out', 'runs/night.yaml', '--write', '--json'])
  const output = planOutputSchema.parse(JSON.parse(same.stdout))
  assert.equal([output.run, output.diff, output.written, output.rounds, output.plan.phases.map((phase) => phase.id)], ['night', '', false, 2, ['csv']])
})

test('scope and checks must be there; with --try the checks run, on what is committed', async () => {
  const phase = "  - id: two\n    goal: Two.\n    scope: { paths: ['lib/**', src/new.js], readOnly: [docs/] }\n    checks: [{ name: a, run: [nosuchprogram] }, { name: b, run: [node, tools/x.mjs] }, { name: c, run: [npm, run, e2e] }, { name: d, run: [node, src/csv.js] }]\n"
  // What it does beside the draft is told of the first round too.
  await using project = await makeDrafting(`${writes(plan('notes', phase))}if test "$AUTOPACK_ATTEMPT" = 1; then echo x > src/a.txt; fi\n`)
  const bad = await runInside(project, ['plan', 'NOTES.md', '--id', 'notes', '--write'])
  assert.is(bad.exitCode, 2, bad.stdout)
  const problems = [...bad.stderr.matchAll(/^error\[([\w-]+)\]: (.*)$/gm)].map((match) => `${match[1]} ${match[2]}`)
  assert.equal(problems, [
    'draft-path-missing phases[1].scope.paths[0]: there is no "lib/**", and no deliverable of the phase lies there',
    'draft-path-missing phases[1].scope.paths[1]: there is no "src/new.js", and no deliverable of the phase lies there',
    'draft-path-missing phases[1].scope.readOnly[0]: there is no "docs/", and no deliverable of the phase lies there',
    'draft-check phases[1].checks[0].run: there is no program "nosuchprogram"',
    'draft-check phases[1].checks[1].run: there is no file "tools/x.mjs", and no phase so far delivers it',
    'draft-check phases[1].checks[2].run: package.json has no script "e2e"; there are test',
  ], bad.stderr)
  assert.match(bad.stderr, /^The draft cannot be used, and is kept: .*draft\.yaml\nspent {2}[^\n]* · by command in 2 rounds\nnote {2}builder command was to read only: what else it changed was thrown away \(src\/a\.txt[^\n]*\)$/m)
  assert.match(bad.stderr, /--> \.autonomous_runs\/p\/drafts\/[^\n]*draft\.yaml:11:\d+$/m)
  assert.is(existsSync(project.path('runs')), false)

  const first = plan('notes', '', '[{ name: gone, run: { shell: "nosuchprogram" } }]')
  const second = plan('notes', '', '[{ name: fine, run: [node, --version] }, { name: red, run: { shell: "exit 3" } }]')
  await writeFile(outside(project, 'draft'), `cp "$AUTOPACK_PROMPT_FILE" "$OUTSIDE/prompt"; if test "$AUTOPACK_ATTEMPT" = 1; then ${writes(first)} else ${writes(second)} fi`)
  const tried = await runInside(project, ['plan', '-', '--id', 'notes', '--write', '--try'], { input: 'notes from a pipe' })
  assert.is(tried.exitCode, 0, tried.stderr)
  assert.match(tried.stdout, /^note {2}check csv\/fine: runs, and passes today\nnote {2}check csv\/red: runs, and fails with exit code 3 today$/m)
  assert.match(await told(project, 'prompt'), /^error\[draft-check\]: phases\[0\]\.checks\[0\]\.run: it cannot be run \(exit code 127\)/m)
  // What is taken already, and what was not asked for.
  const other = await runInside(project, ['plan', 'NOTES.md', '--id', 'more'])
  assert.match(other.stderr, /^error\[invalid-value\]: id: the run is to be called "more", found "notes"$/m)
  assert.match(other.stderr, /^error\[duplicate-run\]: id: there is a run "notes" already, at runs\/notes\.yaml:1:5$/m)
})

test('what the phase delivers, what the setup makes and what is named outright is there; both rounds together have the tokens of one attempt', async () => {
  const phase = "  - id: two\n    goal: Two.\n    scope: { paths: [lib/, lib/deep/x.js] }\n    deliverables: [lib/]\n    checks: [{ name: a, run: [/bin/sh, -c, 'true'] }, { name: b, run: [node_modules/.bin/tsc] }, { name: c, run: [node, lib/x.mjs] }, { name: d, run: [/bin/nosuchprogram] }]\n"
  const spends = 'builder: command({ run: { shell: \'DRAFT=$AUTOPACK_DRAFT_FILE; . "$OUTSIDE/draft"\' } }), drain: { maxTokens: { attempt: 100, phase: 400, drain: 400 } }'
  await using project = await makeDrafting(`${writes(plan('notes', phase))} echo '{"usage":{"input_tokens":60,"output_tokens":0}}' > "$AUTOPACK_USAGE_FILE"`, {}, `workspace: { setup: [['true']], cache: ['node_modules'] }, ${spends}`)
  const { exitCode, stderr } = await runInside(project, ['plan', 'NOTES.md', '--id', 'notes'])
  assert.is(exitCode, 1, stderr)
  assert.match(stderr, /^error\[draft-failed\]: builder command drafted no plan: 120 tokens in one attempt, more than maxTokens\.attempt 100$/m)
  const [draft] = await readdir(project.path('.autonomous_runs/p/drafts'))
  const prompt = await project.read(`.autonomous_runs/p/drafts/${draft}/attempt-2/prompt.md`)
  assert.equal(prompt.match(/^error\[.*$/gm), ['error[draft-check]: phases[1].checks[3].run: there is no program "/bin/nosuchprogram"'])
})

test('what cannot be read, asked or written is one line', async () => {
  // Nor is anything left of what a builder did that failed.
  await using project = await makeDrafting('git config user.name sneaky; git update-ref refs/heads/sneaky HEAD; exit 7', { 'empty.md': ' \n', 'binary.md': 'a\0b', 'docs/x.md': '' }, 'context: { maxTokens: 3_000 }')
  const said = async (...args: string[]) => {
    const { exitCode, stderr } = await runInside(project, ['plan', ...args])
    return `${exitCode} ${/^error\[.*$/m.exec(stderr)?.[0]}`
  }
  await project.write({ 'long.md': 'word '.repeat(4_000) })
  const before = await repositoryState(project)
  assert.is(await said('gone.md'), '2 error[notes-unreadable]: the notes gone.md: there is no such file')
  assert.is(await said('docs'), '2 error[notes-unreadable]: the notes docs: that is a folder')
  assert.is(await said('empty.md'), '2 error[notes-unreadable]: the notes empty.md: they are empty')
  assert.is(await said('binary.md'), '2 error[notes-unreadable]: the notes binary.md: that is no text')
  assert.match(await said('long.md'), /^2 error\[notes-too-large\]: the notes long\.md make a prompt of some \d+ tokens, and context\.maxTokens is 3000$/)
  assert.is(await said('NOTES.md', '--builder', 'nobody'), '2 error[draft-builder]: there is no builder "nobody"')
  assert.is(await said('NOTES.md', '--out', 'plans/x.yaml'), '2 error[plan-target]: --out plans/x.yaml: no glob of `plans` finds it (runs/*.{yaml,yml,json})')
  assert.is(await said('NOTES.md', '--out', 'runs/x.json'), '2 error[plan-target]: --out runs/x.json: a plan is drafted as YAML')
  assert.is(await said('NOTES.md'), '1 error[draft-failed]: builder command drafted no plan: sh exited with code 7')
  assert.is(await repositoryState(project), before)
  await writeFile(outside(project, 'draft'), 'true')
  assert.is(await said('NOTES.md'), '1 error[draft-failed]: builder command drafted no plan: it ended without writing one, and its last message holds none')
})

test('a draft is a file of its own, or the last plan in what the builder says; JSON becomes YAML', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'draft-'))
  try {
    const file = join(dir, 'draft.yaml')
    const none = { type: 'none', why: 'it ended without writing one, and its last message holds none' }
    assert.equal(draftText(file, undefined), none)
    assert.equal(draftText(file, 'I could not: the phases are unclear.\n```yaml\nid: x\n```'), none)
    assert.equal(draftText(file, 'First:\n```yaml\nphases: [1]\n```\nBetter:\n````json\n{"id":"x","phases":[]}\n````\nDone.'), { type: 'draft', text: 'id: x\nphases: []\n' })
    assert.equal(draftText(file, '{"id":"x","phases":[{"id":"a","goal":"b\\nc"}]}'), { type: 'draft', text: 'id: x\nphases:\n  - id: a\n    goal: |-\n      b\n      c\n' })
    await writeFile(join(dir, 'secret'), 'id: x\nphases: []\n')
    await symlink('secret', file)
    assert.equal(draftText(file, undefined), none, 'a link is not followed')
    await rm(file)
    await writeFile(file, '\uFEFFid: x\r\nphases: [] # none\r\n')
    assert.equal(draftText(file, '```yaml\nphases: other\n```'), { type: 'draft', text: 'id: x\nphases: [] # none\n' })
    await writeFile(file, 'x'.repeat(2 * 1024 * 1024))
    assert.equal(draftText(file, undefined), { type: 'none', why: 'the draft is too large, 2.0 MiB' })
    assert.is(readFileSync(join(dir, 'secret'), 'utf8').length > 0, true)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

test.run()
