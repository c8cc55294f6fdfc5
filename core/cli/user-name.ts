import { userInfo } from 'node:os'
import type { Runtime } from '../model/runtime.ts'

/** Who sits at the keyboard, as far as the environment or the system tells; else `unknown`. */
export function userName({ env }: Pick<Runtime, 'env'>): string {
  const named = env['USER'] || env['LOGNAME']
  if (named) return named
  try {
    return userInfo().username
  } catch {
    // A user without an entry, as in some containers.
    return 'unknown'
  }
}
