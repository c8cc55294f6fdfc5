import { UserError } from '../../core/index.ts'

// Errors of fingerprintBuckets. Each code has its entry in docs/errors.md.

export function bucketsUsageError(message: string, fix: string): UserError {
  return new UserError({ code: 'usage', plugin: 'fingerprintBuckets', message, fix })
}
