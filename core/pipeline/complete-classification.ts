import { classifyBuiltIn, fingerprintOf, parametrise, type FailureContext } from '../failure/index.ts'
import type { Classification, ClassificationResult, Failure } from '../model/failure.ts'

/**
 * A classifier's answer as a whole classification: what it leaves open (fingerprint, title, blame, action) the built-in answer fills in;
 * a class of the classifier's own is fingerprinted under that class. `cause` and `template` of the answer say what is hashed.
 */
export function completeClassification(failure: Failure, answer: ClassificationResult, by: string, context: FailureContext): Classification {
  // Of a cause that the answer names, the others are not asked for.
  const cause = answer.cause
  const builtIn = classifyBuiltIn(failure, context, answer.class)
  const template = answer.template === undefined ? cause?.template : parametrise(answer.template, context)
  return {
    ...builtIn,
    ...(cause && { title: cause.title || builtIn.title, evidence: cause.evidence }),
    ...(template !== undefined && { template, fingerprint: fingerprintOf({ class: answer.class, tool: answer.template === undefined ? cause!.tool : 'classifier', template }) }),
    class: answer.class,
    classifier: by,
    ...(answer.title !== undefined && { title: answer.title }),
    ...(answer.fingerprint !== undefined && { fingerprint: answer.fingerprint }),
    // Somebody who writes a classifier knows the failure: what the built-in extractors made of it does not lower that.
    confidence: answer.confidence ?? 'high',
    ...(answer.evidence !== undefined && { evidence: answer.evidence }),
    ...(answer.blame !== undefined && { blame: answer.blame }),
    ...(answer.action !== undefined && { action: answer.action }),
  }
}
