// Every user-facing error is made by a function below core/errors/, one file per concern: one place to read what a user can be told.
// Each takes the offending values and returns a UserError; docs/errors.md lists their codes.

export * from './errors/user-error.ts'
export * from './errors/config.ts'
export * from './errors/plan.ts'
export * from './errors/store.ts'
export * from './errors/git.ts'
export * from './errors/plugin.ts'
export * from './errors/drain.ts'
export * from './errors/accept.ts'
export * from './errors/cli.ts'
export * from './errors/prompt.ts'
export * from './errors/knowledge.ts'
export * from './errors/land.ts'
export * from './errors/draft.ts'
