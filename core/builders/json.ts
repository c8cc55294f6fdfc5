/** An object of a stream of which nothing is certain. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field that holds an object; an empty one where it does not. */
export const recordAt = (value: JsonObject, key: string): JsonObject => (isRecord(value[key]) ? value[key] : {})

/** A field that holds a text that says something. */
export const textAt = (value: JsonObject, key: string): string | undefined => (typeof value[key] === 'string' && value[key] !== '' ? value[key] : undefined)

/** The objects of a field that holds a list. */
export const recordsAt = (value: JsonObject, key: string): readonly JsonObject[] => (Array.isArray(value[key]) ? value[key].filter(isRecord) : [])

/** A count; undefined where it is none, and never taken for 0. */
export const countAt = (value: JsonObject, key: string): number | undefined => (Number.isSafeInteger(value[key]) && (value[key] as number) >= 0 ? (value[key] as number) : undefined)

/** An amount, in the same way. */
export const numberAt = (value: JsonObject, key: string): number | undefined =>
  typeof value[key] === 'number' && Number.isFinite(value[key]) && value[key] >= 0 ? value[key] : undefined
