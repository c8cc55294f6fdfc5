import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { errorText, load, withFolder } from '../../support/config-folder.ts'

const test = suite('bad plugins, presets and classifiers of a config')

/** Asserts the whole text that a person reads; `name` is the config file. */
function reads(what: string, name: string, text: string, expected: string, others: Record<string, string> = {}) {
  test(what, () =>
    withFolder({ [name]: text, ...others }, async (folder) => {
      assert.fixture((await errorText(load(folder))).replaceAll(folder, '/folder'), expected.replace(/^\n/, ''))
    }))
}

const pluginFile = `import { definePlugin } from 'autopack'
export const one = definePlugin({ name: 'one', apiVersion: 1, apply() {} })
export const other = definePlugin({ name: 'one', apiVersion: 1, apply() {} })
export const old = { type: 'plugin', name: 'old', apiVersion: 0, apply() {} }
`

reads('two plugins of one name', 'autopack.config.ts', `import { one, other } from './plugins.ts'
export default { plugins: [one(), other()] }
`, `
error[duplicate-plugin]: plugins[1]: there is a plugin "one" already, at autopack.config.ts:2:28
  --> autopack.config.ts:2:35
   |
 2 | export default { plugins: [one(), other()] }
   |                                   ~~~~~~~
  fix: take one of them away, or write without("one") before the second`, { 'plugins.ts': pluginFile })

reads('without a plugin that is not there', 'autopack.config.ts', `import { without } from 'autopack'
import { one } from './plugins.ts'
export default { plugins: [one(), without('onne')] }
`, `
error[unknown-plugin]: plugins[1]: there is no plugin "onne"
  --> autopack.config.ts:3:35
   |
 3 | export default { plugins: [one(), without('onne')] }
   |                                   ~~~~~~~~~~~~~~~
  fix: did you mean "one"?`, { 'plugins.ts': pluginFile })

reads('a plugin that was not called', 'autopack.config.ts', `import { one } from './plugins.ts'
export default {
  plugins: [one],
}
`, `
error[invalid-value]: plugins[0]: this is a function and not a plugin: call it, as in optionalDependencies() or without('scopeStubs')
  --> autopack.config.ts:3:13
   |
 3 |   plugins: [one],
   |             ~~~`, { 'plugins.ts': pluginFile })

reads('a plugin of another API version', 'autopack.config.ts', `import { old } from './plugins.ts'\nexport default { plugins: [old] }\n`, `
error[plugin-api-version]: plugin old is written for version 0 of the plugin API; this Autopack has version 1
  --> autopack.config.ts:2:28
   |
 2 | export default { plugins: [old] }
   |                            ~~~
  fix: install a version of old for plugin API 1, or the Autopack that it is written for`, { 'plugins.ts': pluginFile })

reads('a preset that says something wrong', 'autopack.config.ts', `import { definePreset } from 'autopack'
const hurried = definePreset('hurried', (minutes: number) => ({ drain: { maxTotalMinutes: minutes } }))
export default {
  presets: [hurried(-1)],
}
`, `
error[invalid-value]: preset hurried: drain.maxTotalMinutes: must be above 0, found -1
  --> autopack.config.ts:4:13
   |
 4 |   presets: [hurried(-1)],
   |             ~~~~~~~~~~~`)

reads('a classifier with a blame that there is not', 'autopack.config.ts', `import { defineClassifier } from 'autopack'
export default {
  classifiers: [
    defineClassifier({ class: 'lock', match: /lock/, blame: 'machin' as never }),
  ],
}
`, `
error[invalid-value]: classifiers[0].blame: expected "phase" or "check" or "run" or "builder" or "project" or "machine", found "machin"
  --> autopack.config.ts:4:61
   |
 4 |     defineClassifier({ class: 'lock', match: /lock/, blame: 'machin' as never }),
   |                                                             ~~~~~~~~~~~~~~~~~
  fix: did you mean "machine"?`)

reads('a classifier with fields that there are not, and with values that they cannot have', 'autopack.config.ts', `import { defineClassifier } from 'autopack'
const bad = (match: unknown) => ({ class: 'x', match }) as never
export default {
  classifiers: [
    defineClassifier({ class: 'a', match: { stage: 'check', cause: { modul: 'praw', code: 2307 } } } as never),
    defineClassifier({ class: 'b', match: {} }),
    defineClassifier({ class: 'c', match: 'state lock' } as never),
    defineClassifier(bad({ cause: {} })),
  ],
}
`, `
error[invalid-value]: classifiers[0].match.stage: expected a RegExp or one of claim, workspace, scope, before-phase, baseline, stubs, build, guard, deliverables, checks, delta, commit, preflight, land, found "check"
  --> autopack.config.ts:5:52
   |
 5 |     defineClassifier({ class: 'a', match: { stage: 'check', cause: { modul: 'praw', code: 2307 } } } as never),
   |                                                    ~~~~~~~

error[invalid-value]: classifiers[0].match.cause.code: expected text or a RegExp, found 2307
  --> autopack.config.ts:5:91
   |
 5 |     defineClassifier({ class: 'a', match: { stage: 'check', cause: { modul: 'praw', code: 2307 } } } as never),
   |                                                                                           ~~~~

error[unknown-key]: unknown key "modul" in classifiers[0].match.cause
  --> autopack.config.ts:5:70
   |
 5 |     defineClassifier({ class: 'a', match: { stage: 'check', cause: { modul: 'praw', code: 2307 } } } as never),
   |                                                                      ~~~~~
  fix: did you mean "module"?

error[invalid-value]: classifiers[1].match: expected at least one field, or it would match every failure, found {}
  --> autopack.config.ts:6:43
   |
 6 |     defineClassifier({ class: 'b', match: {} }),
   |                                           ~~

error[invalid-value]: classifiers[2].match: expected a RegExp, fields such as { check: "tests", output: /…/ }, or a function, found "state lock"
  --> autopack.config.ts:7:43
   |
 7 |     defineClassifier({ class: 'c', match: 'state lock' } as never),
   |                                           ~~~~~~~~~~~~

error[invalid-value]: classifiers[3].match.cause: expected at least one of tool, class, module, symbol, test, code and file, found {}
  --> autopack.config.ts:8:5
   |
 8 |     defineClassifier(bad({ cause: {} })),
   |     ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~`)

test.run()
