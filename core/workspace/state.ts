import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { SetupState } from './setup.ts'

/** What the last owner of a worktree left, so that the next finds it warm. */
export interface WorktreeState {
  /** The commit and the tree that our index describes. */
  commit: string
  tree: string
  setup?: SetupState
  /** Key of what lies on disk; left out where all of it does. */
  sparse?: string
}

const stateFile = (indexFile: string) => `${indexFile}.state`

/** Reads the state and removes it: it holds only until somebody works in the worktree, and a crash must not leave it behind. */
export async function takeState(indexFile: string): Promise<WorktreeState | undefined> {
  try {
    return JSON.parse(readFileSync(stateFile(indexFile), 'utf8')) as WorktreeState
  } catch {
    return undefined
  } finally {
    rmSync(stateFile(indexFile), { force: true })
  }
}

export async function writeState(indexFile: string, state: WorktreeState): Promise<void> {
  writeFileSync(stateFile(indexFile), JSON.stringify(state))
}
