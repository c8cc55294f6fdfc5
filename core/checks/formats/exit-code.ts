import type { CheckFormat } from '../../model/check-format.ts'

/** A command that says no more than its exit code: its problems are the causes read from its output. */
export const exitCode: CheckFormat = {
  name: 'exit-code',
  reads: 'nothing',
  parse: () => ({ type: 'report', report: { format: 'exit-code', hasTests: false, tests: [], collectionErrors: [] } }),
}
