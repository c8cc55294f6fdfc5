import { writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadPlans } from '../../../core/config/plans.ts'
import { errorText, load, withFolder } from '../../support/config-folder.ts'

const test = suite('bad plans')
const config = "export default { plans: ['runs/*.{yaml,json,ts}'], checks: [{ name: 'tests', run: ['true'] }] }\n"

/** Asserts the whole text that a person reads of the plans in `files`. */
function reads(what: string, files: string | Record<string, string>, expected: string) {
  test(what, () =>
    withFolder({ 'autopack.config.ts': config, ...(typeof files === 'string' ? { 'runs/p.yaml': files } : files) }, async (folder) => {
      const resolved = await load(folder)
      assert.fixture((await errorText(loadPlans(resolved))).replaceAll(folder, '/folder'), expected.replace(/^\n/, ''))
    }))
}

reads('a YAML syntax error', 'id: r\nphases:\n  - id: a\n   goal: b\n', `
error[syntax]: YAML syntax error: Sequence item without - indicator
  --> runs/p.yaml:4:1
   |
 4 |    goal: b
   | ~
  fix: mend the marked place`)

reads('a key twice', 'id: a\nid: b\n', `
error[syntax]: YAML syntax error: this key stands here twice
  --> runs/p.yaml:2:1
   |
 2 | id: b
   | ~~
  fix: mend the marked place`)

reads('a JSON syntax error', { 'runs/p.json': '{\n  "id": "r",\n  "phases": [{ "id": "a" "goal": "g" }]\n}\n' }, `
error[syntax]: JSON syntax error: Expected ',' or '}' after property value
  --> runs/p.json:3:26
   |
 3 |   "phases": [{ "id": "a" "goal": "g" }]
   |                          ~
  fix: mend the marked place`)

reads('a JSON file that ends too soon', { 'runs/p.json': '{\n  "id": "r"' }, `
error[syntax]: JSON syntax error: Expected ',' or '}' after property value
  --> runs/p.json:2:12
   |
 2 |   "id": "r"
   |            ~
  fix: mend the marked place`)

reads('a key twice in JSON, the second time escaped', { 'runs/p.json': '{\n  "id": "r",\n  "phases": [{ "id": "a", "goal": "say \\"id\\": 1", "go\\u0061l": "h" }]\n}\n' }, `
error[syntax]: JSON syntax error: this key stands here twice
  --> runs/p.json:3:52
   |
 3 |   "phases": [{ "id": "a", "goal": "say \\"id\\": 1", "go\\u0061l": "h" }]
   |                                                    ~~~~~~~~~~~
  fix: mend the marked place`)

reads('an alias without an anchor', 'id: r\nphases: *all\n', `
error[syntax]: YAML syntax error: no anchor &all comes before this
  --> runs/p.yaml:2:9
   |
 2 | phases: *all
   |         ~~~~
  fix: mend the marked place`)

test('bytes that are no UTF-8 are refused, and the sign that stands for them is not', () =>
  withFolder({ 'autopack.config.ts': config, 'runs/p.yaml': '' }, async (folder) => {
    const resolved = await load(folder)
    const written = async (text: string, encoding: 'utf8' | 'latin1' | 'utf16le') => writeFile(`${folder}/runs/p.yaml`, Buffer.from(text, encoding))
    await written('id: r\nphases: [{ id: a, goal: caf\u00e9 }]\n', 'latin1')
    assert.fixture(await errorText(loadPlans(resolved)), `error[syntax]: YAML syntax error: this is no UTF-8 text
  --> runs/p.yaml:2:28
   |
 2 | phases: [{ id: a, goal: caf\ufffd }]
   |                            ~
  fix: mend the marked place`)
    await written('\ufeffid: r\n', 'utf16le')
    assert.match(await errorText(loadPlans(resolved)), 'this is no UTF-8 text')
    await written('\ufeffid: r\r\nphases: [{ id: a, goal: "caf\u00e9 or \ufffd" }]\r\n', 'utf8')
    assert.is((await loadPlans(resolved)).plans[0]?.plan.phases[0]?.goal, 'caf\u00e9 or \ufffd')
  }))

test('of many mistakes the first twenty are told, and how many more there are; of a long circle its ends', () =>
  withFolder({ 'autopack.config.ts': config, 'runs/p.yaml': `id: r\nphases:\n${Array.from({ length: 30 }, (_, index) => `  - { id: p${index}, goal: g, gaol: h }\n`).join('')}` }, async (folder) => {
    const resolved = await load(folder)
    const text = await errorText(loadPlans(resolved))
    assert.is(text.match(/error\[/g)?.length, 20)
    assert.match(text, /"goal"\?\n\nand 10 more$/)
    const needs = (index: number) => `needs: [p${(index + 1) % 30}]`
    await writeFile(`${folder}/runs/p.yaml`, `id: r\nphases:\n${Array.from({ length: 30 }, (_, index) => `  - { id: p${index}, goal: g, ${needs(index)} }\n`).join('')}`)
    assert.match(await errorText(loadPlans(resolved)), 'in a circle: p0 → p1 → p2 → p3 → p4 → p5 → p6 → p7 → 21 more → p29 → p0\n')
  }))

test('a folder in the place of a plan', () =>
  withFolder({ 'autopack.config.ts': "export default { plans: ['runs/p.yaml'] }\n", 'runs/p.yaml/x': '' }, async (folder) => {
    assert.fixture(await errorText(loadPlans(await load(folder))), `error[plan-missing]: plans: "runs/p.yaml" is a folder and not a plan (named by autopack.config.ts:1)
  fix: name a .yaml, .yml, .json or .ts file, relative to the folder of the config, or a glob`)
  }))

reads('two documents in one file', 'id: r\nphases: [{ id: a, goal: g }]\n---\nid: s\n', `
error[syntax]: YAML syntax error: the file holds more than one document (a line \`---\` starts the next): make one file of each
  --> runs/p.yaml:3:1
   |
 3 | ---
   | ~~~
  fix: mend the marked place`)

reads('a tag', 'id: !!js/function x\n', `
error[syntax]: YAML syntax error: Unresolved tag: tag:yaml.org,2002:js/function
  --> runs/p.yaml:1:5
   |
 1 | id: !!js/function x
   |     ~~~~~~~~~~~~~
  fix: mend the marked place`)

const tens = (name: string) => `[${Array.from({ length: 10 }, () => name).join(', ')}]`
reads('aliases that multiply', `a: &a ${tens('x')}\nb: &b ${tens('*a')}\nc: &c ${tens('*b')}\nid: *c\n`, `
error[syntax]: YAML syntax error: its aliases stand for more than 100 copies: write the values out
  --> runs/p.yaml
  fix: mend runs/p.yaml`)

reads('an empty file', '# nothing yet\n', `
error[plan-empty]: the plan runs/p.yaml is empty
  --> runs/p.yaml
  fix: write the plan, or take the file away`)

reads('a list', '- a\n', `
error[plan-shape]: the plan is ["a"] and not an object
  --> runs/p.yaml
  fix: write an object with \`id\` and \`phases\``)

reads('an unknown key', 'id: r\nphases:\n  - id: a\n    goal: g\n    delivrables: []\n', `
error[unknown-key]: unknown key "delivrables" in phases[0]
  --> runs/p.yaml:5:5
   |
 5 |     delivrables: []
   |     ~~~~~~~~~~~
  fix: did you mean "deliverables"?`)

reads('keys that are missing, an id that is a number', 'id: 2024\nphases:\n  - goal: g\n', `
error[invalid-value]: id: expected text, found 2024
  --> runs/p.yaml:1:5
   |
 1 | id: 2024
   |     ~~~~
  fix: write it in quotes: "2024"

error[invalid-value]: phases[0]: the key "id" is missing
  --> runs/p.yaml:3:5
   |
 3 |   - goal: g
   |     ~~~~~~~`)

reads('an id that reads as a flag', 'id: --help\nphases: [{ id: a-b, goal: g }]\n', `
error[invalid-value]: id: an id does not begin with a hyphen: behind a command it would be taken for a flag
  --> runs/p.yaml:1:5
   |
 1 | id: --help
   |     ~~~~~~`)

reads('an id that is a version', 'id: 1.10\nphases: [{ id: a, goal: g }]\n', `
error[invalid-value]: id: expected text, found 1.1
  --> runs/p.yaml:1:5
   |
 1 | id: 1.10
   |     ~~~~
  fix: write it in quotes: "1.10"`)

reads('ids that are no ids', 'id: " r"\nphases: [{ id: "", goal: g }]\n', `
error[invalid-value]: id: an id has printable characters only and neither starts nor ends with a space
  --> runs/p.yaml:1:5
   |
 1 | id: " r"
   |     ~~~~

error[invalid-value]: phases[0].id: an id must not be empty
  --> runs/p.yaml:2:16
   |
 2 | phases: [{ id: "", goal: g }]
   |                ~~`)

reads('an empty argument list', 'id: r\nphases:\n  - { id: a, goal: g, checks: [{ name: c, run: [] }] }\n', `
error[invalid-value]: phases[0].checks[0].run: the argument list is empty: name a program, for example ["npm", "test"]
  --> runs/p.yaml:3:48
   |
 3 |   - { id: a, goal: g, checks: [{ name: c, run: [] }] }
   |                                                ~~`)

reads('no phases', 'id: r\nphases: []\n', `
error[invalid-value]: phases: a plan needs at least one phase
  --> runs/p.yaml:2:9
   |
 2 | phases: []
   |         ~~`)

reads('a duplicate phase', 'id: r\nphases:\n  - id: a\n    goal: g\n  - id: a\n    goal: h\n', `
error[duplicate-phase]: phases[1]: there is a phase "a" already, at runs/p.yaml:3:9
  --> runs/p.yaml:5:9
   |
 5 |   - id: a
   |         ~
  fix: give each phase an id of its own`)

reads('needs that are not there', 'id: r\nphases:\n  - { id: frontend, goal: g }\n  - { id: b, goal: g, needs: [frontent] }\n', `
error[unknown-phase]: phases[1].needs[0]: there is no phase "frontent"
  --> runs/p.yaml:4:31
   |
 4 |   - { id: b, goal: g, needs: [frontent] }
   |                               ~~~~~~~~
  fix: did you mean "frontend"?`)

reads('a cycle', 'id: r\nphases:\n  - { id: z, goal: g, needs: [a] }\n  - { id: a, goal: g, needs: [c] }\n  - { id: b, goal: g, needs: [a] }\n  - { id: c, goal: g, needs: [b] }\n', `
error[needs-cycle]: phases[1].needs: the phases need each other in a circle: a → c → b → a
  --> runs/p.yaml:4:23
   |
 4 |   - { id: a, goal: g, needs: [c] }
   |                       ~~~~~
  fix: take one of these needs away`)

reads('a cycle that ordered makes', 'id: r\nordered: true\nphases:\n  - { id: a, goal: g, needs: [b] }\n  - { id: b, goal: g }\n', `
error[needs-cycle]: phases[0].needs: the phases need each other in a circle: a → b → a
  --> runs/p.yaml:4:23
   |
 4 |   - { id: a, goal: g, needs: [b] }
   |                       ~~~~~
  fix: take one of these needs away`)

reads('names of checks and builders', `id: r
phases:
  - id: a
    goal: g
    checks: [{ name: c, run: [x] }, { name: c, run: [y] }, { name: tests, run: [z] }]
    repairs: [test]
    builder: claud
`, `
error[duplicate-check]: phases[0].checks[1]: there is a check "c" already, at runs/p.yaml:5:22
  --> runs/p.yaml:5:45
   |
 5 |     checks: [{ name: c, run: [x] }, { name: c, run: [y] }, { name: tests, run: [z] }]
   |                                             ~
  fix: give each check of a phase a name of its own

error[duplicate-check]: phases[0].checks[2]: there is a project check "tests" already, at the config
  --> runs/p.yaml:5:68
   |
 5 |     checks: [{ name: c, run: [x] }, { name: c, run: [y] }, { name: tests, run: [z] }]
   |                                                                    ~~~~~
  fix: give the check of the phase another name: the checks of the project run anyway

error[unknown-check]: phases[0].repairs[0]: there is no check "test"
  --> runs/p.yaml:6:15
   |
 6 |     repairs: [test]
   |               ~~~~
  fix: did you mean "tests"?

error[unknown-builder]: phases[0].builder: there is no builder "claud"
  --> runs/p.yaml:7:14
   |
 7 |     builder: claud
   |              ~~~~~
  fix: none is defined here: define it, or take the name away`)

reads('two plans of one run', { 'runs/a.yaml': 'id: r\nphases: [{ id: a, goal: g }]\n', 'runs/b.json': '{ "id": "r", "phases": [{ "id": "a", "goal": "g" }] }' }, `
error[duplicate-run]: id: there is a run "r" already, at runs/a.yaml:1:5
  --> runs/b.json:1:9
   |
 1 | { "id": "r", "phases": [{ "id": "a", "goal": "g" }] }
   |         ~~~
  fix: give each plan an id of its own`)

reads('a deliverable outside the write scope', `id: r
phases:
  - id: a
    goal: g
    scope:
      paths: [src/, docs/*.md]
    deliverables: { code: [src/a.js, src/], docs: [docs/b.md], tests: [test/a.js] }
`, `
error[deliverable-outside-scope]: phases[0].deliverables.tests[0]: "test/a.js" lies outside the write scope at runs/p.yaml:6:7, so that no builder may make it
  --> runs/p.yaml:7:72
   |
 7 |     deliverables: { code: [src/a.js, src/], docs: [docs/b.md], tests: [test/a.js] }
   |                                                                        ~~~~~~~~~
  fix: add it to scope.paths, or take it out of deliverables`)

reads('a plan in TypeScript without default export', { 'runs/p.ts': 'export const plan = {}\n' }, `
error[plan-no-default-export]: the plan runs/p.ts has no default export; it exports plan
  --> runs/p.ts
  fix: write \`export default { id: …, phases: […] }\``)

reads('a wrong kind in a plan in TypeScript', { 'runs/p.ts': "export default { id: 'r', phases: [{ id: 'a', goal: 'g', kind: 'biuld' }] }\n" }, `
error[invalid-value]: phases[0].kind: expected "build" or "research", found "biuld"
  --> runs/p.ts:1:64
   |
 1 | export default { id: 'r', phases: [{ id: 'a', goal: 'g', kind: 'biuld' }] }
   |                                                                ~~~~~~~
  fix: did you mean "build"?`)

test.run()
