/** A command as a script of package.json gives it. */
export interface ScriptCommand {
  args: string[]
  /** Variables that the script sets for it. */
  env: Record<string, string>
  /** What the script does beside, in its words. */
  beside: string[]
}

/** How many scripts that call each other are followed. */
const deepest = 3
/** What may stand before the command that is looked for; what measures coverage is left out. */
const wrappers: ReadonlySet<string> = new Set(['npx', 'pnpm', 'yarn', 'c8', 'nyc', 'cross-env'])

/**
 * The first call of `program` by the script `name`, through scripts that it calls (`npm run …`), without what wraps it.
 * Undefined where there is none, or one that only a shell can read.
 */
export function findInScripts(scripts: Readonly<Record<string, string>>, name: string, program: string, depth = 0): ScriptCommand | undefined {
  const parts = String(scripts[name] ?? '').split('&&').map((part) => part.trim())
  for (const part of parts) {
    const beside = parts.filter((other) => other !== part)
    const words = wordsOf(part)
    const direct = words && callOf(words, program)
    if (direct) return { ...direct, beside }
    const called = /^(?:npm(?: run)?|pnpm(?: run)?|yarn(?: run)?) ([\w:.-]+)$/.exec(part)?.[1]
    const further = called !== undefined && depth < deepest && called !== name ? findInScripts(scripts, called, program, depth + 1) : undefined
    if (further) return { ...further, beside: [...beside, ...further.beside] }
  }
  return undefined
}

function callOf(words: readonly string[], program: string): Pick<ScriptCommand, 'args' | 'env'> | undefined {
  const at = words.findIndex((word) => word === program || word.endsWith(`node_modules/.bin/${program}`))
  const before = words.slice(0, Math.max(at, 0))
  const assignments = before.map((word) => /^([A-Za-z_]\w*)=(.*)$/.exec(word)).filter((match) => match !== null)
  const first = before.find((word) => !/^[A-Za-z_]\w*=/.test(word))
  // `pnpm run vitest` is a script of that name.
  if (at < 0 || before.includes('run') || (first !== undefined && !wrappers.has(first))) return undefined
  return { args: words.slice(at + 1), env: Object.fromEntries(assignments.map(([, key, value]) => [key!, value!])) }
}

/** The words of a command; undefined where a shell would do more with it than take it apart. */
function wordsOf(text: string): string[] | undefined {
  if (/[$`|<>;&()\\{}]/.test(text.replaceAll(/'[^']*'|"[^"$`\\]*"/g, ''))) return undefined
  return [...text.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'))
}
