import type { FailureContext } from './context.ts'

/** Folders that only hold checkouts; of what lies beside them nothing is known. */
const containers = /^(?:work|workspaces?|worktrees?|builds?|agents?|runners?|checkouts?|repos?|repositories|projects?|jobs?|code|dev|git|github|sources?|go|documents|desktop|temp|tmp)$/i
/** What a checkout inside a folder of its own is mostly called. */
const checkoutNames = /^(?:s|repo|repository|checkout|source|sources|workspace|project|code|app|work|worktree|clone)$/i
/** First folders of a project: what comes after them is its own, whatever it is called. */
const projectFolders =
  /^(?:src|source|lib|libs|test|tests|__tests__|spec|specs|e2e|packages|apps|cmd|internal|pkg|docs|scripts|bin|include|examples?|tools|config|public|server|client|api|core|plugins|node_modules)$/i
/** Ids, hashes, dates, numbers: `run-20261118`, `wt-6cba37b3`, `build-287`, `attempt-2`, `ws.09de1263-210d-…`. */
const volatile = /(?:[-_.]\d+$)|^\d+$|\d{4,}|(?=[0-9a-f]*\d)[0-9a-f]{6,}|^tmp[\w.-]{4,}$|^[\w-]+\.[A-Za-z0-9]{6,12}$/i
const system = /^(?:usr|lib|lib64|etc|bin|sbin|proc|sys|dev|System|Library|Applications|nix|snap|Windows|Program Files.*|ProgramData)$/i

/**
 * How many leading parts of an absolute path lie above the project, by what such folders are called on machines and CI services;
 * undefined where the path is not of a project (an installed program, a library). The last part, the file, is never counted.
 */
export function guessRoot(parts: readonly string[]): number | undefined {
  const base = baseLength(parts)
  if (base === undefined) return undefined
  const last = parts.length - 1
  let root = base.at
  let seenVolatile = false
  for (let index = base.at; index < last; index++) {
    const part = parts[index]!
    if (part.startsWith('.') && !seenVolatile) return undefined
    if (seenVolatile && projectFolders.test(part)) break
    if (volatile.test(part)) { seenVolatile = true; root = index + 1 }
  }
  if (seenVolatile) {
    const [above, name] = [parts[root - 1]!, parts[root]]
    // `shop-87/shop` of hosted runners, `attempt-2/repo` of tools that make a folder around the checkout.
    if (name !== undefined && root < last && ((above.startsWith(`${name}-`) && !projectFolders.test(name)) || (checkoutNames.test(name) && (root + 1 < last || name !== 'app')))) root++
    return root
  }
  if (base.whole) return root
  while (root < last && containers.test(parts[root]!)) root++
  for (let named = 0; named < base.names && root < last && !projectFolders.test(parts[root]!); named++) root++
  if (root < last && parts[root] === parts[root - 1] && !projectFolders.test(parts[root]!)) root++
  return root
}

/** Where checkouts lie: `names` more folders name the project, or the folder is the project (`whole`). */
function baseLength(parts: readonly string[]): { at: number; names: number; whole?: boolean } | undefined {
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = parts
  if (/^[A-Za-z]:$/.test(first)) {
    if (/^users$/i.test(second)) return /^appdata$/i.test(fourth) && /^local$/i.test(fifth) && /^temp$/i.test(parts[5] ?? '') ? { at: 6, names: 1 } : { at: 3, names: 1 }
    // Hosted Windows runners: `D:/a/shop/shop`, `D:/a/1/s`.
    if (second === 'a' && third !== '' && (third === fourth || fourth === 's')) return { at: 4, names: 0, whole: true }
    if (system.test(second) || /^(?:tools|python\d*|hostedtoolcache)$/i.test(second)) return undefined
    return { at: 1, names: 1 }
  }
  const work = parts.indexOf('_work')
  if (work !== -1 && work < 6) return { at: work + 1, names: 2 }
  if (first === 'private') { const inner = baseLength(parts.slice(1)); return inner && { ...inner, at: inner.at + 1 } }
  if (first === 'home' || first === 'Users') return { at: 2, names: 1 }
  if (first === 'root') return { at: 1, names: 1 }
  if (first === 'tmp') return { at: 1, names: 1 }
  if (first === 'var') {
    if (second === 'tmp' || second === 'www') return { at: 2, names: 1 }
    return second === 'folders' ? { at: 5, names: 1 } : third.startsWith('jenkins') || second.startsWith('jenkins') ? { at: third.startsWith('jenkins') ? 3 : 2, names: 1 } : undefined
  }
  if (first === 'github' && second === 'workspace') return { at: 2, names: 0, whole: true }
  if (first === '__w' || first === 'builds') return { at: 1, names: 2 }
  if (first === 'usr' && second === 'src') return third === 'app' ? { at: 3, names: 0, whole: true } : { at: 2, names: 1 }
  if (/^(?:app|workspace|code|repo|src|project|work|build|workdir)$/.test(first)) return { at: 1, names: 0, whole: true }
  if (/^(?:srv|mnt|data|media|workspaces|projects|repos|volumes|work|agent)$/i.test(first)) return { at: 1, names: 1 }
  return undefined
}

const absolutePath = /(?<![\w.:/\\}@~+-])(?:file:\/{2,3})?((?:[A-Za-z]:)?[\\/](?:[\w.@+~$%,=#-]+[\\/])+[\w.@+~$%=#-]*)/g
const backslashed = /(?<![\w\\])(?:\.{0,2}\\)?(?:[\w.@+-]{1,80}\\){1,20}[\w.@+-]{1,80}\.[A-Za-z]\w{0,5}\b/g

/** Rewrites one line: paths below the project's root are made relative to it and get `/`. Known roots first, guessed ones where none is known. */
export function pathLocaliser(context: FailureContext): (line: string) => string {
  const known = [context.projectRoot, context.workspace].flatMap((root) => (root === undefined ? [] : [root.replaceAll('\\', '/').replace(/\/+$/, '')])).filter((root) => root.length > 1)
  const guesses = new Map<string, number | undefined>()
  const relative = (path: string): string | undefined => {
    for (const root of known) {
      for (const form of [root, `/private${root}`]) {
        if (path.startsWith(`${form}/`)) return path.slice(form.length + 1) || '.'
        if (path === form) return '.'
      }
    }
    if (known.length > 0) return undefined
    const parts = path.split('/').filter((part) => part !== '')
    const folder = parts.slice(0, -1).join('/')
    if (!guesses.has(folder)) guesses.set(folder, guessRoot(parts))
    const root = guesses.get(folder)
    return root === undefined ? undefined : parts.slice(root).join('/')
  }
  return (line) => {
    if (line.length > 20_000 || (!line.includes('/') && !line.includes('\\'))) return line
    const slashed = line.includes('\\') ? line.replace(backslashed, (path) => path.replaceAll('\\', '/')) : line
    return slashed.replace(absolutePath, (whole, path: string) => {
      const plain = path.replaceAll('\\', '/')
      return relative(plain) ?? (whole.startsWith('file:') ? plain : whole.includes('\\') ? plain : whole)
    })
  }
}

/** Whether a file of a frame is the project's own rather than the runtime's or an installed package's. */
export function isOwnFile(path: string): boolean {
  return !/(?:^|\/)(?:node_modules|site-packages|dist-packages|\.yarn|\.pnpm-store|vendor|gems|\.cargo|\.rustup|rustc|lib\/python[\d.]+|lib\/ruby)\/|^(?:node:|internal\/|<|\/usr\/|\/lib|\/rustc\/|\/opt\/|\/nix\/|\[)|^native$/.test(path)
}
