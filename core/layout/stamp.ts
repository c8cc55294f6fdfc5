/** `YYYYMMDD-HHMMSS` in UTC, for names of files and folders; `at` in epoch milliseconds. */
export const timeStamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
