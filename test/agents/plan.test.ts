import { existsSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { planOutputSchema } from '../../core/model/outputs.ts'
import { claudeRig } from '../support/agents/claude-rig.ts'
import { codexRig } from '../support/agents/codex-rig.ts'
import { answer, write, type Call } from '../support/model-endpoint/index.ts'

const test = suite('agents draft a plan')

const notes = { 'NOTES.md': '- one more line\n' }
const handBack = (plan: object): Call => ({ type: 'tool', name: 'StructuredOutput', input: plan as Record<string, unknown> })
const planFor = (scope: string) => ({ id: 'notes', phases: [{ id: 'line', goal: 'Add a line to src/a.txt.', scope: { paths: [scope] }, checks: [{ name: 'line', run: ['grep', '-q', 'one', 'src/a.txt'] }] }] })

test('claude: by its structured output, which is mended once; what it writes beside is thrown away', async () => {
  await using rig = await claudeRig({
    files: notes,
    script: (request) => {
      if (request.text.includes('What you drafted before cannot be used')) return answer('Mended.', handBack(planFor('src/')))
      return request.text.includes('I look.') ? answer('Here.', handBack(planFor('nowhere/'))) : answer('I look.', write('src/a.txt', 'changed\n'))
    },
  })
  const result = await rig.project.cli(['plan', 'NOTES.md', '--id', 'notes', '--json', '--write'])
  assert.is(result.exitCode, 0, result.stderr)
  const output = planOutputSchema.parse(JSON.parse(result.stdout))
  assert.equal([output.builder, output.rounds, output.written, output.plan.phases[0]!.scope.paths], ['claude', 2, true, ['src/']])
  assert.ok(output.usage !== 'unknown' && output.usage.inputTokens > 0)
  assert.match(await rig.project.read('runs/notes.yaml'), /^id: notes\nphases:\n {2}- id: line\n/)
  assert.is(await rig.project.read('src/a.txt'), 'zero\n')
  assert.is(existsSync(rig.project.path('.autonomous_runs/autopack.db')), false)
  // The schema reached the model as that of a tool.
  assert.ok(rig.endpoint.requests.some((request) => request.tools.includes('StructuredOutput')))
})

test('codex: its last message is held to the schema, and is the plan; where the service takes none, it is asked without', async () => {
  const schema = (text: string) => (JSON.parse(text) as { text?: { format?: { type: string; strict: boolean; schema: object } } }).text?.format
  // Whatever may be left out is null.
  const plan = { ...planFor('src/'), goal: null, base: null, phases: planFor('src/').phases.map((phase) => ({ ...phase, needs: null, timeout: null, scope: { ...phase.scope, readOnly: null } })) }
  let refuses = false
  await using rig = await codexRig({
    files: notes,
    script: (request) => (refuses && schema(request.text) ? { type: 'refuse', status: 400, kind: 'invalid_request_error', message: "Unknown parameter: 'text.format'." } : answer(JSON.stringify(plan))),
  })
  const draft = async () => planOutputSchema.parse(JSON.parse((await rig.project.cli(['plan', 'NOTES.md', '--id', 'notes', '--json'])).stdout))
  const output = await draft()
  assert.equal([output.builder, output.rounds, output.plan.phases[0]!.scope.paths, output.notes], ['codex', 1, ['src/'], []])
  const [first] = rig.endpoint.requests.map(({ text }) => schema(text))
  assert.equal([first?.type, first?.strict, Object.keys((first!.schema as { properties: object }).properties)], ['json_schema', true, ['id', 'goal', 'base', 'rebase', 'ordered', 'phases']])
  refuses = true
  assert.is((await draft()).diff, output.diff)
  assert.is(schema(rig.endpoint.requests.at(-1)!.text), undefined)
})

test('codex: by the file that it is told to write, or in its last message', async () => {
  const text = 'id: notes\nphases:\n  - id: line\n    goal: Add a line to src/a.txt.\n    scope: { paths: [src/] }\n'
  await using rig = await codexRig({
    files: notes,
    script: (request) => {
      if (request.text.includes('second time')) return answer(`Here it is:\n\n\`\`\`yaml\n${text}\`\`\``)
      return request.text.includes('I write the draft.') ? answer('It is written.') : answer('I write the draft.', write('autopack-draft.yaml', text))
    },
  })
  const plan = async (...args: string[]) => planOutputSchema.parse(JSON.parse((await rig.project.cli(['plan', ...args, '--id', 'notes', '--json'])).stdout))
  const written = await plan('NOTES.md')
  assert.equal([written.builder, written.rounds, written.plan.phases[0]!.id, written.notes.filter((note) => note.includes('read only'))], ['codex', 1, 'line', []])
  await rig.project.write({ 'again.md': 'a second time\n' })
  assert.is((await plan('again.md')).diff, written.diff)
})

test.run()
