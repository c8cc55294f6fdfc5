import { closeSync, constants, fstatSync, openSync, readFileSync, writeSync } from 'node:fs'
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

/** Reads the state and makes it unreadable: it holds only until somebody works in the worktree, and a crash must not leave it behind. */
export async function takeState(indexFile: string): Promise<WorktreeState | undefined> {
  const file = stateFile(indexFile)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  writeInto(file, taken)
  try {
    return JSON.parse(text) as WorktreeState
  } catch {
    return undefined
  }
}

/** No JSON begins like that. */
const taken = '#'

export async function writeState(indexFile: string, state: WorktreeState): Promise<void> {
  writeInto(stateFile(indexFile), JSON.stringify(state))
}

/** The file stays between two phases, with blanks after the text: to make one, and to cut it off, costs several times what writing into it does. */
function writeInto(file: string, text: string): void {
  const descriptor = openSync(file, constants.O_WRONLY | constants.O_CREAT)
  try {
    writeSync(descriptor, text.padEnd(fstatSync(descriptor).size), 0)
  } finally {
    closeSync(descriptor)
  }
}
