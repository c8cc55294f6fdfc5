/**
 * What the caller knows of the place in which an output was made, so that none of it survives into a fingerprint. Paths are absolute.
 * All of it may be left out.
 */
export interface FailureContext {
  /** Root of the worktree. */
  workspace?: string
  /** The project root inside it. */
  projectRoot?: string
  home?: string
  temporaryDir?: string
  /** Folder of the attempt's artifacts. */
  attemptDir?: string
  run?: string
  phase?: string
  branch?: string
  attempt?: number
}
