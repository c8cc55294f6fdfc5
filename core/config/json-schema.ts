import { z } from 'zod'
import { planSchema } from '../model/plan.ts'
import { configSchema } from './schema.ts'

type JsonSchema = Record<string, unknown>

/** The JSON schema of a config in JSON or YAML. What only code can hold (presets, plugins, classifiers, builders) is left open. */
export function configJsonSchema(): JsonSchema {
  return schemaOf(configSchema, 'config', 'Autopack config')
}

/** The JSON schema of a plan, for `# yaml-language-server: $schema=` and editors. */
export function planJsonSchema(): JsonSchema {
  return schemaOf(planSchema.extend({ $schema: z.string().optional().meta({ description: 'For editors; ignored.' }) }), 'plan', 'Autopack plan')
}

function schemaOf(schema: z.ZodType, name: string, title: string): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input', unrepresentable: 'any',
    // For docs/configuration.md only.
    override: ({ jsonSchema }) => void delete (jsonSchema as JsonSchema)['tsType'],
  }) as JsonSchema
  return { $schema, $id: `https://unpkg.com/autopack/dist/schemas/${name}.json`, title, ...rest }
}
