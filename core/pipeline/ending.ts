import type { Classification, Failure, FailureInput } from '../model/failure.ts'

/** How an attempt ends that does not end in a commit, before it is put on record. */
export type Ending =
  /** `charged: false` for what went wrong before the builder through no fault of the phase. */
  | { type: 'failed'; failure: FailureInput; charged: boolean; classified?: Classified }
  | { type: 'skipped'; reason: string }
  | { type: 'held'; reason: string }
  /** A stop signal. */
  | { type: 'interrupted'; reason: string }
  /** Its worktree was deleted: it is tried again, and that costs it nothing. */
  | { type: 'worktree-gone'; reason: string }
  /** The builder's account has reached its limit; `until` in epoch milliseconds. */
  | { type: 'usage-limit'; reason: string; until?: number }

/** A failure that the classifiers have seen already. */
export interface Classified { failure: Failure; classification: Classification }

/** A step on a phase's way: the value for the next step, or the end. */
export type Step<Value> = { type: 'next'; value: Value } | { type: 'end'; ending: Ending }

export const next = <Value>(value: Value): Step<Value> => ({ type: 'next', value })
export const end = (ending: Ending): { type: 'end'; ending: Ending } => ({ type: 'end', ending })
/** Ends the attempt with a failure; charged unless said otherwise. */
export const fail = (failure: FailureInput, charged = true, classified?: Classified): { type: 'end'; ending: Ending } =>
  end({ type: 'failed', failure, charged, ...(classified && { classified }) })
