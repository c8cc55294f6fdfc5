/** The folders of a path before the first part that could be a pattern; all of a path that has none. Without a slash at its end. */
export function patternHead(relative: string): string {
  const parts = relative.split('/')
  const first = parts.findIndex((part) => /[*?[\]{}()!]/.test(part))
  return (first === -1 ? parts : parts.slice(0, first)).join('/').replace(/\/+$/, '')
}
