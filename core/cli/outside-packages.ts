import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** A package that package.json takes from a file or folder outside of the repository, such as `file:../shared`. */
export interface OutsidePackage {
  name: string
  /** As it stands in package.json. */
  spec: string
}

/** Those packages of `dir` whose place is told from where package.json lies, out of the repository: a worktree lies elsewhere, and its setup finds nothing there. `prefix`: of `dir` in the repository. */
export async function outsidePackages(dir: string, prefix: string): Promise<OutsidePackage[]> {
  const text = await readFile(path.join(dir, 'package.json'), 'utf8').catch(() => '{}')
  return specs(text).filter(({ spec }) => {
    const file = /^(?:file|link|portal):(?!\/\/|\/|~)(.+)$/.exec(spec)?.[1] ?? (/^\.\.?\//.test(spec) ? spec : undefined)
    return file !== undefined && path.posix.join(prefix, file).startsWith('../')
  })
}

function specs(text: string): OutsidePackage[] {
  try {
    const manifest = JSON.parse(text) as Record<string, unknown> | null
    return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((group) => Object.entries((manifest?.[group] ?? {}) as Record<string, unknown>))
      .flatMap(([name, spec]) => (typeof spec === 'string' ? [{ name, spec }] : []))
  } catch {
    return []
  }
}

export const tellOutside = (found: readonly OutsidePackage[]): string =>
  `package.json takes ${found.map(({ name, spec }) => `${name} from ${spec}`).join(', ')}, outside of the repository: a worktree finds nothing there, and its setup fails`

/** Autopack itself need not stand in package.json: what a config imports as `autopack` is the one that runs. */
export function mendOutside(found: readonly OutsidePackage[]): string {
  const own = found.find(({ name }) => name === 'autopack')
  const others = found.filter((one) => one !== own).map(({ name }) => name)
  const steps = own ? [`npm uninstall autopack && npm install --no-save ${own.spec.replace(/^file:/, '')}`] : []
  if (others.length > 0) steps.push(`name ${others.join(', ')} by a registry, a git URL or an absolute path, or move what they name into the repository`)
  return `${steps.join('; ')}, and commit package.json with its lock file`
}
