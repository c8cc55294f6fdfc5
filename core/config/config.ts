import type { SourceLocation } from '../errors.ts'
import type { Builder } from '../model/builder.ts'
import type { Command } from '../model/command.ts'
import type { DrainRules } from '../model/drain.ts'
import type { LearningRules } from '../model/learning.ts'
import type { CheckSpec } from '../model/plan.ts'
import type { Prices } from '../model/prices.ts'
import type { ContextRules } from '../model/prompt.ts'
import type { ClassifierInstance, PluginInstance } from '../model/plugin.ts'
import type { NotifyTarget } from './notify.ts'

/** A config after search, presets, environment and defaults. Paths are absolute and real. */
export interface ResolvedConfig {
  kind: 'autopack-config'
  /** The file it came from. */
  configPath: string
  /** Its folder: what relative paths in it are relative to. */
  configDir: string
  project: string
  /** The project root. */
  root: string
  runsDir: string
  /** `DATABASE_URL` where it is set to a form that Autopack knows; undefined: `{runsDir}/autopack.db`. */
  databaseUrl: string | undefined
  presets: readonly string[]
  /** In order, defaults first, `without` applied. */
  plugins: readonly PluginInstance[]
  /** Where a plugin stands in the config, by its name; of one that a preset brought, where the preset stands. Undefined: it is on by default, or not there. */
  placeOfPlugin(name: string): SourceLocation | undefined
  /** Where a value of one of the checks stands. */
  placeOfCheck(name: string, key: string): SourceLocation | undefined
  classifiers: readonly ClassifierInstance[]
  /** Globs relative to `configDir`. */
  plans: readonly string[]
  builder: Builder | undefined
  /** By name, for `phase.builder`. */
  builders: Readonly<Record<string, Builder>>
  /** By model; before the built-in ones. */
  prices: Prices
  checks: readonly CheckSpec[]
  preflight: readonly Command[]
  workspace: {
    dir: string | undefined
    setup: readonly Command[]
    cache: readonly string[]
    key: readonly string[]
    /** Undefined: worktrees hold everything. */
    sparse: { also: readonly string[] } | undefined
    /** Bytes. Undefined: the default, which depends on the size of the disk. */
    minFreeDisk: number | undefined
  }
  protect: readonly string[]
  env: { pass: readonly string[]; set: Readonly<Record<string, string>> }
  notify: readonly NotifyTarget[]
  keepAwake: boolean
  learning: LearningRules
  context: ContextRules
  /** `template` of prompts; undefined: the built-in one. */
  prompt: { template: string | undefined }
  /** Where the config says so. */
  placeOfTemplate(): SourceLocation | undefined
  drain: DrainRules
  /** Where each value came from, by dotted path (`drain.phaseTimeoutSeconds`, `checks[0].run`). */
  originOf(name: string): string | undefined
}
