/** What `autopack run` says of plans that are wrong, word for word: before a store is made, a branch moved or a token spent. */
import { symlink } from 'node:fs/promises'
import { suite } from 'uvu'
import { good, goodConfig, goodPlan, refused } from '../../support/bad-input.ts'

const test = suite('bad input: plans')

const withPlan = (text: string, more: Record<string, string> = {}) => ({ ...good, 'runs/demo.yaml': text, ...more })
const phases = (...lines: string[]) => `id: demo\nphases:\n${lines.map((line) => `  - { ${line} }\n`).join('')}`

test('a duplicate phase', () =>
  refused({ files: withPlan(phases('id: one, goal: One.', 'id: one, goal: Two.')) }, `
error[duplicate-phase]: phases[1]: there is a phase "one" already, at runs/demo.yaml:3:11
  --> runs/demo.yaml:4:11
   |
 4 |   - { id: one, goal: Two. }
   |           ~~~
  fix: give each phase an id of its own`))

test('a cycle', () =>
  refused({ files: withPlan(phases('id: one, goal: One., needs: [two]', 'id: two, goal: Two., needs: [one]')) }, `
error[needs-cycle]: phases[0].needs: the phases need each other in a circle: one → two → one
  --> runs/demo.yaml:3:28
   |
 3 |   - { id: one, goal: One., needs: [two] }
   |                            ~~~~~
  fix: take one of these needs away`))

test('an unknown need, in a dry run too', () =>
  refused({ files: withPlan(phases('id: first, goal: One.', 'id: second, goal: Two., needs: [frist]')), commands: [['run'], ['run', '--dry-run']] }, `
error[unknown-phase]: phases[1].needs[0]: there is no phase "frist"
  --> runs/demo.yaml:4:39
   |
 4 |   - { id: second, goal: Two., needs: [frist] }
   |                                       ~~~~~
  fix: did you mean "first"?`))

test('an ambiguous path', () =>
  refused({
    files: {
      'app/autopack.config.ts': goodConfig, 'app/runs/demo.yaml': phases('id: one, goal: One., scope: { paths: [src/a.txt] }'),
      'app/src/a.txt': 'in the project\n', 'src/a.txt': 'in the repository\n',
    },
    cwd: 'app',
  }, `
error[path-ambiguous]: the path "src/a.txt" names two files: src/a.txt (from the repository) and app/src/a.txt (from the project root)
  --> runs/demo.yaml:3:45
   |
 3 |   - { id: one, goal: One., scope: { paths: [src/a.txt] } }
   |                                             ~~~~~~~~~
  fix: write ./src/a.txt for the one in the project root, or ./../src/a.txt for the other`))

test('paths that leave the repository: by .., absolute and through a symlink, all told at once', () =>
  refused({
    files: { ...withPlan(phases('id: one, goal: One., scope: { paths: [../x.txt, /etc/passwd, way/out.txt] }')), 'keep.txt': '' },
    async before(project) {
      await symlink('/etc', project.path('way'))
      await project.commit('a link that leaves')
    },
  }, `
error[path-outside]: the path "../x.txt" leaves the repository: it climbs out with ..
  --> runs/demo.yaml:3:45
   |
 3 |   - { id: one, goal: One., scope: { paths: [../x.txt, /etc/passwd, way/out.txt] } }
   |                                             ~~~~~~~~
  fix: name a path inside the repository, relative to it or (with ./) to the project root

error[path-outside]: the path "/etc/passwd" leaves the repository: it is absolute and lies elsewhere
  --> runs/demo.yaml:3:55
   |
 3 |   - { id: one, goal: One., scope: { paths: [../x.txt, /etc/passwd, way/out.txt] } }
   |                                                       ~~~~~~~~~~~
  fix: name a path inside the repository, relative to it or (with ./) to the project root

error[path-outside]: the path "way/out.txt" leaves the repository: way is a symlink to /etc
  --> runs/demo.yaml:3:68
   |
 3 |   - { id: one, goal: One., scope: { paths: [../x.txt, /etc/passwd, way/out.txt] } }
   |                                                                    ~~~~~~~~~~~
  fix: name a path inside the repository, relative to it or (with ./) to the project root`))

test('a deliverable that leaves, at its own place', () =>
  refused({ files: withPlan(phases('id: one, goal: One., deliverables: [a.txt, ../b.txt]')) }, `
error[path-outside]: the path "../b.txt" leaves the repository: it climbs out with ..
  --> runs/demo.yaml:3:50
   |
 3 |   - { id: one, goal: One., deliverables: [a.txt, ../b.txt] }
   |                                                  ~~~~~~~~
  fix: name a path inside the repository, relative to it or (with ./) to the project root`))

test('a check that would run outside the repository, of a plan and of the config', () =>
  refused({
    files: {
      ...withPlan(phases('id: one, goal: One., checks: [{ name: a, run: [make], cwd: ../.. }]')),
      'autopack.config.ts': goodConfig.replace("project: 'demo',", "project: 'demo',\n  checks: [{ name: 'b', run: ['make'], cwd: '/tmp' }],\n "),
    },
  }, `
error[path-outside]: the check b would run in "/tmp", outside the repository
  --> autopack.config.ts:5:45
   |
 5 |   checks: [{ name: 'b', run: ['make'], cwd: '/tmp' }],
   |                                             ~~~~~~
  fix: name a folder of the repository, relative to the project root

error[path-outside]: the check a would run in "../..", outside the repository
  --> runs/demo.yaml:3:66
   |
 3 |   - { id: one, goal: One., checks: [{ name: a, run: [make], cwd: ../.. }] }
   |                                                                  ~~~~~
  fix: name a folder of the repository, relative to the project root`))

test('an empty argv', () =>
  refused({ files: withPlan(phases('id: one, goal: One., checks: [{ name: a, run: [] }]')) }, `
error[invalid-value]: phases[0].checks[0].run: the argument list is empty: name a program, for example ["npm", "test"]
  --> runs/demo.yaml:3:53
   |
 3 |   - { id: one, goal: One., checks: [{ name: a, run: [] }] }
   |                                                     ~~`))

test('a YAML syntax error', () =>
  refused({ files: withPlan(goodPlan.replace('goal: Make made.txt.', 'goal: "Make made.txt.')) }, `
error[syntax]: YAML syntax error: Missing closing "
  --> runs/demo.yaml:4:11
   |
 4 |     goal: "Make made.txt.
   |           ~~~~~~~~~~~~~~~
  fix: mend the marked place`))

test('a base that does not exist', () =>
  refused({ files: withPlan(`base: mian\n${goodPlan}`) }, `
error[base-not-found]: the base "mian" is no branch, tag or commit of this repository
  --> runs/demo.yaml:1:7
   |
 1 | base: mian
   |       ~~~~
  fix: did you mean main?`))

test('a phase that merges what does not exist', () =>
  refused({ files: withPlan(phases('id: one, goal: One., merge: mian')) }, `
error[base-not-found]: the ref to merge "mian" is no branch, tag or commit of this repository
  --> runs/demo.yaml:3:35
   |
 3 |   - { id: one, goal: One., merge: mian }
   |                                   ~~~~
  fix: did you mean main?`))

test('a phase whose builder nobody provides', () =>
  refused({ files: withPlan(phases('id: one, goal: One., builder: comand')) }, `
error[unknown-builder]: phases[0].builder: there is no builder "comand"
  --> runs/demo.yaml:3:37
   |
 3 |   - { id: one, goal: One., builder: comand }
   |                                     ~~~~~~
  fix: did you mean "command"?`))

test('a phase without a builder, where the config names none', () =>
  refused({ files: { ...good, 'autopack.config.ts': "export default { project: 'demo' }\n" } }, `
error[builder-missing]: phase one of run demo has no builder: the config names none
  --> runs/demo.yaml:3:9
   |
 3 |   - id: one
   |         ~~~
  fix: set \`builder\` in the config: 'auto' for the agent that is installed, or, for example, command({ run: ["my-agent", "{prompt}"] }) from autopack/builders`))

test.run()
