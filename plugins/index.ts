import type { PluginInstance } from '../core/index.ts'
import { fingerprintBuckets } from './fingerprint-buckets/index.ts'
import { optionalDependencies } from './optional-dependencies/index.ts'
import { researchReview } from './research-review/index.ts'
import { scopeStubs } from './scope-stubs/index.ts'

export { fingerprintBuckets } from './fingerprint-buckets/index.ts'
export { optionalDependencies } from './optional-dependencies/index.ts'
export {
  ResearchReviewWorkflow, ReviewCriteria, ReviewDecision, ReviewResult, researchReview,
  type NewReview, type Research, type ResearchItem, type ReviewDecisionRecord, type ReviewStatus, type WorkflowOptions,
} from './research-review/index.ts'
export { scopeStubs } from './scope-stubs/index.ts'

/** On in every project, in this order; `without(name)` in `plugins` removes one. */
export const defaultPlugins: readonly PluginInstance[] = [scopeStubs(), optionalDependencies(), researchReview(), fingerprintBuckets()]
