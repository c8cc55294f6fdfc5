import type { Extractor } from '../extractor.ts'
import { node } from './node.ts'
import { nodeTest } from './node-test.ts'
import { pytest } from './pytest.ts'
import { python } from './python.ts'
import { shell } from './shell.ts'

/**
 * Specific before general: what one has read (its span) is an echo for those after it. So test runners come before the runtimes
 * whose stacks they print, and what only starts programs (package managers, make, shells) comes last.
 */
export const builtInExtractors: readonly Extractor[] = [
  // Test runners.
  pytest, nodeTest,
  // Compilers, bundlers, linters.
  // Runtimes.
  python, node,
  // Services and tools on the command line.
  // What starts other programs.
  shell,
]
