import type { Cause, Confidence } from '../model/failure.ts'
import type { FailureContext } from './context.ts'
import { parametrise, relativise } from './parametrise.ts'

export interface CauseParts {
  tool: string
  class: string
  title: string
  /** What names the cause, in the order in which it is hashed; parts that are undefined are left out. */
  key: readonly (string | undefined)[]
  evidence: readonly string[]
  file?: string | undefined
  line?: number | undefined
  module?: string | undefined
  symbol?: string | undefined
  test?: string | undefined
  code?: string | undefined
  confidence?: Confidence
}

const longestTitle = 200

/** Makes a cause: the template is the parametrised key, the title keeps its numbers, paths are relative to the project. */
export function makeCause(parts: CauseParts, context: FailureContext): Cause {
  const { file, line, module, symbol, test, code } = parts
  const title = relativise(parts.title, context).replace(/\s+/g, ' ').trim()
  return {
    tool: parts.tool,
    class: parts.class,
    title: title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}…` : title,
    template: parts.key.filter((part) => part !== undefined && part !== '').map((part) => parametrise(part!, context)).join(' | '),
    evidence: parts.evidence.slice(0, 10),
    ...(file !== undefined && { file: relativise(file, context) }),
    ...(line !== undefined && { line }),
    ...(module !== undefined && { module: relativise(module, context) }),
    ...(symbol !== undefined && { symbol }),
    ...(test !== undefined && { test: relativise(test, context) }),
    ...(code !== undefined && { code }),
    confidence: parts.confidence ?? 'high',
  }
}
