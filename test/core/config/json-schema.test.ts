import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configJsonSchema, planJsonSchema } from '../../../core/config/json-schema.ts'
import { load, withFolder } from '../../support/config-folder.ts'
import { generatedFiles } from '../../support/generate.ts'
import { repositoryRoot } from '../../support/project.ts'

const test = suite('generated files')

test('what is stored is what the schemas say: run `node test/support/generate.ts` otherwise', async () => {
  for (const [file, text] of Object.entries(generatedFiles())) assert.is(await readFile(`${repositoryRoot}/${file}`, 'utf8'), text, file)
})

test('the config on the page loads', async () => {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(generatedFiles()['docs/configuration.md']!)!
  await withFolder({ 'autopack.config.ts': example }, async (folder) => {
    const config = await load(folder)
    assert.equal([config.presets, config.builder?.name, config.checks.map((check) => check.name)], [['node', 'strictTriage'], 'command', ['tests']])
  })
})

test('the schemas name themselves, refuse unknown keys, and require only what must be written', () => {
  const plan = planJsonSchema() as { title: string; $id: string; required: string[]; additionalProperties: boolean; properties: { phases: { items: { required: string[] } } } }
  assert.equal([plan.title, plan.$id, plan.required, plan.additionalProperties], ['Autopack plan', 'https://unpkg.com/autopack/dist/schemas/plan.json', ['id', 'phases'], false])
  assert.equal(plan.properties.phases.items.required, ['id', 'goal'])
  const config = configJsonSchema() as { title: string; required?: string[]; additionalProperties: boolean; properties: Record<string, { description?: string }> }
  assert.equal([config.title, config.required, config.additionalProperties], ['Autopack config', undefined, false])
  for (const [key, { description }] of Object.entries(config.properties)) assert.ok(description, `${key} has a description`)
  assert.not.match(JSON.stringify([config, plan]), /tsType/)
})

test.run()
