import type { ClassificationResult, FailureInput } from '../model/failure.ts'
import type { ClassifierInstance, HookName, HookTypes, PluginApi, PluginInstance } from '../model/plugin.ts'
import { createHooks } from '../pipeline/facade.ts'
import { loadPlugins } from '../pipeline/plugin.ts'
import type { LoadedPlugins } from '../pipeline/plugin.ts'
import { emptySaid, eventFrom } from './events.ts'
import type { EventInputs, Said } from './events.ts'

export { makeProject } from './project.ts'
export { runPhase } from './run-phase.ts'
export type { TestClock } from './clock.ts'
export type { EventInputs, Said } from './events.ts'
export type { ProjectOptions, TestProject } from './project.ts'
export type { DrainRun, PhaseRun } from './read-run.ts'
export type { PhaseOptions } from './run-phase.ts'
export type { BuildAttempt, BuildEnd, BuildScript, BuildStep } from './scripted-builder.ts'

/** What a plugin did with one event. */
export interface HookRun<Name extends HookName> {
  /** What it returned; undefined when it passed on, and for hooks that answer through the event. */
  answer: NonNullable<HookTypes[Name]['result']> | undefined
  /** What it called on the event. */
  said: Said
  /** Lines of `api.log`. */
  logged: string[]
  provided: LoadedPlugins['provided']
}

/**
 * Loads one plugin as Autopack does and calls one of its hooks with an event of which a test gives the part that matters.
 *
 * @throws UserError that names plugin and hook, when the plugin is not one, or its tap throws, answers nonsense or takes too long.
 */
export async function runHook<Name extends HookName & keyof EventInputs>(plugin: PluginInstance, hook: Name, event: EventInputs[Name] = {}, api: Partial<PluginApi> = {}): Promise<HookRun<Name>> {
  const logged: string[] = []
  const said = emptySaid()
  const { hooks, provided } = await loadPlugins({
    plugins: [plugin],
    classifiers: [],
    api: {
      config: { kind: 'autopack-config', project: 'test', root: '/repository', configDir: '/repository', runsDir: '/repository/.runs' },
      layout: { runsDir: '/repository/.runs', projectDir: '/repository/.runs/test', buildHistory: '/repository/.runs/test/docs/BUILD_HISTORY.md', pluginDir: (name) => `/repository/.runs/test/plugins/${name}` },
      exec: async () => {
        throw new Error('a test of a plugin runs no commands: hand over an api with exec')
      },
      phases: {
        decide: async ({ decision }) => ({ type: 'decided', state: decision === 'reject' ? 'FAILED' : 'QUEUED' }),
        reviews: async () => [],
        reviewPlace: async ({ run, phase, attempt }) => ({ dir: `/repository/.runs/test/runs/${run}/${run}/reviews`, id: `${phase}-${attempt}` }),
      },
      redact: (text) => text,
      log: { info: (message) => void logged.push(message), warn: (message) => void logged.push(message) },
      ...api,
    },
  })
  const make = eventFrom[hook] as unknown as (input: EventInputs[Name], said: Said, stubKinds: LoadedPlugins['provided']['stubKinds']) => HookTypes[Name]['payload']
  const outcome = await hooks.call(hook, make(event, said, provided.stubKinds))
  if (outcome.type === 'failed') throw outcome.error
  if (outcome.recorded[0]) throw new Error(outcome.recorded[0].message)
  return { answer: outcome.type === 'answered' ? outcome.result : undefined, said, logged, provided }
}

/**
 * Asks a classifier about an output, or about a failure: what it answers, or undefined when it passes on.
 *
 * @throws Error that names the classifier, when it throws, answers nonsense or takes longer than its time limit.
 */
export async function testClassifier(classifier: ClassifierInstance, failure: string | Partial<FailureInput>): Promise<ClassificationResult | undefined> {
  const hooks = createHooks()
  hooks.tap(`classifier:${classifier.name}`, 'classifyFailure', (event, { because }) => classifier.classify(event, because))
  const outcome = await hooks.call('classifyFailure', eventFrom.classifyFailure({ failure: typeof failure === 'string' ? { output: failure } : failure }))
  if (outcome.recorded[0]) throw new Error(outcome.recorded[0].message)
  return outcome.type === 'answered' ? outcome.result : undefined
}
