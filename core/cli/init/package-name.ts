import { builtinModules } from 'node:module'
import { packageNameError } from '../../errors.ts'

/** What a package of that name is called, in a folder and in code. */
export interface PackageNames {
  /** `@acme/autopack-plugin-house-rules` */
  package: string
  /** The folder: the name without its scope. */
  folder: string
  /** What configs import, and what `without()` and errors call it: `houseRules`. */
  export: string
}

const shape = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/
/** The registry takes no longer ones. */
const longest = 214

/**
 * Names for a new package. `taken`: names that the code cannot have, for something else is called so there: then the kind stands in front.
 *
 * @throws UserError when no package can have the name.
 */
export function packageNames(name: string, kind: 'plugin' | 'preset', taken: ReadonlySet<string>): PackageNames {
  const problem = problemOf(name)
  if (problem !== undefined) throw packageNameError(name, kind, problem)
  const folder = name.replace(/^@[^/]+\//, '')
  const words = folder.replace(/^autopack-(?:(?:plugin|preset)-)?(?=.)/, '').split(/[._-]+/).filter(Boolean)
  const plain = words.map((word, index) => (index === 0 ? word : capital(word))).join('')
  return { package: name, folder, export: /^[a-z]/.test(plain) && !reserved.has(plain) && !taken.has(plain) ? plain : `${kind}${capital(plain)}` }
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

function problemOf(name: string): string | undefined {
  if (name.length > longest) return `it has ${name.length} characters, and ${longest} are the most`
  if (!shape.test(name)) return /[A-Z]/.test(name) ? 'it has capital letters' : 'it is not made of small letters, digits, `.`, `_` and `-`, with a letter or digit first'
  if (/^(?:node_modules|favicon\.ico|autopack)$/.test(name)) return 'it stands for something else'
  if (builtinModules.includes(name)) return 'a module of Node has it'
  return undefined
}

const reserved: ReadonlySet<string> = new Set(
  `arguments async await break case catch class const continue debugger default delete do else enum eval export extends false finally for from function
  get if implements import in instanceof interface let new null of package private protected public return set static super switch this throw true try
  type typeof undefined var void while with yield`.split(/\s+/),
)
