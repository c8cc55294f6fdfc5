import { createHash } from 'node:crypto'
import type { Cause } from '../model/failure.ts'

/** Of the layers that make a template: a change of what they yield is a new version, and old buckets are mapped. */
export const fingerprintVersion = 'v1'
/**
 * Of a failure that printed nothing: there is no cause to tell from another. Always of low confidence, and what is of low confidence is counted and shown
 * but never opens a breaker, excuses a check or probes for another phase: so two of these share a name in a table and no bucket that acts.
 */
export const unknownFingerprint = 'unknown'

/** Layer 4: version and 12 hexadecimal characters over class, tool and template. */
export function fingerprintOf({ class: failureClass, tool, template }: Pick<Cause, 'class' | 'tool' | 'template'>): string {
  return `${fingerprintVersion}-${createHash('sha256').update(JSON.stringify([failureClass, tool, template])).digest('hex').slice(0, 12)}`
}

/** For a line of a table: without the version, 7 characters. */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.replace(/^v\d+-/, '').slice(0, 7)
}
