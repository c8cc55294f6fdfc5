import { existsSync } from 'node:fs'
import path from 'node:path'
import type { PathAnswer, PathRequest } from '../../core/index.ts'

/** What a lock file locks lies beside it. */
const manifests: Readonly<Record<string, string>> = {
  'package-lock.json': 'package.json', 'npm-shrinkwrap.json': 'package.json', 'yarn.lock': 'package.json', 'pnpm-lock.yaml': 'package.json', 'bun.lock': 'package.json',
  'Cargo.lock': 'Cargo.toml', 'composer.lock': 'composer.json', 'Gemfile.lock': 'Gemfile', 'go.sum': 'go.mod', 'Pipfile.lock': 'Pipfile', 'poetry.lock': 'pyproject.toml', 'uv.lock': 'pyproject.toml',
}

/**
 * Of a lock file that is not there yet, and whose path can be read from the repository's root and from the project's: the reading that has the manifest.
 * The rules of Autopack compare only what exists, so of a file that is to be made they know no better than its first folder's name.
 */
export function besideManifest({ raw, projectRoot, repositoryRoot }: PathRequest): PathAnswer | undefined {
  const name = path.posix.basename(raw)
  const manifest = Object.hasOwn(manifests, name) ? manifests[name] : undefined
  const root = path.relative(repositoryRoot, projectRoot).split(path.sep).join('/')
  if (manifest === undefined || root === '' || /^(?:\.{1,2}\/|\/)/.test(raw) || path.posix.normalize(raw) !== raw) return undefined
  const there = (relative: string) => existsSync(path.join(repositoryRoot, relative))
  const readings = [raw, `${root}/${raw}`]
  // A tool that puts the root before paths that have it already: where there is no such folder, it is named once too often.
  if (namesRootTwice(raw, root) && !there(`${root}/${root}`)) readings.push(raw.slice(root.length + 1))
  if (readings.some(there)) return undefined
  const [found, ...others] = readings.filter((one) => there(path.posix.join(path.posix.dirname(one), manifest)))
  return found === undefined || others.length > 0 ? undefined : { relative: found }
}

/** `shop/shop/a.ts` in a project whose root is `shop`. */
export const namesRootTwice = (relative: string, root: string) => root !== '' && relative.startsWith(`${root}/${root}/`)
