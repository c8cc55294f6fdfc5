import type { StubKind } from '../../core/index.ts'

/** The last part of a path. */
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
const named = (name: string) => (path: string) => nameOf(path) === name
const ending = (pattern: RegExp) => (path: string) => pattern.test(path)

/** What tools look for by its name and act by: there an empty file would be a configuration. */
const readByName = [
  // Dot files, and what lies in the folders of services and editors.
  /(?:^|\/)\./,
  /(?:^|\/)(?:angular|biome|bower|composer|deno|firebase|jsconfig|lerna|nest-cli|npm-shrinkwrap|nx|package|renovate|tsconfig(?:[.-][\w.-]+)?|turbo|vercel)\.json$/i,
  /(?:^|\/)(?:azure-pipelines|chart|codecov|(?:docker-)?compose(?:\.[\w-]+)?|kustomization|lefthook|mkdocs|pnpm-workspace|pubspec|serverless|taskfile)\.ya?ml$/i,
  /\.(?:config|lock)\.(?:json|ya?ml)$/i,
]
const isReadByName = (path: string) => readByName.some((pattern) => pattern.test(path))

/**
 * By name. First the files that a tool fills or reads as a mark, and those that may be there before they have a meaning; then sources, of which an
 * empty one would say something that is not so, and which are made only when asked for. In force are those that a plan names and the base lacks.
 */
const kinds = {
  /** The least that both `npm ci` and `npm install` take; npm 7 to 11 write version 3 or keep it. */
  'package-lock.json': {
    matches: named('package-lock.json'),
    content: () => `${JSON.stringify({ name: '', lockfileVersion: 3, requires: true, packages: {} }, undefined, 2)}\n`,
  },
  /** Yarn of every version takes an empty file; the head of version 1 would have later versions write a .yarnrc.yml beside it. */
  'yarn.lock': { matches: named('yarn.lock'), content: () => '' },
  /** pnpm 9 and later refuse an empty file, and take this one. */
  'pnpm-lock.yaml': { matches: named('pnpm-lock.yaml'), content: () => "lockfileVersion: '9.0'\n" },
  /** An empty file makes a folder a Python package. */
  '__init__.py': { matches: named('__init__.py'), content: () => '', finished: true },
  json: { matches: ending(/\.json$/i), content: () => '{}\n', onlyWhenAsked: isReadByName },
  /** An empty mapping: what reads a configuration expects one, and an empty file is null. */
  yaml: { matches: ending(/\.ya?ml$/i), content: () => '{}\n', onlyWhenAsked: isReadByName },
  /** Nothing: a builder that writes a title alone would else leave the stub as it was. */
  markdown: { matches: ending(/\.(?:md|mdx|markdown)$/i), content: () => '' },
  /** A module, and not a script whose names are everybody's. */
  typescript: { matches: ending(/\.[cm]?tsx?$/i), content: () => 'export {}\n', onlyWhenAsked: true },
} satisfies Record<string, Omit<StubKind, 'name'>>

export const scopeStubKinds: readonly StubKind[] = Object.entries(kinds).map(([name, kind]) => ({ name, ...kind }))
