import type { StopRequest } from './stop-schema.ts'

export type { StopRequest } from './stop-schema.ts'

/** Tells one request from another: two may be made in one millisecond. */
export const stopKey = ({ project, run, phase, at }: StopRequest): string => JSON.stringify([at, project ?? null, run ?? null, phase ?? null])
