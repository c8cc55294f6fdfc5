import { textAt, type JsonObject } from './json.ts'
import { shortLine } from './short-line.ts'

/** How much is told of what a tool is called on. */
export const longestTarget = 120
const mostDenied = 5

/** What a tool is called on, short, after a blank: the first of the keys that its input has. `root`: where the worktree is, which nobody needs to read in every path. */
export function targetOf(input: JsonObject, keys: readonly string[], root: string): string {
  const target = keys.map((key) => textAt(input, key)).find((value) => value !== undefined)
  return target === undefined ? '' : ` ${shortLine(target.replaceAll(`${root}/`, ''), longestTarget)}`
}

/** One sentence on the calls that an agent was not allowed. `by`: how they can be. */
export function denialText(agent: string, denied: ReadonlySet<string>, by: string): string {
  const calls = [...denied]
  return `${agent} was denied ${calls.slice(0, mostDenied).join(', ')}${calls.length > mostDenied ? ` and ${calls.length - mostDenied} more` : ''}: what it needs can be allowed ${by}`
}
