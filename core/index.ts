/**
 * The public API of Autopack: what configs, presets and plugins import as 'autopack'.
 * A config file imports this on every command, so nothing heavy is loaded here: types cost nothing, and the rest is small.
 */
export { defineClassifier, defineConfig, definePlugin, definePreset, without } from './config/define.ts'
export { UserError } from './errors/user-error.ts'

export type { CauseFields, ClassifierDefinition, ClassifierFields, MatchAnswer } from './config/classifier.ts'
export type { PluginDefinition, PresetDefinition } from './config/define.ts'
export type { CheckInput, ConfigInput, PresetInstance } from './config/input.ts'
export type { SourceLocation, UserErrorOptions } from './errors/user-error.ts'
// With a star, so that `declare module 'autopack' { interface Provided { … } }` extends these interfaces.
export type * from './model/names.ts'
export type * from './model/plugin.ts'
export type { BucketDecision, BucketReport, BucketSummary, PluginBuckets, RunBucket } from './model/bucket-report.ts'
export type { AvailabilityContext, Builder, BuildProgress, BuildRequest, BuildResult } from './model/builder.ts'
export type { CheckFormat, CheckFormatInput, CheckFormatResult } from './model/check-format.ts'
export type { CheckDelta, CheckReport, CheckResult, CollectionError, Severity, TestCase, TestStatus } from './model/check.ts'
export type { Command } from './model/command.ts'
export type { DrainReport } from './model/drain-report.ts'
export type { DrainRules, DrainRulesInput, StopReason } from './model/drain.ts'
export type { AutopackEvent } from './model/events.ts'
export type { Action, Blame, BuiltInClass, Cause, Classification, ClassificationResult, Confidence, Failure, Problem, SkippedFile } from './model/failure.ts'
export type { Notification } from './model/notification.ts'
export type { PhaseState, RunState, Stage } from './model/phase.ts'
export type { CheckSpec, PhaseSpec, Plan, PlanInput } from './model/plan.ts'
export type { ModelPrice, Prices } from './model/prices.ts'
export type { ProcessCommand, ProcessRequest, ProcessResult, ProcessRunner } from './model/process.ts'
export type { Receipt } from './model/receipt.ts'
export type { PhaseReview, PhaseReviews, ReviewDecisionRequest, ReviewOutcome, ReviewPlace } from './model/review.ts'
export type { Usage } from './model/usage.ts'
