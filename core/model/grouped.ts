/** `12,345`: a whole number with its thousands apart. `toLocaleString` would load the tables of all languages, 6 MiB that a supervisor keeps. */
export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
