import type { TestCase } from '../model/check.ts'

/** Names that say nothing about what a file is for. */
const commonNames = new Set([
  'index', 'main', 'mod', 'lib', 'init', '__init__', 'test', 'tests', 'conftest', 'package', 'package-lock', 'readme', 'config', 'utils', 'types',
])
/** Folders that every file of some kind lies in: sharing one means nothing. */
const commonFolders = new Set([
  'src', 'lib', 'test', 'tests', 'spec', 'specs', '__tests__', 'main', 'java', 'kotlin', 'python', 'app', 'core', 'packages',
])

/**
 * Whether a change of these files can be expected to break the test: its own file changed, a changed file's name occurs in the test's
 * id, file or message, or both lie in one folder of the code. A guess that decides only whether the base is worth another execution: a test
 * that then fails there too is flaky, one that passes stays new.
 */
export function isWithinReach(test: Pick<TestCase, 'id' | 'file' | 'message'>, changed: readonly string[]): boolean {
  const text = `${test.id}\n${test.file ?? ''}\n${test.message ?? ''}`.toLowerCase()
  const folders = meaningfulFolders(test.file ?? '')
  return changed.some((path) => {
    if (path === test.file) return true
    const stem = (path.split('/').at(-1) ?? '').split('.')[0]!.toLowerCase()
    if (stem.length >= 3 && !commonNames.has(stem) && text.includes(stem)) return true
    return meaningfulFolders(path).some((folder) => folders.includes(folder))
  })
}

function meaningfulFolders(path: string): string[] {
  return path.split('/').slice(0, -1).filter((folder) => folder !== '' && !commonFolders.has(folder.toLowerCase()))
}
