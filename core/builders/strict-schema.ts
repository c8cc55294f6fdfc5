import { isRecord, recordAt, type JsonObject } from './json.ts'

/** What strict schemas know of a value beside its type. All else (bounds, defaults, patterns) is left to whoever checks the value. */
const kept = ['type', 'description', 'enum', 'const'] as const

/**
 * A JSON schema as the structured outputs of OpenAI's models take it: of each object every property is required and no other allowed, what may be left out may be
 * null in its place, and of the rest of the language there is next to nothing. What it cannot say is left out: objects with keys of any name. So whatever satisfies
 * it satisfies the schema, but for bounds and the like, once its nulls are taken out.
 */
export function strictSchema(schema: JsonObject): JsonObject {
  return strict(schema) ?? { type: 'object', properties: {}, required: [], additionalProperties: false }
}

function strict(schema: JsonObject): JsonObject | undefined {
  const common = Object.fromEntries(kept.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key]]))
  if (Array.isArray(schema['anyOf'])) {
    const variants = schema['anyOf'].filter(isRecord).map(strict).filter((variant) => variant !== undefined)
    return variants.length === 0 ? undefined : { ...common, anyOf: variants }
  }
  if (schema['type'] === 'array') {
    const items = strict(recordAt(schema, 'items'))
    return items && { ...common, items }
  }
  if (schema['type'] !== 'object') return common['type'] === undefined && common['enum'] === undefined && common['const'] === undefined ? undefined : common
  if (isRecord(schema['additionalProperties']) || schema['properties'] === undefined) return undefined
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
  const properties = Object.entries(recordAt(schema, 'properties')).flatMap(([name, value]) => {
    const one = isRecord(value) ? strict(value) : undefined
    return one === undefined ? [] : [[name, required.includes(name) ? one : orNull(one)] as const]
  })
  return { ...common, properties: Object.fromEntries(properties), required: properties.map(([name]) => name), additionalProperties: false }
}

function orNull({ description, ...schema }: JsonObject): JsonObject {
  const about = description === undefined ? {} : { description }
  if (Array.isArray(schema['anyOf'])) return { ...about, anyOf: [...(schema['anyOf'] as JsonObject[]), { type: 'null' }] }
  const { type } = schema
  if (type === undefined || type === 'object' || type === 'array') return { ...about, anyOf: [schema, { type: 'null' }] }
  return { ...about, ...schema, type: [...(Array.isArray(type) ? (type as string[]) : [type]), 'null'], ...(Array.isArray(schema['enum']) && { enum: [...(schema['enum'] as unknown[]), null] }) }
}
