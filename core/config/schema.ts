import { z } from 'zod'
import { builderNames, type AgentName, type autoName } from '../model/agent-names.ts'
import type { Builder } from '../model/builder.ts'
import { commandSchema } from '../model/command.ts'
import { drainRulesSchema } from '../model/drain-schema.ts'
import { actionSchema, blameSchema, failureSchema } from '../model/failure.ts'
import { projectIdSchema } from '../model/identifier-schema.ts'
import { learningDefaults } from '../model/learning.ts'
import { checkSpecSchema } from '../model/plan.ts'
import { sizeSchema } from '../model/size-schema.ts'
import { contextDefaults, leastPromptTokens } from '../model/prompt.ts'
import { modelPriceSchema } from '../model/prices.ts'
import type { ClassifierInstance, PluginInstance, WithoutPlugin } from '../model/plugin.ts'
import { defaultPlans } from './code-globs.ts'
import type { PresetInstance } from './input.ts'
import { notifyTargetSchema } from './notify.ts'

/** What `z.toJSONSchema` and docs/configuration.md say of values that only a TypeScript or JavaScript config can hold. */
const code = (description: string, tsType: string) => ({ description, tsType })
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const called = (what: string, example: string) => (issue: { input?: unknown }) =>
  typeof issue.input === 'function' ? `this is a function and not ${what}: call it, as in ${example}` : `expected ${what}, as in ${example} of a TypeScript or JavaScript config`

const builderSchema = z.custom<Builder>((value) => isObject(value) && typeof value['name'] === 'string' && typeof value['build'] === 'function', {
  error: called('a builder', "command({ run: ['node', 'build.mjs'] })"),
})
const builderOrNameSchema = z.custom<Builder | AgentName | typeof autoName>((value) => builderNames.includes(value as string) || builderSchema.safeParse(value).success, {
  error: (issue) => (typeof issue.input === 'string' ? `no builder has the name ${JSON.stringify(issue.input)}: there are ${builderNames.join(', ')}; others are made by functions, such as command({ run: [...] }) of a TypeScript or JavaScript config`
    : called('a builder', "claude() or command({ run: ['node', 'build.mjs'] })")(issue)),
})
const presetSchema = z.custom<PresetInstance>((value) => isObject(value) && value['type'] === 'preset' && typeof value['name'] === 'string', {
  error: called('a preset', 'strictTriage()'),
})
const pluginSchema = z.custom<PluginInstance | WithoutPlugin>(
  (value) => isObject(value) && typeof value['name'] === 'string' && value['name'] !== '' && (value['type'] === 'without' || (value['type'] === 'plugin' && typeof value['apply'] === 'function')),
  { error: called('a plugin', "optionalDependencies() or without('scopeStubs')") },
)
const isText = (value: unknown) => typeof value === 'string' || value instanceof RegExp
const textOrPattern = z.custom<string | RegExp>(isText, { error: 'expected text or a RegExp' }).optional()
const stageNames = failureSchema.shape.stage.options as readonly string[]
const stageOrPattern = z.custom<string | RegExp>((value) => value instanceof RegExp || stageNames.includes(value as string), { error: `expected a RegExp or one of ${stageNames.join(', ')}` })
const saysSomething = (fields: object) => Object.values(fields).some((value) => value !== undefined)
const causeFieldsSchema = z
  .strictObject({ tool: textOrPattern, class: textOrPattern, module: textOrPattern, symbol: textOrPattern, test: textOrPattern, code: textOrPattern, file: textOrPattern })
  .refine(saysSomething, { error: 'expected at least one of tool, class, module, symbol, test, code and file' })
const classifierFieldsSchema = z
  .strictObject({
    stage: stageOrPattern.optional(), class: textOrPattern, message: textOrPattern, check: textOrPattern, command: textOrPattern,
    exitCode: z.number().int().optional(), signal: z.string().min(1).optional(), output: textOrPattern, cause: causeFieldsSchema.optional(),
  })
  .refine(saysSomething, { error: 'expected at least one field, or it would match every failure' })
/** The argument of `defineClassifier`, whatever its `match` is. */
const classifierDefinitionSchema = z.strictObject({
  class: z.string().min(1),
  match: z.custom((value) => value instanceof RegExp || typeof value === 'function', { error: 'expected a RegExp, fields such as { check: "tests", output: /…/ }, or a function' }),
  title: z.string().min(1).optional(),
  template: z.string().min(1).optional(),
  blame: blameSchema.optional(),
  action: actionSchema.optional(),
  name: z.string().min(1).optional(),
})
const classifierByFieldsSchema = classifierDefinitionSchema.extend({ match: classifierFieldsSchema })

/** The schema for one definition: by the form of its `match`, so that what is wrong in its fields has a place. */
export function classifierDefinitionSchemaFor(definition: unknown): z.ZodType {
  const match = isObject(definition) ? definition['match'] : undefined
  return isObject(match) && !Array.isArray(match) && !(match instanceof RegExp) ? classifierByFieldsSchema : classifierDefinitionSchema
}
const classifierSchema = z.custom<ClassifierInstance>((value) => isObject(value) && value['type'] === 'classifier' && typeof value['classify'] === 'function', {
  error: called('a classifier', "defineClassifier({ class: 'state_lock', match: /state lock/ })"),
})

const paths = z.array(z.string().min(1))
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected the name of an environment variable: letters, digits and _' })

export const workspaceSchema = z.strictObject({
  dir: z.string().min(1).optional().meta({
    description: "Folder of the worktrees, relative to the config's folder. Default: in the runs dir when that is outside the repository, else in the user's cache folder.",
  }),
  setup: z.array(commandSchema).optional().meta({ description: 'Commands that install what the project needs. They run once per key; where they fail, not again for the same files in that drain.', default: [] }),
  cache: paths.optional().meta({ description: 'Folders that setup makes and that are copied into worktrees, relative to the project root.', default: [] }),
  key: paths.optional().meta({ description: 'Files whose contents make the key of the cache, relative to the project root.', default: [] }),
  sparse: z.union([z.boolean(), z.strictObject({ also: paths.optional() })], { error: "expected true, false, or an object such as { also: ['packages/shared/'] }" }).optional().meta({
    description: "Whether a phase's worktree holds a part of the repository: what its scope and deliverables name, with the files directly in each folder on the way there, and what `also` names: files, folders or globs, relative to the project root or to the repository. See docs/parallel-runs.md.",
    default: false,
  }),
  minFreeDisk: sizeSchema.optional().meta({ description: 'With less than this free in the runs dir or beside the worktrees no phase is begun: a size such as "2GB", or 0 for no floor. Default: 100MB, or a tenth of a file system that is smaller than 1 GB.' }),
})

export const environmentSchema = z.strictObject({
  pass: z.array(z.string().min(1)).optional().meta({ description: 'Names or globs of variables that are passed on beside the allow-listed ones, such as DATABASE_*. Presets append.', default: [] }),
  set: z.record(variableName, z.string()).optional().meta({ description: 'Variables that are set, by name.', default: {} }),
})

const learningOptionsSchema = z.strictObject({
  inPrompt: z.number().int().min(0).max(20).optional().meta({ description: 'Most hints and rules together in one prompt.', default: learningDefaults.inPrompt }),
  promoteAfter: z.number().int().min(2).optional().meta({ description: 'How many runs must have had the same hint before it is a rule of the project.', default: learningDefaults.promoteAfter }),
})
const learningSchema = z.union([z.boolean(), learningOptionsSchema], { error: 'expected true, false, or an object with inPrompt (0 to 20) and promoteAfter (2 or more)' })

const contextSchema = z.strictObject({
  maxTokens: z.number().int().min(leastPromptTokens).optional().meta({ description: 'Most estimated tokens of a prompt. What is least relevant is left out first, and named.', default: contextDefaults.maxTokens }),
  fileTokens: z.number().int().min(0).optional().meta({ description: 'Of that, most for the contents of read-only files; 0 names them only.', default: contextDefaults.fileTokens }),
})

const promptSchema = z.strictObject({
  template: z.string().min(1).optional().meta({ description: "A Markdown file in the place of the built-in template, relative to the config's folder. No builder may change it." }),
})

/** What a config file may say. Defaults stand in `.meta()` for the documents and are filled in after presets are merged. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().meta({ description: 'For editors; ignored.' }),
  project: projectIdSchema.optional().meta({ description: "Id of the project. Default: the name in the package.json beside the config, else the folder's name." }),
  root: z.string().min(1).optional().meta({ description: "The project root, relative to the config's folder; it may lie inside a larger repository.", default: '.' }),
  runsDir: z.string().min(1).optional().meta({ description: "Where Autopack keeps everything, relative to the config's folder. AUTONOMOUS_RUNS_DIR wins.", default: '.autonomous_runs' }),
  presets: z.array(presetSchema).optional().meta({ ...code("Applied in order, before the config's own values.", 'PresetInstance[]'), default: [] }),
  plugins: z.array(pluginSchema).optional().meta({ ...code("Appended to the plugins that are on by default; without('name') removes one.", 'PluginInstance[]'), default: [] }),
  classifiers: z.array(classifierSchema).optional().meta({ ...code('Asked in order about every failure, before the built-in classes. Presets append.', 'ClassifierInstance[]'), default: [] }),
  plans: paths.optional().meta({ description: "Globs of plan files, relative to the config's folder. A plan in TypeScript or JavaScript is read only where a glob ends in its extension.", default: defaultPlans }),
  builder: builderOrNameSchema.optional().meta(code(`Builds every phase that does not name another: a builder, the name of an agent (${builderNames.slice(1).join(', ')}), or \`auto\`, the first agent that is installed. See docs/builders.md.`, "Builder | 'auto' | AgentName")),
  builders: z.record(z.string().min(1), builderSchema).optional().meta({ ...code('Further builders by name, for `builder` of a phase.', 'Record<string, Builder>'), default: {} }),
  prices: z.record(z.string().min(1), modelPriceSchema).optional().meta({ description: 'US dollars for a million tokens, by model: where a builder tells no cost. Before what docs/prices.md lists. Merged key by key.', default: {} }),
  checks: z.array(checkSpecSchema).optional().meta({ description: 'Checks of the project, judged by their delta against the baseline. Presets append; a later check of the same name replaces the earlier.', default: [] }),
  preflight: z.array(commandSchema).optional().meta({ description: 'Commands that must succeed before the first token is spent.', default: [] }),
  workspace: workspaceSchema.optional().meta({ description: 'How a worktree is made ready. Merged key by key.' }),
  protect: paths.optional().meta({ description: "Globs that no builder may change, relative to the config's folder, besides the config itself. Presets append.", default: [] }),
  env: environmentSchema.optional().meta({ description: 'Environment of builders and checks. Merged key by key.' }),
  notify: z.array(notifyTargetSchema).optional().meta({ description: 'Whom to tell when a drain ended, and when a systemic bucket opened. A notification that fails is a notice, never a failure of the drain.', default: [] }),
  keepAwake: z.boolean().optional().meta({ description: 'Keep the machine from sleeping while a drain works: caffeinate on macOS, systemd-inhibit on Linux, where there is one.', default: true }),
  learning: learningSchema.optional().meta({ description: 'What is learned of phases that failed and then passed: `false` records nothing and tells builders nothing. See docs/learning.md.', default: true }),
  context: contextSchema.optional().meta({ description: 'How much a prompt holds. Merged key by key. See docs/context.md.' }),
  prompt: promptSchema.optional().meta({ description: 'How a prompt is worded. See docs/context.md.' }),
  drain: drainRulesSchema.optional().meta({ description: 'Rules of a drain. Merged key by key; a flag of the same name in kebab case wins.' }),
})
export type ConfigLayer = z.output<typeof configSchema>
