import type { z } from 'zod'
import { type SourceLocation, type UserError, UserErrors, fileShapeError, invalidValueError, unknownKeyError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import type { FileKind } from './import-file.ts'
import { type ValuePath, formatPath } from './locate.ts'

/** Where the parts of a value are written. */
export interface Places {
  key(path: ValuePath): SourceLocation
  value(path: ValuePath): SourceLocation
}

/** More than these are not printed at once. */
const mostErrors = 20

/** Checks a value against a schema; what is wrong is thrown, every error with its place. `prefix` is printed before each path. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, places: Places, prefix = ''): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issues = result.error.issues
  // Of several complaints about one value the first says enough.
  const first = issues.filter((issue, index) => index === issues.findIndex((other) => sameValue(other, issue)))
  throw joined(first.flatMap((issue) => errorsOf(issue, schema, value, places, prefix)))
}

/** Throws a UserError where what a file says is no object: before the schema is asked, which would complain of each key. */
export function refuseOtherShape(kind: FileKind, value: unknown, where: SourceLocation): void {
  const found = otherShape(value)
  if (found) throw fileShapeError(kind, found.shape, found.described, where)
}

/** What a value is that is no object of data; undefined for one that is. */
export function otherShape(value: unknown): { shape: 'function' | 'promise' | 'other'; described: string } | undefined {
  if (typeof value === 'function') return { shape: 'function', described: 'a function' }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { shape: 'other', described: describe(value) }
  return typeof (value as { then?: unknown }).then === 'function' ? { shape: 'promise', described: 'a promise' } : undefined
}

/** One error as it is, several as one; `unsaid`: how many more there are than these. */
export function joined(errors: readonly UserError[], unsaid = 0): UserError {
  return errors.length === 1 ? errors[0]! : new UserErrors(errors.slice(0, mostErrors), unsaid + Math.max(0, errors.length - mostErrors))
}

type Issue = z.core.$ZodIssue

const sameValue = (one: Issue, other: Issue): boolean => formatPath(one.path as ValuePath) === formatPath(other.path as ValuePath) && (one.code === 'unrecognized_keys') === (other.code === 'unrecognized_keys')

function errorsOf(issue: Issue, schema: z.ZodType, root: unknown, places: Places, prefix: string): UserError[] {
  const at = issue.path as (string | number)[]
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, at)
    return issue.keys.map((key) => unknownKeyError(called(prefix, at), key, nearest(key, known), known, places.key([...at, key])))
  }
  const found = valueAt(root, at)
  if (found === undefined && at.length > 0 && !Object.hasOwn(Object(valueAt(root, at.slice(0, -1))) as object, at.at(-1)!)) {
    return [invalidValueError(called(prefix, at.slice(0, -1)), `the key ${JSON.stringify(at.at(-1))} is missing`, places.key(at.slice(0, -1)))]
  }
  const where = issue.code === 'invalid_key' ? places.key(at) : places.value(at)
  const { problem, fix } = problemOf(issue, found, where)
  return [invalidValueError(called(prefix, at), problem, where, fix)]
}

/** The root has no path of its own: then the prefix says whose value it is. */
const called = (prefix: string, at: ValuePath): string => (prefix + formatPath(at)).replace(/(?:: |\.)$/, '')

function problemOf(issue: Issue, found: unknown, where: SourceLocation): { problem: string; fix?: string } {
  switch (issue.code) {
    case 'invalid_type': {
      const isUnquoted = issue.expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')
      return { problem: `expected ${typeName(issue.expected)}, found ${describe(found)}`, ...(isUnquoted && { fix: `write it in quotes: "${asWritten(found, where)}"` }) }
    }
    case 'invalid_value': {
      const near = typeof found === 'string' ? nearest(found, issue.values.map(String)) : undefined
      return {
        problem: `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}, found ${describe(found)}`,
        ...(near !== undefined && { fix: `did you mean ${JSON.stringify(near)}?` }),
      }
    }
    case 'too_small':
      if (!isOurs(issue)) return { problem: issue.origin === 'string' ? 'must not be empty' : `must be ${issue.inclusive ? 'at least' : 'above'} ${String(issue.minimum)}, found ${describe(found)}` }
      break
    case 'too_big':
      if (!isOurs(issue)) return { problem: `must be at most ${String(issue.maximum)}, found ${describe(found)}` }
      break
    case 'invalid_key':
      return { problem: issue.issues[0] && isOurs(issue.issues[0]) ? issue.issues[0].message : 'not a valid key' }
  }
  const text = isOurs(issue) ? issue.message : 'expected one of the forms that it may have'
  // A message that does not begin with what was expected is a whole sentence.
  return { problem: text.startsWith('expected') ? `${text}, found ${describe(found)}` : text }
}

/** A number as it stands in the file: 1.10 is read as 1.1, and in quotes it is not. */
function asWritten(found: number | boolean, { text, column, length }: SourceLocation): string {
  const written = text === undefined || column === undefined ? '' : text.slice(column - 1, column - 1 + (length ?? 1))
  return /^[\w.+-]+$/.test(written) ? written : String(found)
}

/** Whether the message was written by hand in a schema. */
const isOurs = (issue: { message: string }): boolean => !/^(?:Invalid|Too (?:small|big)|Unrecognized)\b/.test(issue.message)

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list', object: 'an object', record: 'an object', string: 'text', int: 'a whole number', number: 'a number', boolean: 'true or false',
}
const typeName = (expected: string): string => typeNames[expected] ?? expected

/** A value in a message: short, with its kind where it has no short form. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`
  if (value instanceof RegExp) return String(value)
  if (Array.isArray(value) && value.length === 0) return 'an empty list'
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    text = undefined
  }
  if (text !== undefined && text.length <= 60) return text
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'string' ? `${text!.slice(0, 57)}…"` : 'an object'
}

function valueAt(root: unknown, at: ValuePath): unknown {
  return at.reduce<unknown>((value, part) => (value as Record<string | number, unknown> | null | undefined)?.[part], root)
}

interface AnyDefinition {
  type: string
  innerType?: z.ZodType
  element?: z.ZodType
  valueType?: z.ZodType
  in?: z.ZodType
  shape?: Record<string, z.ZodType>
  options?: readonly z.ZodType[]
}

/** The keys that the object schema at a path knows. */
function keysAt(schema: z.ZodType, at: ValuePath): string[] {
  const definition = (schema as unknown as { def: AnyDefinition }).def
  const inner = definition.innerType ?? (definition.type === 'pipe' ? definition.in : undefined)
  if (inner) return keysAt(inner, at)
  if (definition.options) return [...new Set(definition.options.flatMap((option) => keysAt(option, at)))]
  if (at.length === 0) return Object.keys(definition.shape ?? {}).filter((key) => !key.startsWith('$'))
  const next = definition.shape?.[String(at[0])] ?? definition.element ?? definition.valueType
  return next ? keysAt(next, at.slice(1)) : []
}
