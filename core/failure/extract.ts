import type { Cause } from '../model/failure.ts'
import { clean } from './clean.ts'
import type { FailureContext } from './context.ts'
import { generic } from './extractors/generic.ts'
import { nodeTest } from './extractors/node-test.ts'
import { node } from './extractors/node.ts'
import { pytest } from './extractors/pytest.ts'
import { python } from './extractors/python.ts'
import { shell } from './extractors/shell.ts'
import { fingerprintOf } from './fingerprint.ts'

/** Reads the causes that one tool family prints. `text` is cleaned. Must be linear in the text and must not throw. */
export interface Extractor {
  readonly tool: string
  /** Cheap: whether the text has anything for this extractor. */
  recognise(text: string): boolean
  /** In the order of the text. */
  extract(text: string, context: FailureContext): Cause[]
}

/** Innermost tools first: of two that name one error, the first is kept before the other by the ranking's stable order. */
export const builtInExtractors: readonly Extractor[] = [python, pytest, node, nodeTest, shell]

/** What keeps a program from running at all explains the tests that fail after it. */
const rootFirst: readonly string[] = [
  'missing_dependency', 'import_crash', 'syntax_error', 'collection_error', 'config_error', 'permission_denied', 'network', 'crash', 'test_failed',
]
const confidenceOrder: readonly string[] = ['high', 'medium', 'low']

/** Layer 2, with the layers around it: the causes in an output, root cause first, each once. Empty where the output says nothing. */
export function causesOf(output: string, context: FailureContext = {}, extractors: readonly Extractor[] = builtInExtractors): Cause[] {
  const text = clean(output)
  if (text.trim() === '') return []
  const found = extractors.filter((extractor) => extractor.recognise(text)).flatMap((extractor) => extractor.extract(text, context))
  const causes = found.length > 0 ? found : generic.extract(text, context)
  const unique = new Map<string, Cause>()
  for (const cause of causes.toSorted(byRank)) {
    const fingerprint = fingerprintOf(cause)
    if (!unique.has(fingerprint)) unique.set(fingerprint, cause)
  }
  return [...unique.values()]
}

function byRank(left: Cause, right: Cause): number {
  return confidenceOrder.indexOf(left.confidence) - confidenceOrder.indexOf(right.confidence) || rank(left.class) - rank(right.class)
}

function rank(failureClass: string): number {
  const index = rootFirst.indexOf(failureClass)
  return index === -1 ? rootFirst.length : index
}
