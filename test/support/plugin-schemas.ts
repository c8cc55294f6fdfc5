import { z } from 'zod'
import { fingerprintBucketsSchemas } from '../../plugins/fingerprint-buckets/outputs.ts'
import { researchReviewSchemas } from '../../plugins/research-review/outputs.ts'

/** The published schemas of built-in plugins: what people write for them, and what their commands print with `--json`. By name. */
export function pluginJsonSchemas(): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Object.entries({ ...researchReviewSchemas, ...fingerprintBucketsSchemas }).map(([name, schema]) => {
    const written = name === 'findings'
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: written ? 'input' : 'output', unrepresentable: 'any' }) as Record<string, unknown>
    return [name, { $schema, $id: `https://unpkg.com/autopack/dist/schemas/${name}.json`, title: written ? 'Autopack findings file' : `Autopack output: ${name}`, ...rest }]
  }))
}
