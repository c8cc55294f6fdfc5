import type { Cause } from '../model/failure.ts'
import type { FailureContext } from './context.ts'
import type { Found } from './extractor.ts'
import { parametrise, relativise } from './parametrise.ts'

/** A find with its tool and the text of its evidence. */
export type CauseParts = Omit<Found, 'at' | 'span' | 'evidence' | 'role' | 'tool'> & { tool: string; evidence: readonly string[] }

const longestTitle = 200
const longestKey = 2_000

/** Makes a cause: the template is the parametrised key, the title keeps its numbers, paths are relative to the project. */
export function makeCause(parts: CauseParts, context: FailureContext): Cause {
  const { file, line, module, symbol, test, code } = parts
  const title = relativise(parts.title.slice(0, longestKey), context).replace(/\s+/g, ' ').trim()
  const plain = (path: string) => relativise(path, context).replace(/^\.\//, '')
  const key = parts.key.map((part) => (part !== undefined && part === file ? plain(part) : part))
  return {
    tool: parts.tool,
    class: parts.class,
    title: title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}…` : title,
    template: key.filter((part) => part !== undefined && part !== '').map((part) => parametrise(part!.slice(0, longestKey), context)).join(' | '),
    evidence: parts.evidence.slice(0, 10),
    ...(file !== undefined && { file: plain(file) }),
    ...(line !== undefined && { line }),
    ...(module !== undefined && { module: relativise(module, context) }),
    ...(symbol !== undefined && { symbol }),
    ...(test !== undefined && { test: relativise(test, context) }),
    ...(code !== undefined && { code }),
    confidence: parts.confidence ?? 'high',
  }
}
