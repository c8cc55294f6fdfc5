export { defaultPlugins } from './defaults.ts'
export { fingerprintBuckets } from './fingerprint-buckets/index.ts'
export { optionalDependencies } from './optional-dependencies/index.ts'
export {
  ResearchReviewWorkflow, ReviewCriteria, ReviewDecision, ReviewResult, researchReview,
  type NewReview, type Research, type ResearchItem, type ReviewDecisionRecord, type ReviewStatus, type WorkflowOptions,
} from './research-review/index.ts'
export { scopeStubs } from './scope-stubs/index.ts'
