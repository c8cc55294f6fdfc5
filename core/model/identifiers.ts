/** Project ids that would collide with folders of the runs directory. */
export const reservedProjectIds: readonly string[] = ['drain_sessions', 'workspaces', 'diagnostics']

export const longestIdentifier = 200
const printable = /^[^\u0000-\u001f\u007f]+$/

/** Printable characters only, and no space at the ends. */
export const isPrintable = (id: string): boolean => printable.test(id) && id.trim() === id
/** What begins with a hyphen is a flag to every command that it is typed behind. */
export const isTypable = (id: string): boolean => !id.startsWith('-')
export const isReserved = (id: string): boolean => reservedProjectIds.includes(id.toLowerCase())

export const isIdentifier = (id: string): boolean => id.length <= longestIdentifier && isPrintable(id) && isTypable(id)
export const isProjectId = (id: string): boolean => isIdentifier(id) && !isReserved(id)

/** The run id without a trailing `-YYYYMMDD`, `-YYYYMMDD-HHMMSS` or stamp of 10 or more digits; else the id itself. */
export function familyOf(runId: string): string {
  const match = /^(.+)-(?:\d{8}-\d{6}|\d{8}|\d{10,})$/.exec(runId)
  return match?.[1] ?? runId
}
