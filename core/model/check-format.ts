import type { CheckReport } from './check.ts'

/** What one execution of a check left behind. */
export interface CheckFormatInput {
  /** The files of `{report}` or the check's `report`, in the order of their paths. Empty where the check writes no report file. `path` is relative to the project root, or absolute outside it. */
  reportFiles: readonly { path: string; text: string }[]
  /** What the command printed, stdout and stderr as they came. Empty where the format reads report files only. */
  output: string
  exitCode: number | null
  /** The project root in the worktree, absolute: what is cut off paths. */
  projectDir: string
  /** The check's working directory relative to the project root, `/` separated; '' for the root itself. */
  cwd: string
  /** Whether a path relative to the project root is a file: turns a class name back into the file that it came from. */
  isFile(path: string): boolean
}

export type CheckFormatResult =
  | { type: 'report'; report: CheckReport }
  /** No verdict can be read: `problem` is one sentence, without a full stop. Fails the check. */
  | { type: 'problem'; problem: string }

/** Reads the result of a check. Plugins provide more by `api.provide({ checkFormats })`. Must not throw and must do no I/O of its own. */
export interface CheckFormat {
  /** What a check's `format` names. */
  readonly name: string
  /** `report`: a report file is required. `output`: a report file where the check has one, else the output. `nothing`: neither is read. */
  readonly reads: 'report' | 'output' | 'nothing'
  parse(input: CheckFormatInput): CheckFormatResult
}
