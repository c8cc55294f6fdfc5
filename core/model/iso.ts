/** As records and messages write a time: ISO 8601 in UTC, with milliseconds; `at` in epoch milliseconds. */
export const iso = (at: number): string => new Date(at).toISOString()
