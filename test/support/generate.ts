/**
 * Writes what is generated and kept in the repository: the JSON schemas, docs/configuration.md and the tables of docs/parallel-runs.md and docs/builders.md.
 *
 *   node test/support/generate.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { configJsonSchema, planJsonSchema } from '../../core/config/json-schema.ts'
import { outputJsonSchemas } from '../../core/model/outputs.ts'
import { withAgentsTable } from './agents/matrix.ts'
import { configurationPage } from './configuration-page.ts'
import { readPage } from './doc-page.ts'
import { withLayoutTable } from './layout-table.ts'
import { pluginJsonSchemas } from './plugin-schemas.ts'

/** Path in the repository → text. */
export function generatedFiles(): Record<string, string> {
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`
  return {
    'docs/schemas/config.json': json(configJsonSchema()),
    'docs/schemas/plan.json': json(planJsonSchema()),
    ...Object.fromEntries(Object.entries({ ...outputJsonSchemas(), ...pluginJsonSchemas() }).map(([name, schema]) => [`docs/schemas/${name}.json`, json(schema)])),
    'docs/configuration.md': configurationPage(),
    'docs/builders.md': withAgentsTable(readPage('docs/builders.md')),
    'docs/parallel-runs.md': withLayoutTable(readPage('docs/parallel-runs.md')),
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  for (const [file, text] of Object.entries(generatedFiles())) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
    console.log(file)
  }
}
