import { builderNames } from '../../../core/model/agent-names.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { errorText, load, withFolder } from '../../support/config-folder.ts'

const test = suite('bad configs')

/** Asserts the whole text that a person reads; `name` is the config file. */
function reads(what: string, name: string, text: string, expected: string, others: Record<string, string> = {}) {
  test(what, () =>
    withFolder({ [name]: text, ...others }, async (folder) => {
      assert.fixture((await errorText(load(folder))).replaceAll(folder, '/folder'), expected.replace(/^\n/, ''))
    }))
}

test('no config: where it looked, and what to do', () =>
  withFolder({ 'a/readme.txt': '', 'a/package.json': '{"name":"x"}' }, async (folder) => {
    assert.fixture(
      (await errorText(load(`${folder}/a`))).replaceAll(folder, '/folder'),
      `error[config-not-found]: no Autopack config in /folder/a or any folder above it
  fix: run \`autopack init\` to make one, or name it with --config FILE
       looked for autopack.config.ts, autopack.config.mts, autopack.config.js, autopack.config.mjs, autopack.config.json, autopack.config.yaml, autopack.config.yml, the key "autopack" in package.json`,
    )
    assert.fixture(
      (await errorText(load(folder, { configFlag: 'x/nope.ts' }))).replaceAll(folder, '/folder'),
      `error[config-missing]: --config x/nope.ts: there is no such file, or it cannot be read
  --> x/nope.ts
  fix: name a config file, relative to the working directory`,
    )
    assert.fixture(
      await errorText(load(folder, { configFlag: 'a/package.json' })),
      `error[config-missing]: a/package.json has no key "autopack"
  --> a/package.json
  fix: add the key with the config as its value, or name another file`,
    )
    assert.match(await errorText(load(folder, { configFlag: 'a/readme.txt' })), '--config a/readme.txt: its name does not end in .ts, .mts')
  }))

reads('no default export', 'autopack.config.ts', 'export const config = {}\n', `
error[config-no-default-export]: the config autopack.config.ts has no default export; it exports config
  --> autopack.config.ts
  fix: write \`export default defineConfig({ … })\``)

reads('empty', 'autopack.config.ts', ' \n', `
error[config-empty]: the config autopack.config.ts is empty
  --> autopack.config.ts
  fix: run \`autopack init\` in an empty folder to see a config, or start with \`export default {}\``)

reads('a syntax error in TypeScript', 'autopack.config.ts', 'export default {\n  project: ,\n}\n', `
error[syntax]: syntax error: Expression expected
  --> autopack.config.ts:2:12
   |
 2 |   project: ,
   |            ~
  fix: mend the marked place`)

reads('a syntax error in JavaScript', 'autopack.config.mjs', 'export default {\n  project: ,\n}\n', `
error[syntax]: syntax error: Unexpected token ','
  --> autopack.config.mjs:2:12
   |
 2 |   project: ,
   |            ~
  fix: mend the marked place`)

reads('a syntax error in JSON', 'autopack.config.json', '{\n  "project": "x",\n}\n', `
error[syntax]: JSON syntax error: Expected double-quoted property name
  --> autopack.config.json:3:1
   |
 3 | }
   | ~
  fix: mend the marked place`)

reads('a syntax error in YAML', 'autopack.config.yaml', 'project: x\nplans: [a\nroot: .\n', `
error[syntax]: YAML syntax error: Flow sequence in block collection must be sufficiently indented and end with a ]
  --> autopack.config.yaml:3:1
   |
 3 | root: .
   | ~
  fix: mend the marked place`)

reads('an enum', 'autopack.config.ts', 'enum Mode { A, B }\nexport default {}\n', `
error[typescript-syntax]: TypeScript enum is not supported: Node runs TypeScript by leaving the types out
  --> autopack.config.ts:1:1
   |
 1 | enum Mode { A, B }
   | ~~~~~~~~~~~~~~~~~~
  fix: use \`const Name = { A: 'a' } as const\` for an enum, a module for a namespace, and plain fields for parameter properties`)

reads('unknown keys at any depth, with what was meant', 'autopack.config.ts', `import { defineConfig } from 'autopack'

export default defineConfig({
  chekcs: [],
  drain: { batchsize: 3, maxTokens: { fase: 1 } },
  checks: [{ name: 'tests', run: ['true'], zzz: 1 }],
} as never)
`, `
error[unknown-key]: unknown key "zzz" in checks[0]
  --> autopack.config.ts:6:44
   |
 6 |   checks: [{ name: 'tests', run: ['true'], zzz: 1 }],
   |                                            ~~~
  fix: known keys: name, run, format, timeout, against, rerun, report, cwd, env, unaffectedBy

error[unknown-key]: unknown key "fase" in drain.maxTokens
  --> autopack.config.ts:5:39
   |
 5 |   drain: { batchsize: 3, maxTokens: { fase: 1 } },
   |                                       ~~~~
  fix: known keys: attempt, phase, drain

error[unknown-key]: unknown key "batchsize" in drain
  --> autopack.config.ts:5:12
   |
 5 |   drain: { batchsize: 3, maxTokens: { fase: 1 } },
   |            ~~~~~~~~~
  fix: did you mean "batchSize"?

error[unknown-key]: unknown key "chekcs"
  --> autopack.config.ts:4:3
   |
 4 |   chekcs: [],
   |   ~~~~~~
  fix: did you mean "checks"?`)

reads('wrong types deep inside', 'autopack.config.ts', `const config = {
  checks: [
    { name: 'lint', run: ['true'] },
    { name: 'tests', run: 'npm test', timeout: '5 parsecs', against: 'baselin' },
  ],
  env: { set: { CI: 1 } },
}
export default config
`, `
error[invalid-value]: checks[1].run: expected an argument list such as ["npm", "test"], or { shell: "npm test" }, found "npm test"
  --> autopack.config.ts:4:27
   |
 4 |     { name: 'tests', run: 'npm test', timeout: '5 parsecs', against: 'baselin' },
   |                           ~~~~~~~~~~

error[invalid-value]: checks[1].timeout: expected a duration above zero such as "90s", "10m", "2h", or a number of seconds, found "5 parsecs"
  --> autopack.config.ts:4:48
   |
 4 |     { name: 'tests', run: 'npm test', timeout: '5 parsecs', against: 'baselin' },
   |                                                ~~~~~~~~~~~

error[invalid-value]: checks[1].against: expected "baseline" or "none", found "baselin"
  --> autopack.config.ts:4:70
   |
 4 |     { name: 'tests', run: 'npm test', timeout: '5 parsecs', against: 'baselin' },
   |                                                                      ~~~~~~~~~
  fix: did you mean "baseline"?

error[invalid-value]: env.set.CI: expected text, found 1
  --> autopack.config.ts:6:21
   |
 6 |   env: { set: { CI: 1 } },
   |                     ~
  fix: write it in quotes: "1"`)

reads('a wrong type in YAML, and what only code can hold', 'autopack.config.yaml', 'checks:\n  - name: a\n    run: [x]\n    timeout: 0\nbuilder: clade\n', `
error[invalid-value]: builder: no builder has the name "clade": there are ${builderNames.join(', ')}; others are made by functions, such as command({ run: [...] }) of a TypeScript or JavaScript config
  --> autopack.config.yaml:5:10
   |
 5 | builder: clade
   |          ~~~~~

error[invalid-value]: checks[0].timeout: expected a duration above zero such as "90s", "10m", "2h", or a number of seconds, found 0
  --> autopack.config.yaml:4:14
   |
 4 |     timeout: 0
   |              ~`)

reads('a wrong key in package.json', 'package.json', '{\n  "name": "x",\n  "autopack": {\n    "plan": []\n  }\n}\n', `
error[unknown-key]: unknown key "plan"
  --> package.json:4:5
   |
 4 |     "plan": []
   |     ~~~~~~
  fix: did you mean "plans"?`)

reads('an import without extension', 'autopack.config.ts', `import { x } from './helper'\nexport default x\n`, `
error[import-missing]: cannot find "./helper"
  --> autopack.config.ts:1:19
   |
 1 | import { x } from './helper'
   |                   ~~~~~~~~~~
  fix: write the whole file name: "./helper.ts"`, { 'helper.ts': 'export const x = {}\n' })

reads('an import of a file that is not there, in an imported file', 'autopack.config.ts', `import { x } from './helper.ts'\nexport default x\n`, `
error[import-missing]: cannot find "./nowhere.ts"
  --> helper.ts:2:20
   |
 2 | export { x }  from './nowhere.ts'
   |                    ~~~~~~~~~~~~~~
  fix: name a file that exists, with its extension`, { 'helper.ts': `// './nowhere.ts'\nexport { x }  from './nowhere.ts'\n` })

reads('an import of a package that is not there', 'autopack.config.ts', `import x from 'not-a-package/deep'\nexport default x\n`, `
error[import-missing]: cannot find "not-a-package/deep"
  --> autopack.config.ts:1:15
   |
 1 | import x from 'not-a-package/deep'
   |               ~~~~~~~~~~~~~~~~~~~~
  fix: install it (\`npm install --save-dev not-a-package\`), or take the import away`)

reads('an import of an entry point that is not there', 'autopack.config.ts', `import { strictTriage } from 'autopack/preset'\nexport default {}\n`, `
error[import-missing]: Autopack has no entry point "autopack/preset"
  --> autopack.config.ts:1:30
   |
 1 | import { strictTriage } from 'autopack/preset'
   |                              ~~~~~~~~~~~~~~~~~
  fix: did you mean "autopack/presets"?`)

reads('the same where Autopack is installed in the project', 'autopack.config.ts', `import x from 'autopack/builder'\nexport default x\n`, `
error[import-missing]: Autopack has no entry point "autopack/builder"
  --> autopack.config.ts:1:15
   |
 1 | import x from 'autopack/builder'
   |               ~~~~~~~~~~~~~~~~~~
  fix: did you mean "autopack/builders"?`, { 'node_modules/autopack/package.json': '{ "name": "autopack", "exports": "./index.js" }', 'node_modules/autopack/index.js': '' })

reads('an import of a name that is not exported', 'autopack.config.ts', `import {\n  defineConfg,\n} from 'autopack'\nexport default defineConfg({})\n`, `
error[import-missing]: the requested module 'autopack' does not provide an export named 'defineConfg'
  --> autopack.config.ts:2:3
   |
 2 |   defineConfg,
   |   ~~~~~~~~~~~
  fix: import a name that the module exports`)

reads('a config that throws', 'autopack.config.ts', `import { readFileSync } from 'node:fs'\n\nconst text: string = readFileSync('/nowhere/at/all', 'utf8')\nexport default { project: text }\n`, `
error[config-threw]: the config threw while it was loaded: ENOENT: no such file or directory, open '/nowhere/at/all'
  --> autopack.config.ts:3:22
   |
 3 | const text: string = readFileSync('/nowhere/at/all', 'utf8')
   |                      ~
  fix: mend the marked place`)

reads('a module of Node that there is not', 'autopack.config.ts', `import { x } from 'node:nothing'\nexport default x\n`, `
error[import-missing]: cannot find "node:nothing"
  --> autopack.config.ts:1:19
   |
 1 | import { x } from 'node:nothing'
   |                   ~~~~~~~~~~~~~~
  fix: name a module that Node has`)

reads('a decorator', 'autopack.config.ts', `const sealed = (given: object) => given\n@sealed class A {}\nexport default { project: String(A) }\n`, `
error[typescript-syntax]: a decorator is not supported: Node runs TypeScript by leaving the types out
  --> autopack.config.ts:2:1
   |
 2 | @sealed class A {}
   | ~~~~~~~
  fix: call the function that it names, below the class`)

reads('what is thrown and is no error', 'autopack.config.ts', `const odd: Record<string, unknown> = { big: 1n }\nodd.odd = odd\nthrow odd\nexport default {}\n`, `
error[config-threw]: the config threw while it was loaded: <ref *1> { big: 1n, odd: [Circular *1] }
  --> autopack.config.ts
  fix: mend autopack.config.ts`)

reads('a value that throws when it is read', 'autopack.config.ts', `export default {\n  get project() { throw new Error('boom') },\n}\n`, `
error[config-threw]: the config threw while it was loaded: boom
  --> autopack.config.ts:2:25
   |
 2 |   get project() { throw new Error('boom') },
   |                         ~
  fix: mend the marked place`)

reads('a preset that throws', 'autopack.config.ts', `import { definePreset } from 'autopack'\nconst mine = definePreset('mine', () => { throw new Error('boom') })\nexport default { presets: [mine()] }\n`, `
error[config-threw]: the config threw while it was loaded: boom
  --> autopack.config.ts:2:49
   |
 2 | const mine = definePreset('mine', () => { throw new Error('boom') })
   |                                                 ~
  fix: mend the marked place`)

reads('presets that bring each other', 'autopack.config.ts', `const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ type: 'preset', name, config: {} as { presets?: unknown } }))
a!.config.presets = [b]
b!.config.presets = [c]
c!.config.presets = [b]
export default { presets: [a] }
`, `
error[preset-cycle]: presets[0].presets[0].presets[0].presets[0]: the presets bring each other in a circle: b → c → b
  --> autopack.config.ts:5:28
   |
 5 | export default { presets: [a] }
   |                            ~
  fix: take one of them out of the \`presets\` of another`)

reads('a preset that promises what it says', 'autopack.config.ts', `import { definePreset } from 'autopack'\nconst mine = definePreset('mine', async () => ({}))\nexport default { presets: [mine()] }\n`, `
error[invalid-value]: presets[0]: what the preset mine says is a promise and not an object
  --> autopack.config.ts:3:28
   |
 3 | export default { presets: [mine()] }
   |                            ~~~~~~
  fix: have its function return the object itself: what takes time is awaited at the top level of the file`)

reads('an option that a builder does not take', 'autopack.config.ts', `import { claude } from 'autopack/builders'\n\nexport default {\n  builder: claude({ maxTurns: 0 }),\n}\n`, `
error[builder-option-invalid]: the option maxTurns of the claude builder cannot be 0
  --> autopack.config.ts:4:12
   |
 4 |   builder: claude({ maxTurns: 0 }),
   |            ~
  fix: write a whole number above zero`)

reads('a function', 'autopack.config.ts', 'export default () => ({})\n', `
error[config-shape]: the config is a function and not an object
  --> autopack.config.ts
  fix: export what the function returns: \`export default defineConfig({ … })\``)

reads('a promise', 'autopack.config.ts', 'export default Promise.resolve({})\n', `
error[config-shape]: the config is a promise and not an object
  --> autopack.config.ts
  fix: await it in the file: \`export default await …\``)

reads('a list', 'autopack.config.json', '[1]\n', `
error[config-shape]: the config is [1] and not an object
  --> autopack.config.json
  fix: export an object: \`export default defineConfig({ … })\``)

reads('a reserved project id', 'autopack.config.ts', `export default { project: 'workspaces' }\n`, `
error[invalid-value]: project: the project id "workspaces" is reserved (reserved: drain_sessions, workspaces, diagnostics); choose another
  --> autopack.config.ts:1:27
   |
 1 | export default { project: 'workspaces' }
   |                           ~~~~~~~~~~~~`)

reads('a reserved project id by default', 'autopack.config.ts', 'export default {}\n', `
error[invalid-project]: the name in package.json cannot be the project id: the project id "diagnostics" is reserved (reserved: drain_sessions, workspaces, diagnostics); choose another
  fix: set \`project\` in the config (it is "diagnostics" by default)`, { 'package.json': '{ "name": "diagnostics", "type": "module" }' })

test('one preset in two places is no circle', () =>
  withFolder({ 'autopack.config.ts': `const inner = { type: 'preset', name: 'inner', config: { plans: ['a.yaml'] } }
const outer = (name: string) => ({ type: 'preset', name, config: { presets: [inner] } })
export default { project: 'p', presets: [outer('a'), inner, outer('b')] }
` }, async (folder) => assert.equal((await load(folder)).plans, ['a.yaml'])))

reads('two checks of one name', 'autopack.config.ts', `export default { checks: [{ name: 'a', run: ['x'] }, { name: 'a', run: ['y'] }] }\n`, `
error[duplicate-check]: checks[1]: there is a check "a" already, at autopack.config.ts:1:27
  --> autopack.config.ts:1:62
   |
 1 | export default { checks: [{ name: 'a', run: ['x'] }, { name: 'a', run: ['y'] }] }
   |                                                              ~~~
  fix: give each check a name of its own`)

test.run()
