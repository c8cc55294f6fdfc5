const unitBytes = { '': 1, B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const

/** Parses `500MB`, `1.5 GiB`, or a bare number of bytes, into bytes. Returns undefined for anything else. */
export function parseSize(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isFinite(text) && text >= 0 ? Math.round(text) : undefined
  const match = /^(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/.exec(text.trim())
  return match ? Math.round(Number(match[1]) * unitBytes[(match[2] ?? '') as keyof typeof unitBytes]) : undefined
}
