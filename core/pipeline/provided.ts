import { z } from 'zod'
import { nothingProvidedError, providedAnswerError, providedInvalidError, providedThrewError, providedTwiceError, UserError } from '../errors.ts'
import type { Builder } from '../model/builder.ts'
import { checkReportSchema } from '../model/check.ts'
import type { CheckFormat, CheckFormatInput, CheckFormatResult } from '../model/check-format.ts'
import type { PluginApi, PluginCommand, Reporter, StubKind } from '../model/plugin.ts'
import { nearest } from '../nearest.ts'
import { check, show, textOf } from './describe.ts'
import { createSynchronousRunner, TimeUpError } from './time-limit.ts'

/** What the loaded plugins provide, by name. */
export interface PluginRegistry {
  builders: ReadonlyMap<string, Builder>
  checkFormats: ReadonlyMap<string, CheckFormat>
  reporters: ReadonlyMap<string, Reporter>
  /** In the order of the plugins: the first whose `matches` says yes is taken. */
  stubKinds: readonly StubKind[]
  /** With the API of the plugin that provides it, for its `run`. */
  commands: ReadonlyMap<string, { plugin: string; command: PluginCommand; api: PluginApi }>
}

/** What the core takes; types may be extended by declaration merging, and what nothing takes is refused. */
type Kind = 'builders' | 'checkFormats' | 'reporters' | 'stubKinds' | 'commands'
export type TakenNames = Partial<Record<Kind, readonly string[]>>

const words: Record<Kind, string> = { builders: 'builder', checkFormats: 'check format', reporters: 'reporter', stubKinds: 'stub kind', commands: 'command' }
const kinds = Object.keys(words) as Kind[]

/** A function that a plugin provides and the core calls in the middle of its work may take this long, in milliseconds. */
const callLimitMs = 30_000

/** Collects what plugins provide; refuses what is not whole and every second of a name. `taken`: names of what is built in or configured. */
export function createRegistry(taken: TakenNames = {}): { registry: PluginRegistry; provide(plugin: string, api: PluginApi, provided: unknown): void } {
  const owners = new Map<string, string>(kinds.flatMap((kind) => (taken[kind] ?? []).map((name) => [`${kind}:${name}`, 'Autopack or the config'])))
  const registry = {
    builders: new Map<string, Builder>(),
    checkFormats: new Map<string, CheckFormat>(),
    reporters: new Map<string, Reporter>(),
    stubKinds: [] as StubKind[],
    commands: new Map<string, { plugin: string; command: PluginCommand; api: PluginApi }>(),
  }
  const runSynchronous = createSynchronousRunner()

  /** The same function, whose errors name the plugin. */
  const stamp = <Args extends unknown[], Value>(plugin: string, what: string, run: (...args: Args) => Value) => (...args: Args): Value => {
    try {
      return runSynchronous(() => run(...args), callLimitMs)
    } catch (error) {
      throw providedThrewError(plugin, what, error instanceof TimeUpError ? `cut off after ${callLimitMs / 1000} s without a pause` : textOf(error), error)
    }
  }

  const claim = (plugin: string, kind: Kind, name: unknown, fields: Record<string, unknown>, wanted: Record<string, 'function' | 'string'>) => {
    const what = words[kind]
    if (typeof name !== 'string' || !/^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u.test(name)) throw providedInvalidError(plugin, `a ${what} with the name ${show(name)}`, 'letters, digits, `.`, `_` and `-` make a name')
    for (const [field, type] of Object.entries(wanted)) {
      if (typeof fields[field] !== type) throw providedInvalidError(plugin, `the ${what} ${name} with ${field}: ${show(fields[field])}`, `${field} is a ${type}`)
    }
    const owner = owners.get(`${kind}:${name}`)
    if (owner !== undefined) throw providedTwiceError(plugin, what, name, owner)
    owners.set(`${kind}:${name}`, `plugin ${plugin}`)
    return name
  }

  const list = (plugin: string, kind: Kind, value: unknown): Record<string, unknown>[] => {
    if (!Array.isArray(value)) throw providedInvalidError(plugin, `${kind}: ${show(value)}`, `${kind} is a list`)
    return value.map((one: unknown) => objectOf(plugin, `a ${words[kind]}`, one))
  }

  const takers: Record<Kind, (plugin: string, value: unknown, api: PluginApi) => void> = {
    builders(plugin, value) {
      for (const [name, given] of Object.entries(objectOf(plugin, 'builders:', value))) {
        const builder = objectOf(plugin, `the builder ${name} as`, typeof given === 'function' ? (given as () => unknown)() : given)
        claim(plugin, 'builders', name, builder, { build: 'function' })
        registry.builders.set(name, namedBuilder(plugin, name, builder as unknown as Builder))
      }
    },
    checkFormats(plugin, value) {
      for (const one of list(plugin, 'checkFormats', value)) {
        const name = claim(plugin, 'checkFormats', one.name, one, { parse: 'function', reads: 'string' })
        const format = one as unknown as CheckFormat
        if (!readings.includes(format.reads)) throw providedInvalidError(plugin, `the check format ${name} with reads: ${show(format.reads)}`, `reads is one of ${readings.join(', ')}`)
        const parse = stamp(plugin, `check format ${name}`, (input: CheckFormatInput) => format.parse(input))
        registry.checkFormats.set(name, { name, reads: format.reads, parse: (input) => resultOfFormat(plugin, name, parse(input)) })
      }
    },
    reporters(plugin, value) {
      for (const one of list(plugin, 'reporters', value)) {
        const name = claim(plugin, 'reporters', one.name, one, { event: 'function' })
        const reporter = one as unknown as Reporter
        registry.reporters.set(name, {
          name,
          event: stamp(plugin, `reporter ${name}`, (event) => reporter.event(event)),
          close: named(plugin, `reporter ${name}`, async () => reporter.close?.()),
        })
      }
    },
    stubKinds(plugin, value) {
      for (const one of list(plugin, 'stubKinds', value)) {
        const name = claim(plugin, 'stubKinds', one.name, one, { matches: 'function', content: 'function' })
        const kind = one as unknown as StubKind
        const { onlyWhenAsked: asked } = kind
        registry.stubKinds.push({
          name, onlyWhenAsked: typeof asked === 'function' ? stamp(plugin, `stub kind ${name}`, (path) => asked(path) === true) : asked === true, finished: kind.finished === true,
          matches: stamp(plugin, `stub kind ${name}`, (path) => kind.matches(path)),
          content: stamp(plugin, `stub kind ${name}`, (path) => kind.content(path)),
        })
      }
    },
    commands(plugin, value, api) {
      for (const one of list(plugin, 'commands', value)) {
        const name = claim(plugin, 'commands', one.name, one, { run: 'function', summary: 'string' })
        const command = one as unknown as PluginCommand
        registry.commands.set(name, {
          plugin, api,
          command: {
            name, summary: command.summary, ...(command.usage !== undefined && { usage: command.usage }),
            run: named(plugin, `command ${name}`, async (context) => exitCodeOf(plugin, name, await command.run(context)), isForPeople),
          },
        })
      }
    },
  }

  return {
    registry,
    provide(plugin, api, provided) {
      for (const [kind, value] of Object.entries(objectOf(plugin, '', provided))) {
        if (value === undefined) continue
        const take = takers[kind as Kind] as (typeof takers)[Kind] | undefined
        if (!take) throw nothingProvidedError(plugin, kind, nearest(kind, kinds), kinds)
        take(plugin, value, api)
      }
    },
  }
}

const readings: readonly string[] = ['report', 'output', 'nothing'] satisfies CheckFormat['reads'][]
const formatResultSchema = z.discriminatedUnion('type', [z.object({ type: z.literal('report'), report: checkReportSchema }), z.object({ type: z.literal('problem'), problem: z.string() })])

function resultOfFormat(plugin: string, name: string, value: unknown): CheckFormatResult {
  const checked = check(formatResultSchema, value)
  if (checked.type === 'valid') return value as CheckFormatResult
  throw providedAnswerError(plugin, `check format ${name}`, show(value), `return { type: 'report', report } or { type: 'problem', problem }; ${checked.problem}`)
}

const isOwn = (error: unknown, plugin: string): boolean => error instanceof UserError && error.plugin === plugin
/** Who typed a command is told what its plugin, or the core that it asked, has to say. */
const isForPeople = (error: unknown): boolean => error instanceof UserError

/** The same asynchronous function, whose errors name the plugin; it may take as long as it likes. */
const named = <Args extends unknown[], Value>(plugin: string, what: string, run: (...args: Args) => Promise<Value>, passes = (error: unknown) => isOwn(error, plugin)) => async (...args: Args): Promise<Value> => {
  try {
    return await run(...args)
  } catch (error) {
    throw passes(error) ? error : providedThrewError(plugin, what, textOf(error), error)
  }
}

/** A command that returns nothing has done what it was asked for. */
function exitCodeOf(plugin: string, name: string, value: unknown): number {
  if (value === undefined) return 0
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value
  throw providedAnswerError(plugin, `command ${name}`, show(value), 'return an exit code: 0 where all is well, 1 to 255 else')
}

/** A builder whose errors name the plugin too. Its getters and its `this` stay what they are. */
function namedBuilder(plugin: string, name: string, builder: Builder): Builder {
  return new Proxy(builder, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target)
      if (typeof value !== 'function' || (property !== 'build' && property !== 'available')) return property === 'name' && typeof value !== 'string' ? name : value
      return named(plugin, `builder ${name}`, async (...args: unknown[]) => (value as (...args: unknown[]) => unknown).apply(target, args))
    },
  })
}

function objectOf(plugin: string, what: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw providedInvalidError(plugin, `${what} ${show(value)}`.trim(), 'api.provide takes an object of builders, checkFormats, reporters, stubKinds and commands')
  return value as Record<string, unknown>
}
