import type { StubKind } from '../../core/index.ts'

/** The last part of a path. */
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

/** The least that npm takes for a lock file: `npm install` fills in the rest from the package.json beside it. */
const packageLock: StubKind = {
  name: 'package-lock.json',
  matches: (path) => nameOf(path) === 'package-lock.json',
  content: () => `${JSON.stringify({ name: '', lockfileVersion: 3, requires: true, packages: {} }, undefined, 2)}\n`,
}

/** An empty file makes a folder a Python package. */
const pythonPackage: StubKind = { name: '__init__.py', matches: (path) => nameOf(path) === '__init__.py', content: () => '' }

/** Files that a tool rewrites or reads as a mark, and that may be there before they have a meaning. Never a source file: a stub of one would hide that it is missing. */
export const scopeStubKinds: readonly StubKind[] = [packageLock, pythonPackage]
