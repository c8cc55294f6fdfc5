import { symlink } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asksForCode } from '../../../core/config/code-globs.ts'
import { loadPlans, orderPhases } from '../../../core/config/plans.ts'
import { errorText, load, withFolder } from '../../support/config-folder.ts'

const test = suite('plans')
const plan = (id: string) => `id: ${id}\nphases: [{ id: a, goal: g }]\n`
const config = (more = '') => `export default { ${more} }\n`

async function ids(folder: string): Promise<string[]> {
  return (await loadPlans(await load(folder))).plans.map((file) => `${file.source} ${file.plan.id}`)
}

test('globs: relative to the config, sorted, node_modules, .git and the runs dir left out', () =>
  withFolder({
    'autopack.config.ts': config("plans: ['./**/*.{yaml,json}', '!**/*.draft.yaml'], runsDir: 'var'"),
    'runs/b.yaml': plan('b'), 'runs/deep/er/a.yaml': plan('a'), 'runs/c.draft.yaml': 'not: a plan', 'c.json': '{ "id": "c", "phases": [{ "id": "a", "goal": "g" }] }',
    'node_modules/x/p.yaml': 'not: a plan', '.git/p.yaml': 'not: a plan', 'var/p.yaml': 'not: a plan', 'sub/node_modules/p.yaml': 'not: a plan', 'runs/readme.txt': '',
  }, async (folder) => {
    await symlink(folder, `${folder}/runs/loop`)
    assert.equal(await ids(folder), ['c.json c', 'runs/b.yaml b', 'runs/deep/er/a.yaml a'])
  }))

test('a single file by name, a folder that is not there, no plans at all', () =>
  withFolder({ 'autopack.config.ts': config("plans: ['plan.yml', 'nowhere/*.yaml']"), 'plan.yml': plan('one'), 'other.yml': 'not: a plan' }, async (folder) => {
    assert.equal(await ids(folder), ['plan.yml one'])
  }))

test('a plan that is named and not there; one behind a link', () =>
  withFolder({ 'autopack.config.ts': config("\n  plans: ['runs/*.yaml', './plan.yml']"), 'elsewhere/p.yaml': plan('linked'), 'runs/readme.txt': '' }, async (folder) => {
    await symlink(`${folder}/elsewhere/p.yaml`, `${folder}/runs/p.yaml`)
    assert.is(await errorText(ids(folder)), `error[plan-missing]: plans: there is no plan "plan.yml" (named by autopack.config.ts:2)
  fix: name a .yaml, .yml, .json or .ts file, relative to the folder of the config, or a glob`)
    await symlink(`${folder}/elsewhere/p.yaml`, `${folder}/plan.yml`)
    assert.match(await errorText(ids(folder)), 'there is a run "linked" already, at plan.yml:1:5')
  }))

test('which globs ask for code', () => {
  for (const glob of ['a/*.ts', '*.{yaml,ts}', '*.{mts,yaml}', '*.[jt]s', 'x.js', '*.@(ts|yaml)', '**/*.cjs']) assert.ok(asksForCode(glob), glob)
  for (const glob of ['*', 'ts/*', 'tests', 'runs/tests*', '*.json', '*.{yaml,json}', 'a.ts/*.yaml']) assert.not(asksForCode(glob), glob)
})

test('code is read only where a glob asks for it', async () => {
  const files = { 'runs/a.ts': "import type { X } from './x.ts'\nexport default { id: 'ts', phases: [{ id: 'a', goal: 'g' }] } satisfies X\n", 'runs/b.yaml': plan('b'), 'runs/x.ts': 'export interface X { id: string }\n' }
  await withFolder({ 'autopack.config.ts': config("plans: ['runs/*']"), ...files }, async (folder) => assert.equal(await ids(folder), ['runs/b.yaml b']))
  await withFolder({ 'autopack.config.ts': config("plans: ['runs/*.yaml', 'runs/a.ts']"), ...files }, async (folder) => {
    assert.equal(await ids(folder), ['runs/a.ts ts', 'runs/b.yaml b'])
    const { protect } = await load(folder)
    assert.equal(protect, ['autopack.config.ts', 'runs/a.ts'])
  })
})

test('defaults are filled in, $schema is for editors, places are found by phase and key', () =>
  withFolder({
    'autopack.config.ts': config(),
    'runs/p.yaml': '# yaml-language-server: $schema=../schema.json\n$schema: x\nid: p\nphases:\n  - id: one\n    goal: |\n      Do it\n      well.\n    timeout: 10m\n',
  }, async (folder) => {
    const [file] = (await loadPlans(await load(folder))).plans
    assert.equal(file!.plan, {
      id: 'p', base: 'HEAD', rebase: false, ordered: false,
      phases: [{ id: 'one', goal: 'Do it\nwell.\n', scope: { paths: [], readOnly: [] }, deliverables: [], checks: [], needs: [], kind: 'build', timeout: '10m', repairs: [] }],
    })
    const place = (phase: string, key?: string) => {
      const { file: name, line, column } = file!.where(phase, key)
      return `${name}:${line}:${column}`
    }
    assert.equal([place('one'), place('one', 'timeout'), place('one', 'scope'), place('other')], ['runs/p.yaml:5:9', 'runs/p.yaml:9:5', 'runs/p.yaml:5:5', 'runs/p.yaml:3:1'])
  }))

test('a builder of a plugin may be named, and the places of a scope may be read from the repository or the root', () =>
  withFolder({
    'autopack.config.ts': config("root: 'app'"), 'app/x.txt': '',
    'runs/p.yaml': 'id: p\nphases:\n  - id: a\n    goal: g\n    builder: theirs\n    scope: { paths: [app/web/, ./docs/*.md] }\n    deliverables: [web/x.js, app/web/y/z.js, docs/a.md, app/docs/b.md, web/]\n',
  }, async (folder) => {
    const resolved = await load(folder)
    assert.is((await loadPlans(resolved, { builders: ['theirs'] })).plans.length, 1)
    assert.match(await errorText(loadPlans(resolved)), 'there is no builder "theirs"')
  }))

test('ordered makes each phase need the one before it', () =>
  withFolder({ 'autopack.config.ts': config(), 'runs/p.yaml': 'id: p\nordered: true\nphases: [{ id: a, goal: g }, { id: b, goal: g }, { id: c, goal: g, needs: [a, b] }, { id: d, goal: g, needs: [a] }]\n' }, async (folder) => {
    const [file] = (await loadPlans(await load(folder))).plans
    assert.equal(orderPhases(file!.plan).map((phase) => phase.needs), [[], ['a'], ['a', 'b'], ['c', 'a']])
    assert.equal(orderPhases({ ...file!.plan, ordered: false }).map((phase) => phase.needs), [[], [], ['a', 'b'], ['a']])
  }))

test('a plan of thousands of phases in a row is checked without trouble', () =>
  withFolder({
    'autopack.config.ts': config(),
    'runs/p.json': JSON.stringify({ id: 'p', ordered: true, phases: Array.from({ length: 5_000 }, (_, index) => ({ id: `phase-${index}`, goal: 'g' })) }),
  }, async (folder) => assert.equal(await ids(folder), ['runs/p.json p'])))

test.run()
