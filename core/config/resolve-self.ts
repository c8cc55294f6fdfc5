import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Specifier → module of this package, relative to the package's root (or to `dist`). */
const ownModules: Readonly<Record<string, string>> = {
  autopack: 'core/index',
  'autopack/builders': 'core/builders/index',
  'autopack/plugins': 'plugins/index',
  'autopack/presets': 'presets/index',
  'autopack/testing': 'core/testing/index',
}

/** What can be imported of this package. */
export const ownSpecifiers: readonly string[] = Object.keys(ownModules)

/** Import a file that failed to parse once more with this query: Node's TypeScript parser says where, its JavaScript parser does not. */
export const syntaxQuery = '?autopack-syntax'

// The hooks of Node's module loader belong to the process and not to a config: so does the mark that they are there.
let registered = false

/**
 * Makes `import 'autopack'` and its entry points mean the running package, for every importer: a config works where Autopack is not
 * installed, and there is one single instance of everything. Also settles the module format of TypeScript and JavaScript files that
 * are written as ES modules in a package that does not say so, which Node would accept with a warning or, with `"type": "commonjs"`, refuse.
 */
export function resolveSelf(): void {
  if (registered) return
  registered = true
  register({
    resolve(specifier, context, nextResolve) {
      const own = Object.hasOwn(ownModules, specifier) ? ownModules[specifier] : undefined
      if (own !== undefined) return { url: ownUrl(own), shortCircuit: true }
      const resolved = nextResolve(specifier, context)
      if (resolved.url.endsWith(syntaxQuery)) return { ...resolved, format: 'module-typescript' }
      const format = formatOf(resolved.url, resolved.format)
      return format === undefined ? resolved : { ...resolved, format }
    },
  })
}

function register(hooks: Parameters<typeof registerHooks>[0]): void {
  try {
    registerHooks(hooks)
  } catch {
    // A test runner with a module loader of its own, as Jest's, may refuse: in it a config finds the package as any other module does.
  }
}

/** From source it is a `.ts` file, from the built package a `.js` file, both two folders above this one. */
function ownUrl(module: string): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return new URL(`../../${module}${extension}`, import.meta.url).href
}

/** A statement that is only allowed in an ES module. */
const moduleSyntax = /^[ \t]*(?:import\b(?!\s+type\b)(?!\s*[.(])|export\b(?!\s+(?:type|interface)\b))/m
const commonJsSyntax = /^[ \t]*(?:module\.)?exports\b/m

function formatOf(url: string, format: string | null | undefined): 'module' | 'module-typescript' | undefined {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return undefined
  const isTypeScript = url.endsWith('.ts')
  // A CommonJS format of a `.js` file is what its package.json says: only a TypeScript file is helped beyond that.
  if (!(format === null || format === undefined ? isTypeScript || url.endsWith('.js') : isTypeScript && format === 'commonjs-typescript')) return undefined
  const source = readSource(url)
  if (source === undefined || !moduleSyntax.test(source) || commonJsSyntax.test(source)) return undefined
  return isTypeScript ? 'module-typescript' : 'module'
}

function readSource(url: string): string | undefined {
  try {
    return readFileSync(fileURLToPath(url), 'utf8')
  } catch {
    return undefined
  }
}
