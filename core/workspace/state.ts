import { closeSync, constants, fstatSync, openSync, readdirSync, writeSync } from 'node:fs'
import path from 'node:path'
import { quietly, textOf } from './quietly.ts'
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
  const text = textOf(file)
  // Without a file there is nothing to take.
  if (text === '') return undefined
  writeInto(file, taken)
  return parsed(text)
}

/** Keys of the setups that worktrees at rest have: all states in the folder of the index files. */
export function setupKeysIn(indexDir: string): Set<string> {
  const states = (quietly(() => readdirSync(indexDir)) ?? []).filter((name) => name.endsWith('.state'))
  return new Set(states.flatMap((name) => parsed(textOf(path.join(indexDir, name)))?.setup?.key ?? []))
}

/** Undefined for one that is taken, that a crash tore, or that is not there. */
const parsed = (text: string): WorktreeState | undefined => quietly(() => JSON.parse(text) as WorktreeState)

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
