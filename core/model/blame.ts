/** How far a cause reaches. Anything beyond `phase` is systemic. */
export const blames = ['phase', 'check', 'run', 'builder', 'project', 'machine'] as const
export type Blame = (typeof blames)[number]
