import path from 'node:path'
import type { PhaseSpec } from '../model/plan.ts'
import { matchesScope } from '../workspace/index.ts'
import type { Engine } from './engine.ts'
import { patternHead } from './pattern-head.ts'

interface Beside { spec: Pick<PhaseSpec, 'scope' | 'merge' | 'repairs'>; commit?: string }

/**
 * Whether two phases of a run may be executed at once: neither is there to bring the whole run on (a merge, a repair of the base, work that was approved), and no
 * file can lie in the write scope of both. That none needs the other is not looked at here.
 */
export function mayGoBeside({ repository }: Pick<Engine, 'repository'>, one: Beside, other: Beside): boolean {
  return !goesAlone(one) && !goesAlone(other) && !scopesOverlap(one.spec.scope.paths, other.spec.scope.paths, repository.prefix)
}

const goesAlone = ({ spec, commit }: Beside): boolean => spec.merge !== undefined || spec.repairs.length > 0 || commit !== undefined

/**
 * Whether a file may lie in both of two write scopes, as plans write them. Git is not asked which reading of a path is meant, nor are patterns compared beyond the
 * folder that they begin with: what may overlap, does. An empty scope is everything.
 */
export function scopesOverlap(one: readonly string[], other: readonly string[], prefix: string): boolean {
  const [left, right] = [one, other].map((scope) => scope.filter((pattern) => !pattern.startsWith('!')).flatMap((pattern) => readingsOf(pattern, prefix)))
  if (left!.length === 0 || right!.length === 0) return true
  return left!.some((pattern) => right!.some((against) => meet(pattern, against)))
}

/** Relative to the repository, in one case: two names that differ in nothing else are one file on some systems. `./x` has one reading, `x` two. */
function readingsOf(pattern: string, prefix: string): string[] {
  const plain = path.posix.normalize(pattern.normalize('NFC').toLowerCase()).replace(/^\.\/?$/, '')
  const root = prefix.normalize('NFC').toLowerCase()
  return [...new Set([root + plain, ...(pattern.startsWith('./') ? [] : [plain])])]
}

function meet(one: string, other: string): boolean {
  const [left, right] = [patternHead(one), patternHead(other)]
  // A name with a dot in it is taken for a file; anything else may be a folder.
  if (isFile(one) && !isLiteral(other)) return matchesScope(one, [other])
  if (isFile(other) && !isLiteral(one)) return matchesScope(other, [one])
  return isBelow(left, right) || isBelow(right, left)
}

const isLiteral = (pattern: string): boolean => patternHead(pattern) === pattern.replace(/\/+$/, '')
const isFile = (pattern: string): boolean => isLiteral(pattern) && !pattern.endsWith('/') && path.posix.basename(pattern).includes('.', 1)
const isBelow = (inner: string, outer: string): boolean => outer === '' || inner === outer || inner.startsWith(`${outer}/`)
