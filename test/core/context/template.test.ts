import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { builtInTemplate, parseTemplate } from '../../../core/context/index.ts'
import { fill } from '../../../core/context/template.ts'
import { formatUserError, UserError } from '../../../core/errors.ts'
import { promptSections } from '../../../core/model/prompt.ts'

const test = suite('template of prompts')

const whole = '{{goal}}\n{{scope}}\n{{deliverables}}\n{{checks}}\n{{cut}}\n{{rules}}'
const values = { project: 'p', run: 'r', phase: 'a', attempt: '2', timeLimit: '10m' }
const refused = (text: string): string => {
  try {
    parseTemplate(text, 'tools/prompt.md')
  } catch (error) {
    if (error instanceof UserError) return formatUserError(error)
    throw error
  }
  return 'taken'
}

test('what is wrong is told with its place, all at once', () => {
  assert.is(refused(`${whole}\nSee {{gaol}} now`), `error[template-placeholder]: there is no placeholder {{gaol}}
  --> tools/prompt.md:7:5
   |
 7 | See {{gaol}} now
   |     ~~~~~~~~
  fix: did you mean {{goal}}?
       for the characters themselves, write \\{{`)
  assert.match(refused(whole.replace('{{scope}}', 'The scope: {{scope}}')), /^error\[template-placeholder-in-line\]: \{\{scope\}\} stands for several lines[^\n]*\n  --> tools\/prompt\.md:2:12\n[^]*~~~~~~~~~\n  fix: give it a line of its own$/)
  assert.match(refused(`${whole}\n  {{ goal }}`), /^error\[template-placeholder-twice\]: \{\{goal\}\} stands at tools\/prompt\.md:1:1 already\n  --> tools\/prompt\.md:7:3\n/)
  assert.match(refused(`${whole}\n{{run`), /^error\[template-placeholder\]: a placeholder begins here[^\n]*\n  --> tools\/prompt\.md:7:1\n/)
  const missing = refused('')
  for (const name of ['goal', 'scope', 'deliverables', 'checks', 'cut', 'rules']) assert.ok(missing.includes(`error[template-section-missing]: the template has no {{${name}}}`), missing)
  assert.match(missing, /--> tools\/prompt\.md:1:1$/m)
  assert.match(refused(whole.replace('{{cut}}\n', '')), /has no \{\{cut\}\}[^]*--> tools\/prompt\.md:5:10$/m)
  assert.is(refused(`\uFEFF${whole.replaceAll('\n', '\r\n')}\r\n`), 'taken')
})

test('sections and values go in as they are, and what says nothing goes with its line', () => {
  const template = parseTemplate(`# {{phase}} of {{ run }} (\\{{run}} in {{project}})\n\n${whole.replace('{{checks}}', '\n{{checks}}\n')}\n\n{{hints}}\n\nEnd`, 't')
  const text = fill(template, { ...values, run: '{{goal}}' }, new Map([['goal', 'A goal\n\n\nwith {{scope}} and $& in it'], ['rules', '## Rules']]))
  assert.is(text, '# a of {{goal}} ({{run}} in p)\n\nA goal\n\n\nwith {{scope}} and $& in it\n\n## Rules\n\nEnd\n')
})

test('the built-in one has every section once', () => {
  assert.equal(builtInTemplate().lines.flatMap((line) => (line.type === 'section' ? [line.name] : [])), [...promptSections])
})

test.run()
