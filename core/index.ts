// The public API. A config imports it before anything else happens: nothing heavy at load (types only, or lazily inside functions).
export { defineClassifier, defineConfig, definePlugin, definePreset, without } from './config/define.ts'
export type { ClassifierDefinition, ClassifierFields, MatchAnswer } from './config/classifier.ts'
export type { PluginDefinition } from './config/define.ts'
export type { CheckInput, ConfigInput, PresetInstance } from './config/input.ts'
