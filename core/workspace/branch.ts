/** The branch that holds the work of a run, without `refs/heads/`. Keys are safe as parts of a ref's name too. */
export function runBranch(layout: { readonly project: string; keyFor(id: string): string }, run: { readonly key: string }): string {
  return `autopack/${layout.keyFor(layout.project)}/${run.key}`
}
