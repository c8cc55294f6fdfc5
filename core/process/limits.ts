/** Between SIGTERM and SIGKILL. Long enough for a test runner to write its report and for a server to close, short enough that Ctrl-C does not feel stuck. */
export const defaultGraceMs = 5_000

/** How long an exit is awaited after SIGKILL. Only a process stuck in the kernel (a dead network mount) needs more, and waiting longer does not mend that. */
export const afterKillMs = 10_000

/** How often a running log is looked at, at most: what a person sees as live, at a cost that cannot be measured. */
export const watchIntervalMs = 1_000

/** An idle limit is looked at this often within its length, so that it is at most a quarter late. */
export const idleChecksPerLimit = 4

/** What a result keeps of an output: enough for a traceback and its summary. */
export const tailLines = 50
/** One line may be a megabyte of minified code: the tail is bounded in bytes too. */
export const tailBytes = 64 * 1024

/** What the live view can show of one line. */
export const lineCharacters = 500

/**
 * A process that ended sooner than this cannot have seen the process ids wrap around (32,768 ids at the least), so that every
 * descendant has an id between its own and the latest one: a few look-ups instead of a pass over the whole process table.
 */
export const noWrapMs = 250
