import picomatch from 'picomatch'
import type { Problem } from '../model/failure.ts'
import type { WriteScope } from './workspace.ts'

/** Whether text holds what picomatch would read as a pattern. */
export function isGlob(pattern: string): boolean {
  const scanned = picomatch.scan(pattern)
  return scanned.isGlob && !scanned.negated
}

/** Compiles patterns once for many paths. A pattern is a file, a folder (ending in `/`, or any folder named without it) or a glob. */
export function scopeMatcher(patterns: readonly string[]): (file: string) => boolean {
  const literal = new Set<string>()
  const folders: string[] = []
  const globs: string[] = []
  for (const pattern of patterns) {
    if (pattern === '' || pattern === './' || pattern === '/') return () => true
    const name = pattern.endsWith('/') ? pattern.slice(0, -1) : pattern
    literal.add(name)
    folders.push(`${name}/`)
    if (isGlob(pattern)) globs.push(pattern.endsWith('/') ? `${pattern}**` : pattern)
  }
  const match = globs.length > 0 ? picomatch(globs, { dot: true, nonegate: true }) : undefined
  // Literally first: `[id].tsx` is a file's name before it is a class of characters.
  return (file) => literal.has(file) || folders.some((folder) => file.startsWith(folder)) || (match?.(file) ?? false)
}

/** Whether a path lies in one of the patterns. Both relative to the repository. */
export function matchesScope(file: string, patterns: readonly string[]): boolean {
  return patterns.length > 0 && scopeMatcher(patterns)(file)
}

/** Whether a builder may change the file: in the write scope (empty: the project root), not read-only, not protected. */
export function writable(file: string, scope: WriteScope, prefix: string): boolean {
  return scopeProblem(prefix, scope)(file) === undefined
}

/** Returns the function that says what is wrong with a change of a path, or undefined. */
export function scopeProblem(prefix: string, scope: WriteScope): (file: string) => Problem | undefined {
  const write = scopeMatcher(scope.write.length > 0 ? scope.write : [prefix])
  const readOnly = scopeMatcher(scope.readOnly)
  const protect = scopeMatcher(scope.protect)
  const named = new Set(scope.write)
  return (file) => {
    if (protect(file)) return { path: file, code: 'protected', message: `${file} is protected and must not be changed` }
    // A file that the write scope names outright may lie in a folder that is otherwise read-only.
    if (readOnly(file) && !named.has(file)) return { path: file, code: 'read-only', message: `${file} is read-only for this phase` }
    if (!write(file)) return { path: file, code: 'outside-scope', message: `${file} is outside the write scope of this phase` }
    return undefined
  }
}
