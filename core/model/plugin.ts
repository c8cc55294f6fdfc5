import type { z } from 'zod'
import type { Builder } from './builder.ts'
import type { CheckFormat } from './check-format.ts'
import type { ClassificationResult, Failure, Problem, SkippedFile } from './failure.ts'
import type { DrainReport } from './drain-report.ts'
import type { AutopackEvent } from './events.ts'
import type { StubKindName } from './names.ts'
import type { PhaseSpec } from './plan.ts'
import type { ProcessRunner } from './process.ts'
import type { PluginBuckets } from './bucket-report.ts'
import type { PhaseReviews } from './review.ts'

/** What a path in a plan is for. */
export type PathPurpose = 'scope' | 'stub' | 'deliverable' | 'context'
export interface PathRequest {
  /** As written in the plan. */
  raw: string
  purpose: PathPurpose
  /** Absolute project root in the worktree. */
  projectRoot: string
  /** Absolute root of the worktree. */
  repositoryRoot: string
}
/** Relative to the repository, `/` separated. */
export interface PathAnswer { relative: string }

/** A check as a phase runs it. */
export interface PhaseCheck {
  name: string
  /** As configured, with its placeholders; a shell line as `['sh', '-c', line]`. */
  argv: readonly string[]
  /** Working directory relative to the project root, `/` separated; default: the project root. */
  cwd?: string
  /** The whole environment that the check gets; left out where no phase runs (`autopack classify`). */
  env?: Readonly<Record<string, string>>
}

interface PhaseIdentity { run: string; phase: Readonly<PhaseSpec>; attempt: number; attemptId: string }

export interface StubRequest {
  /** As written in a plan, or relative; goes through the one resolver. */
  path: string
  /** Name of a stub kind; default: the first whose `matches` says yes. */
  kind?: StubKindName
  /** In the place of the kind's content. */
  content?: string
}

export interface BeforePhaseEvent extends PhaseIdentity {
  projectRoot: string
  repositoryRoot: string
  /** The write scope and the read-only scope, resolved, relative to the repository. */
  scope: { write: readonly string[]; readOnly: readonly string[] }
  /** Deliverables, resolved, relative to the repository. */
  deliverables: readonly string[]
  checks: readonly PhaseCheck[]
  /** The one resolver. */
  resolve(raw: string, purpose?: PathPurpose): Promise<PathAnswer>
  /** Whether a file or folder is there on the base, by its path relative to the repository. */
  exists(relative: string): boolean
  /** The stub kind that a file gets, by its path relative to the repository: the first that matches, those that need not be asked for before those that do. */
  stubKind(relative: string): { name: string; onlyWhenAsked: boolean } | undefined
  /** Declares a stub: written by the core after the baseline and before the build. */
  stub(request: StubRequest): void
  /** One line for the prompt. */
  hint(text: string): void
  /** A block for the prompt. */
  context(block: { title: string; text: string; path?: string }): void
  /** Arguments for a check on base and head alike, with what they leave out. */
  checkArguments(request: { check: string; args: string[]; skipped: SkippedFile[] }): void
  /** Ends the phase as SKIPPED. */
  skip(reason: string): void
  /** Leaves the phase QUEUED until it is requeued. */
  hold(reason: string): void
}

export interface DeliverableStatus {
  raw: string
  relative: string
  /** Where the plan has its deliverables in groups. */
  category?: string
  /** On disk in the worktree after the build, stubs included. */
  present: boolean
  /** Present, and not an untouched stub, and valid for its kind. */
  satisfied: boolean
  /** Was there on the base. */
  existedBefore: boolean
  /** Differs from the base. */
  touched: boolean
  stub: 'none' | 'touched' | 'untouched'
}

export interface DeliverablesEvent extends PhaseIdentity {
  projectRoot: string
  repositoryRoot: string
  deliverables: readonly DeliverableStatus[]
  /** Found so far by the core and earlier taps. */
  problems: readonly Problem[]
  /** How many files of scope and deliverables are there: `(+N existing files in workspace)`. */
  existing: number
  problem(problem: Problem): void
  /** Takes the problems of this path (as in the report) back. */
  accept(path: string): void
  /** Ends the phase in REVIEW when its checks are green. */
  review(request: { reason: string; data?: unknown }): void
}

export interface ClassifyEvent extends PhaseIdentity {
  failure: Readonly<Failure>
  projectRoot: string
  repositoryRoot: string
  /** The checks of this phase. */
  checks: readonly PhaseCheck[]
}

export interface AfterDrainEvent {
  report: Readonly<DrainReport>
  /** Adds a section to the report. */
  section(section: { title: string; lines: string[] }): void
}

/** The five hooks by name: what a tap receives and may return. Extend by declaration merging to add hooks of your own types. */
export interface HookTypes {
  resolvePath: { payload: PathRequest; result: PathAnswer | undefined }
  beforePhase: { payload: BeforePhaseEvent; result: void }
  validateDeliverables: { payload: DeliverablesEvent; result: void }
  classifyFailure: { payload: ClassifyEvent; result: ClassificationResult | undefined }
  afterDrain: { payload: AfterDrainEvent; result: void }
}
export type HookName = keyof HookTypes

export interface TapOptions {
  /** Where among the other taps, as tapable has it: lower first. Default 0. */
  stage?: number
  /** Names of plugins whose taps of this hook come later. */
  before?: string | string[]
  /** Time limit of one call in milliseconds. */
  timeoutMs?: number
  /** What the tap does before its first `await` takes next to no time: it is called without the thread that could cut it off there. Not for classifiers. */
  brief?: boolean
  /** The tap writes nothing into the worktree by itself: with only such taps before the build, nobody has to look for what they left. Commands of `api.exec` are known anyway. */
  readOnly?: boolean
}
/** What a tap gets beside the event. */
export interface TapContext {
  /** Aborted when the time of the tap is over, or the run is stopped. */
  signal: AbortSignal
  /** Says why the tap passes on, for `autopack classify` to show: `return because('the port is free')`. */
  because(reason: string): undefined
}
export interface Hook<Name extends HookName> {
  /** A synchronous or asynchronous function. Errors carry the plugin's and the hook's name. */
  tap(handler: (event: HookTypes[Name]['payload'], context: TapContext) => HookTypes[Name]['result'] | Promise<HookTypes[Name]['result']>, options?: TapOptions): void
}

/** Files that may be there as stubs before a builder fills them. Paths are relative to the repository. */
export interface StubKind {
  name: string
  matches(path: string): boolean
  content(path: string): string
  /** `scopeStubs` makes none of this kind by itself, or none at these paths: an empty file would say something there, as that of a source file does. Default false. */
  onlyWhenAsked?: boolean | ((path: string) => boolean)
  /** The content can be all that is wanted, as an empty `__init__.py` is: then saving the file again is touching it. Default false: only other content is. */
  finished?: boolean
}
export interface Reporter {
  name: string
  event(event: AutopackEvent): void
  close?(): void | Promise<void>
}
/** A subcommand of the CLI: `autopack <name>`. Returns the exit code; `print` writes a line on stdout (what `console.log` prints goes to stderr); a UserError that it throws is printed. `signal` is aborted by Ctrl-C. */
export interface PluginCommand {
  name: string
  summary: string
  usage?: string
  run(context: { args: readonly string[]; json: boolean; print(line: string): void; signal: AbortSignal; api: PluginApi }): Promise<number>
}
/** What plugins may provide, by kind. Extend by declaration merging. */
export interface Provided {
  builders: Record<string, (options?: never) => Builder> | Record<string, Builder>
  checkFormats: CheckFormat[]
  reporters: Reporter[]
  stubKinds: StubKind[]
  commands: PluginCommand[]
}

/** Where a plugin may write. All paths are absolute; asking for one creates nothing. */
export interface PluginLayout {
  readonly runsDir: string
  /** What belongs to the project. */
  readonly projectDir: string
  /** The project's BUILD_HISTORY.md: what was decided, for people. Append to it. */
  readonly buildHistory: string
  /** A folder of the plugin's own, for what it remembers between drains. */
  pluginDir(plugin: string): string
}

export interface PluginApi {
  hooks: { [Name in HookName]: Hook<Name> }
  /** The resolved config, read only. */
  config: Readonly<{ project: string; root: string; configDir: string; runsDir: string; kind: 'autopack-config' }>
  /** Paths under the runs dir. */
  layout: PluginLayout
  exec: ProcessRunner
  log: { info(message: string): void; warn(message: string): void }
  phases: PhaseReviews
  /** What failed with the same fingerprint, and what that parks. */
  buckets: PluginBuckets
  /** Takes secrets out of a text that is about to be written. */
  redact(text: string): string
  provide(provided: Partial<Provided>): void
}

/** A plugin with its options bound: what stands in `plugins` of a config. */
export interface PluginInstance {
  type: 'plugin'
  name: string
  apiVersion: number
  /** The raw options and the schema that checks them at load. */
  options?: unknown
  schema?: z.ZodType
  apply(api: PluginApi, options: unknown): void | Promise<void>
}
/** Removes a default or preset plugin by name: `without('scopeStubs')`. */
export interface WithoutPlugin { type: 'without'; name: string }

export interface ClassifierInstance {
  type: 'classifier'
  name: string
  /** What `defineClassifier` was given, checked when the config is loaded. */
  definition?: unknown
  /** `because` may be told why it passes on. */
  classify(event: ClassifyEvent, because?: (reason: string) => void): ClassificationResult | undefined | Promise<ClassificationResult | undefined>
}
