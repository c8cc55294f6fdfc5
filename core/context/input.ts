import type { PhaseSpec } from '../model/plan.ts'

/** Everything that a prompt is made of. Paths are relative to the repository. */
export interface PromptInput {
  project: string
  run: { id: string; goal?: string }
  phase: Pick<PhaseSpec, 'id' | 'goal' | 'kind' | 'needs'>
  attempt: number
  /** The project root relative to the repository, `''` or `dir/`. */
  prefix: string
  /** Only a part of the repository lies on disk. */
  partial?: boolean
  scope: { write: readonly string[]; readOnly: readonly string[] }
  protect: readonly string[]
  deliverables: readonly string[]
  /** Stubs that lie in the workspace already, to be filled; `finished`: or to be saved as they are. */
  stubs: readonly { path: string; finished: boolean }[]
  checks: readonly PromptCheck[]
  hints: readonly string[]
  /** What earlier attempts have taught, the most relevant first: one line each, with what tools printed between quotes. */
  learned: readonly string[]
  blocks: readonly { title: string; text: string; path?: string }[]
  previousFailure?: PreviousFailure
  /** Comments of a review that asked for more. */
  reviewComments?: string
  /** What phases of this run have done, in their order. */
  history: readonly HistoryEntry[]
  files: ContextFiles
  timeoutMs: number
}

export interface PromptCheck {
  name: string
  command: string
  against: 'baseline' | 'none'
  /** Tests, or causes where the tool tells of no tests, with which it fails on the base. */
  failingOnBase: readonly string[]
}

/** What went wrong in the attempt before: title and evidence, never the log; and what it had changed. */
export interface PreviousFailure {
  class: string
  title: string
  evidence: readonly string[]
  problems: readonly string[]
  changed: readonly { path: string; added: number; removed: number }[]
  /** How attempts before that one failed in other ways, the latest first. */
  earlier?: readonly { attempt: number; class: string; title: string }[]
}

/** A phase's part of the history pack. */
export interface HistoryEntry { phase: string; text: string }

/** What is there to be read. */
export interface ContextFiles {
  /** With their contents, in the order of the plan. `relevance` from 0 to 1. */
  contents: readonly { path: string; text: string; relevance: number }[]
  /** Made or changed by a phase whose part of the history says it in fewer tokens. */
  told: readonly { path: string; phase: string }[]
  /** Not as text: binary, too large. */
  named: readonly { path: string; why: string }[]
  /** How many further files nobody looked at. */
  more: number
}
