import { readFileSync } from 'node:fs'

/**
 * What a look gives, or undefined where it fails. For what others remove, replace or lock away while it is looked at, and where not to see it means the same as
 * that it is not there.
 */
export function quietly<Value>(look: () => Value): Value | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

/** The text of a small file; '' where there is none, or none that can be read. */
export const textOf = (file: string): string => quietly(() => readFileSync(file, 'utf8')) ?? ''
