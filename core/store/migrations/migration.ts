/** One step from the schema before to `version`. Released steps never change: a new step is a new file. */
export interface Migration {
  version: number
  statements: readonly string[]
}
