import type { z } from 'zod'
import type { AgentName } from '../model/agent-names.ts'
import type { Builder } from '../model/builder.ts'
import type { Command } from '../model/command.ts'
import type { DrainRulesInput } from '../model/drain.ts'
import type { PlanInput } from '../model/plan.ts'
import type { ClassifierInstance, PluginInstance, WithoutPlugin } from '../model/plugin.ts'
import type { Prices } from '../model/prices.ts'
import type { NotifyTarget } from './notify.ts'

/** A check as written in a config. */
export type CheckInput = NonNullable<PlanInput['phases'][number]['checks']>[number]

/** A preset with its options bound: what stands in `presets` of a config. */
export interface PresetInstance {
  readonly type: 'preset'
  readonly name: string
  /** What it says with its options; nothing where they are wrong, which is told when the config is loaded. */
  readonly config: ConfigInput
  /** The options as they were given, and what checks them: null where the preset takes none. Left out: the preset checks them itself. */
  readonly options?: unknown
  readonly schema?: z.ZodType | null
}

/** What a config file, or a preset, says. Every key is optional; docs/configuration.md lists the defaults. */
export interface ConfigInput {
  /** Id of the project. Default: the name in the package.json beside the config, else the folder's name. */
  project?: string | undefined
  /** The project root, relative to the config's folder. Default `.`. */
  root?: string | undefined
  /** Where everything is kept, relative to the folder of the config; AUTONOMOUS_RUNS_DIR wins. */
  runsDir?: string | undefined
  /** Applied in order, before the config's own values. */
  presets?: PresetInstance[] | undefined
  /** Appended to the plugins that are on by default; `without('name')` removes one. */
  plugins?: (PluginInstance | WithoutPlugin)[] | undefined
  /** Asked in order about every failure, before the built-in classes. */
  classifiers?: ClassifierInstance[] | undefined
  /** Globs of plan files, relative to the config's folder. */
  plans?: string[] | undefined
  /** Builds every phase that does not name another: a builder, the name of an agent, or `auto` for the first one that is installed. */
  builder?: Builder | AgentName | 'auto' | undefined
  /** Further builders by name, for `builder` of a phase. */
  builders?: Record<string, Builder> | undefined
  /** US dollars for a million tokens, by model, where a builder tells no cost. */
  prices?: Prices | undefined
  /** Checks of the project, judged by their delta against the baseline. */
  checks?: CheckInput[] | undefined
  /** Commands that must succeed before the first token is spent. */
  preflight?: Command[] | undefined
  /** How a worktree is made ready. */
  workspace?:
    | {
        /** Folder of the worktrees, relative to the config's folder. */
        dir?: string | undefined
        /** Commands that install what the project needs; run once per key. */
        setup?: Command[] | undefined
        /** Folders that `setup` makes and that are copied into worktrees, relative to the project root. */
        cache?: string[] | undefined
        /** Files whose contents make the key of the cache, relative to the project root. */
        key?: string[] | undefined
        /** Whether a phase's worktree holds a part of the repository: what its scope and deliverables name, and what `also` does. */
        sparse?: boolean | { also?: string[] | undefined } | undefined
        /** With less free on the disk no phase is begun: `'2GB'`, or a number of bytes; 0 for no floor. */
        minFreeDisk?: string | number | undefined
      }
    | undefined
  /** Globs that no builder may change, relative to the config's folder. */
  protect?: string[] | undefined
  /** Environment of builders and checks, beside the allow-listed variables. */
  env?:
    | {
        /** Names or globs of variables that are passed on. */
        pass?: string[] | undefined
        /** Variables that are set. */
        set?: Record<string, string> | undefined
      }
    | undefined
  /** Whom to tell when a drain ended, and when a systemic bucket opened: commands and webhooks. */
  notify?: NotifyTarget[] | undefined
  /** Whether the machine is kept from sleeping while a drain works. Default true. */
  keepAwake?: boolean | undefined
  /** What is learned of phases that failed and then passed; `false` switches it off. */
  learning?: boolean | { inPrompt?: number | undefined; promoteAfter?: number | undefined } | undefined
  /** How much a prompt holds, in estimated tokens. */
  context?: { maxTokens?: number | undefined; fileTokens?: number | undefined } | undefined
  /** How a prompt is worded: a Markdown file in the place of the built-in template. */
  prompt?: { template?: string | undefined } | undefined
  /** Rules of a drain; a flag of the same name in kebab case wins. */
  drain?: DrainRulesInput | undefined
}
