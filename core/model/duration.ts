const unitMilliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Parses `250ms`, `60s`, `10m`, `1.5h`, `2d`, or a bare number of seconds, into milliseconds. Returns undefined for anything else. */
export function parseDuration(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isFinite(text) && text >= 0 ? Math.round(text * 1_000) : undefined
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(text.trim())
  if (!match) return undefined
  const unit = (match[2] ?? 's') as keyof typeof unitMilliseconds
  return Math.round(Number(match[1]) * unitMilliseconds[unit])
}

/** Prints milliseconds the way a person would say them: `850ms`, `4.2s`, `3m 05s`, `2h 10m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)}ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)}s`
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 60) return `${minutes}m ${String(Math.floor((milliseconds % 60_000) / 1_000)).padStart(2, '0')}s`
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}

export type { Duration } from './duration-schema.ts'
