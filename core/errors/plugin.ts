import { UserError } from './user-error.ts'
import type { SourceLocation } from './user-error.ts'

// Errors of plugins: their hooks, their options, what they provide.

interface TapName { plugin: string; hook: string }

const listed = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '))

const meant = (near: string | undefined) => (near === undefined ? '' : `did you mean ${JSON.stringify(near)}? `)

const seconds = (milliseconds: number) => `${milliseconds / 1000} s`

/** `plugin acme`, or `classifier state_lock` for what stands under `classifiers` of a config. */
const author = (plugin: string) => (plugin.startsWith('classifier:') ? plugin.replace(':', ' ') : `plugin ${plugin}`)

export function tapThrewError(tap: TapName, text: string, cause: unknown): UserError {
  const inner = cause instanceof UserError ? cause : undefined
  return new UserError({
    code: 'plugin-threw',
    message: `${author(tap.plugin)} threw in hook ${tap.hook}: ${text}`,
    ...tap,
    ...(inner?.where && { where: inner.where }),
    fix: inner?.fix ?? `mend ${author(tap.plugin)}, or take it out of the config`,
    cause,
  })
}

export function tapTimedOutError(tap: TapName, timeoutMs: number, part: 'synchronous' | 'asynchronous'): UserError {
  const cutOff = part === 'synchronous'
  return new UserError({
    code: 'plugin-timed-out',
    message: `${author(tap.plugin)} ${cutOff ? `was cut off in hook ${tap.hook} after ${seconds(timeoutMs)} without a pause` : `did not end within ${seconds(timeoutMs)} in hook ${tap.hook}`}`,
    ...tap,
    fix: cutOff
      ? 'look for an endless loop, or a regular expression that backtracks without end'
      : 'end when the signal that the tap is given is aborted, or set a longer timeoutMs in the options of the tap',
  })
}

export function tapAnswerError(tap: TapName, value: string, problem: string, returns: string): UserError {
  return new UserError({ code: 'plugin-answer', message: `${author(tap.plugin)} returned ${value} from hook ${tap.hook}: ${problem}`, ...tap, fix: returns })
}

export function unknownHookError(plugin: string, hook: string, near: string | undefined, known: readonly string[]): UserError {
  const message = `${author(plugin)} taps a hook ${JSON.stringify(hook)}, which does not exist`
  return new UserError({ code: 'unknown-hook', message, plugin, fix: `${meant(near)}known hooks: ${listed(known)}` })
}

export function tapInvalidError(tap: TapName, what: string, fix: string): UserError {
  return new UserError({ code: 'tap-invalid', message: `${author(tap.plugin)} taps hook ${tap.hook} ${what}`, ...tap, fix })
}

export function unknownBeforeError(tap: TapName, before: string, near: string | undefined, known: readonly string[]): UserError {
  return new UserError({
    code: 'unknown-before',
    message: `${author(tap.plugin)} taps hook ${tap.hook} before ${JSON.stringify(before)}, and no plugin has that name`,
    ...tap,
    fix: `${meant(near)}known names: ${listed(known)}`,
  })
}

export function beforeCycleError(hook: string, plugins: readonly string[]): UserError {
  return new UserError({
    code: 'before-cycle',
    message: `${listed(plugins)} each want to run before the other in hook ${hook}`,
    ...(plugins[0] !== undefined && { plugin: plugins[0] }),
    fix: 'take one of the `before` options away',
  })
}

export function pluginInvalidError(value: string, place: string): UserError {
  return new UserError({
    code: 'plugin-invalid',
    message: `${value} (${place}) is not a plugin`,
    fix: 'call the function that definePlugin made, as in plugins: [acme()]; a name has letters, digits and @ / . _ -, and is not built-in',
  })
}

export function duplicatePluginError(name: string, first: string, second: string): UserError {
  return new UserError({
    code: 'duplicate-plugin',
    message: `two plugins have the name ${JSON.stringify(name)}: ${first} and ${second}`,
    plugin: name,
    fix: `take one away; without(${JSON.stringify(name)}) before the second removes the first`,
  })
}

export function pluginApiVersionError(name: string, version: string, supported: number, where?: SourceLocation): UserError {
  return new UserError({
    code: 'plugin-api-version',
    message: `plugin ${name} is written for version ${version} of the plugin API; this Autopack has version ${supported}`,
    plugin: name,
    ...(where && { where }),
    fix: `install a version of ${name} for plugin API ${supported}, or the Autopack that it is written for`,
  })
}

export function optionsInvalidError(name: string, options: string, problem: string, cause: unknown): UserError {
  return new UserError({ code: 'plugin-options', message: `plugin ${name} does not take the options ${options}: ${problem}`, plugin: name, fix: 'mend the options where the plugin is configured', cause })
}

export function optionsNotTakenError(name: string, options: string): UserError {
  return new UserError({ code: 'plugin-options', message: `plugin ${name} takes no options, and was given ${options}`, plugin: name, fix: `write ${name}()` })
}

export function applyFailedError(name: string, text: string, cause: unknown): UserError {
  return new UserError({
    code: 'plugin-apply',
    message: `plugin ${name} could not be loaded: ${text}`,
    plugin: name,
    fix: (cause instanceof UserError ? cause.fix : undefined) ?? `mend plugin ${name}, or take it out of the config`,
    cause,
  })
}

export function nothingProvidedError(plugin: string, kind: string, near: string | undefined, known: readonly string[]): UserError {
  const message = `plugin ${plugin} provides ${JSON.stringify(kind)}, which nothing takes`
  return new UserError({ code: 'provided-unknown', message, plugin, fix: `${meant(near)}known kinds: ${listed(known)}` })
}

export function providedInvalidError(plugin: string, what: string, fix: string): UserError {
  return new UserError({ code: 'provided-invalid', message: `plugin ${plugin} provides ${what}`, plugin, fix })
}

export function providedTwiceError(plugin: string, what: string, name: string, owner: string): UserError {
  return new UserError({
    code: 'provided-twice',
    message: `plugin ${plugin} provides the ${what} ${JSON.stringify(name)}, which ${owner} provides already`,
    plugin,
    fix: 'give one of them another name, or take one of the plugins out of the config',
  })
}

export function providedAnswerError(plugin: string, what: string, value: string, fix: string): UserError {
  return new UserError({ code: 'plugin-answer', message: `plugin ${plugin} returned ${value} from its ${what}`, plugin, fix })
}

export function providedThrewError(plugin: string, what: string, text: string, cause: unknown): UserError {
  return new UserError({ code: 'plugin-threw', message: `plugin ${plugin} threw in its ${what}: ${text}`, plugin, fix: `mend plugin ${plugin}, or take it out of the config`, cause })
}

export function pathAnswerLeavesError(plugin: string, raw: string, relative: string, problem: string): UserError {
  return new UserError({
    code: 'path-answer-outside', plugin, hook: 'resolvePath', message: `the answer ${JSON.stringify(relative)} for ${JSON.stringify(raw)} cannot be taken: ${problem}`,
    fix: 'return a path inside the repository, relative to its top',
  })
}
