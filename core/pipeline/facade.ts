import { AsyncSeriesBailHook, AsyncSeriesHook } from 'tapable'
import { tapAnswerError, tapInvalidError, tapThrewError, tapTimedOutError, unknownHookError } from '../errors.ts'
import type { UserError } from '../errors.ts'
import type { Problem } from '../model/failure.ts'
import type { Hook, HookName, HookTypes, TapContext, TapOptions } from '../model/plugin.ts'
import type { Runtime } from '../model/runtime.ts'
import { unreachable } from '../model/unreachable.ts'
import { nearest } from '../nearest.ts'
import { systemRuntime } from '../runtime.ts'
import { check, show, textOf } from './describe.ts'
import { eventForTap } from './event-for-tap.ts'
import { hookNames, hookTable } from './hooks.ts'
import type { HookDeclaration } from './hooks.ts'
import { createLimitedRunner } from './time-limit.ts'
import { orderTaps } from './tap-order.ts'
import type { OrderedTap } from './tap-order.ts'

export type TapHandler<Name extends HookName> = Parameters<Hook<Name>['tap']>[0]

/** How the call of a hook ended. `recorded`: taps that failed while the others went on, one problem each. */
export type HookOutcome<Name extends HookName> =
  /** A tap of a bail hook answered; `by` is its plugin, or `classifier:<name>`. */
  | { type: 'answered'; by: string; result: NonNullable<HookTypes[Name]['result']>; recorded: Problem[] }
  /** Every tap ran, and none answered. */
  | { type: 'passed'; recorded: Problem[] }
  /** A tap failed, and with it the phase: class `plugin_error`. `problem` says the same. */
  | { type: 'failed'; error: UserError; problem: Problem; recorded: Problem[] }
  /** The caller's signal came first. */
  | { type: 'cancelled'; recorded: Problem[] }

export type OnProblem = (problem: Problem, about: { recorded: boolean }) => void

export interface HooksOptions {
  /** Told at once of everything that is recorded (`recorded`: it stands in the outcome of a call too), and of what a tap did after its time was up. */
  onProblem?: OnProblem
  runtime?: Pick<Runtime, 'sleep' | 'monotonic'>
  /** Takes secrets out of what a tap says, before it is cut. */
  redact?: (text: string) => string
}

export interface CallOptions {
  signal?: AbortSignal
  /** Told before each tap which plugin it is of: what the tap says until the next one is that plugin's. */
  onTap?: (plugin: string) => void
  /** Told after each tap how it took the event. */
  onTapEnded?: (plugin: string, how: TapEnd) => void
}

export type TapEnd = { type: 'answered' } | { type: 'passed'; reason?: string } | { type: 'failed'; problem: Problem }

export interface Hooks {
  /** @throws UserError for an unknown hook, a handler that is no function, an invalid option, and after `seal`. */
  tap<Name extends HookName>(plugin: string, hook: Name, handler: TapHandler<Name>, options?: TapOptions): void
  /** Ends the loading of plugins: puts the taps in order. `known`: names of all that is loaded. @throws UserError for an unknown `before` or a circle. */
  seal(known?: readonly string[]): void
  /** Names of those who tap a hook, in the order in which they run. */
  taps(hook: HookName): string[]
  /** Tells that a plugin runs a command. */
  noteCommand(): void
  /** What plugins may have written into worktrees: the sum changes with each command of one; undefined where a tap of these hooks may write by itself. */
  writes(hooks: readonly HookName[]): number | undefined
  /** Never rejects for what a tap does. @throws TypeError when the core itself hands over a payload that is not one. */
  call<Name extends HookName>(hook: Name, payload: HookTypes[Name]['payload'], options?: CallOptions): Promise<HookOutcome<Name>>
}

interface Call { signal: AbortSignal | undefined; recorded: Problem[]; onTap: CallOptions['onTap']; onTapEnded: CallOptions['onTapEnded'] }
interface Tap extends OrderedTap { handler: (event: unknown, context: TapContext) => unknown; timeoutMs: number; brief: boolean; readOnly: boolean }
interface Answer { by: string; result: unknown }
class TapFailed extends Error {
  readonly error: UserError
  constructor(error: UserError) { super(error.message); this.error = error }
}
class CallCancelled extends Error {}

type Tapable = AsyncSeriesBailHook<[object, Call], Answer>

/** The five hooks, with the duties that bare tapable does not have: names in errors, checked answers, order, time limits. */
export function createHooks(options: HooksOptions = {}): Hooks {
  const runtime = options.runtime ?? systemRuntime()
  const runLimited = createLimitedRunner(runtime)
  const taps = new Map<string, Tap[]>(hookNames.map((name) => [name, []]))
  const { redact = (text: string) => text } = options
  let sealed: Map<string, Tapable> | undefined
  let commands = 0

  const record = (problem: Problem, call?: Call) => {
    call?.recorded.push(problem)
    options.onProblem?.(problem, { recorded: call !== undefined })
  }

  /** One tap, run and judged: what it answered, or undefined. Throws TapFailed or CallCancelled. */
  const runTap = async (declaration: HookDeclaration, tap: Tap, payload: object, call: Call): Promise<unknown> => {
    call.onTap?.(tap.plugin)
    const { event, close } = eventForTap(declaration, payload)
    let reason: string | undefined
    const because = (text: string): undefined => void (reason = redact(String(text)).slice(0, longestReason))
    const outcome = await runLimited({
      run: (signal) => tap.handler(event, { signal, because }),
      timeoutMs: tap.timeoutMs,
      brief: tap.brief,
      signal: call.signal,
      onLateRejection: (error) => record(problemOf(tapThrewError(nameOf(tap), `${textOf(error)} (after it had been given up)`, error))),
    })
    close()
    switch (outcome.type) {
      case 'returned': {
        // tapable would take null for an answer; a handler that says null has none.
        if (outcome.value === undefined || outcome.value === null) {
          call.onTapEnded?.(tap.plugin, { type: 'passed', ...(reason !== undefined && { reason }) })
          return undefined
        }
        const checked = check(declaration.result, outcome.value)
        if (checked.type === 'valid') {
          call.onTapEnded?.(tap.plugin, { type: 'answered' })
          return declaration.kind === 'series-bail' ? checked.value : undefined
        }
        throw new TapFailed(tapAnswerError(nameOf(tap), show(outcome.value, options.redact), checked.problem, declaration.returns))
      }
      case 'threw': throw new TapFailed(tapThrewError(nameOf(tap), textOf(outcome.error), outcome.error))
      case 'timed-out': throw new TapFailed(tapTimedOutError(nameOf(tap), tap.timeoutMs, outcome.part))
      case 'cancelled': throw new CallCancelled()
      default: return unreachable(outcome)
    }
  }

  const build = (name: (typeof hookNames)[number], known: readonly string[]): Tapable => {
    const declaration = hookTable[name]
    const hook = (declaration.kind === 'series-bail' ? new AsyncSeriesBailHook(['payload', 'call']) : new AsyncSeriesHook(['payload', 'call'])) as Tapable
    for (const { name: tapName, tap, before } of orderTaps(taps.get(name)!, known)) {
      // Every handler, synchronous or not, becomes one promise here: so tapable sees one type of tap, and no error is lost between two.
      const run = async (payload: object, call: Call): Promise<Answer | undefined> => {
        try {
          const result = await runTap(declaration, tap, payload, call)
          return result === undefined ? undefined : { by: tap.plugin, result }
        } catch (error) {
          if (!(error instanceof TapFailed) || declaration.onError === 'fails-phase') throw error
          record(problemOf(error.error), call)
          call.onTapEnded?.(tap.plugin, { type: 'failed', problem: problemOf(error.error) })
          return undefined
        }
      }
      // tapable takes a list of names for `before`; its types know of one name only.
      hook.tapPromise({ name: tapName, stage: tap.stage, before: before as unknown as string }, run as (payload: object, call: Call) => Promise<Answer>)
    }
    return hook
  }

  const seal = (known: readonly string[] = []) => {
    sealed = new Map(hookNames.map((name) => [name, build(name, known)]))
  }

  return {
    tap(plugin, hook, handler, tapOptions = {}) {
      const known = taps.get(hook)
      if (!known) throw unknownHookError(plugin, String(hook), nearest(String(hook), hookNames), hookNames)
      const names = { plugin, hook }
      if (sealed) throw tapInvalidError(names, 'after the plugins were loaded', 'tap hooks in apply, and wait for what apply starts')
      known.push({ ...names, handler: handlerOf(names, handler), ...optionsOf(names, tapOptions, hookTable[hook].timeoutMs) })
    },
    seal,
    taps(hook) {
      if (!sealed) seal()
      return sealed!.get(hook)!.taps.map((tap) => tap.name.replace(/#\d+$/, ''))
    },
    noteCommand: () => void commands++,
    writes: (names) => (names.every((name) => taps.get(name)!.every((tap) => tap.readOnly)) ? commands : undefined),
    async call(hook, payload, { signal, onTap, onTapEnded } = {}) {
      const declaration = hookTable[hook]
      const checked = check(declaration.payload, payload)
      if (checked.type === 'invalid') throw new TypeError(`the payload of hook ${hook} is not one: ${checked.problem}`)
      if (!sealed) seal()
      const call: Call = { signal, recorded: [], onTap, onTapEnded }
      const { recorded } = call
      try {
        if (signal?.aborted) throw new CallCancelled()
        const answer = (await sealed!.get(hook)!.promise(payload, call)) as Answer | undefined
        if (!answer) return { type: 'passed', recorded }
        return { type: 'answered', by: answer.by, result: answer.result as never, recorded }
      } catch (error) {
        if (error instanceof CallCancelled) return { type: 'cancelled', recorded }
        if (error instanceof TapFailed) return { type: 'failed', error: error.error, problem: problemOf(error.error), recorded }
        throw error
      }
    },
  }
}

const nameOf = (tap: OrderedTap) => ({ plugin: tap.plugin, hook: tap.hook })

/** An error of a tap in the form of a problem; its message names plugin and hook. */
export function problemOf(error: UserError): Problem {
  return { code: 'plugin_error', message: error.message }
}

function handlerOf(names: { plugin: string; hook: string }, handler: unknown): Tap['handler'] {
  if (typeof handler !== 'function') throw tapInvalidError(names, `with ${show(handler)}, which is not a function`, 'write api.hooks.<hook>.tap((event) => { … })')
  return handler as Tap['handler']
}

/** Of what a tap says of its passing on, in characters. */
const longestReason = 300

/** The longest delay that a timer takes. */
const longestTimeout = 2 ** 31 - 1

function optionsOf(names: { plugin: string; hook: string }, options: TapOptions, timeoutMs: number) {
  const fault = (name: string, value: unknown, fix: string) => tapInvalidError(names, `with the option ${name} ${show(value)}`, fix)
  const { stage = 0, before = [], timeoutMs: limit = timeoutMs, brief = false, readOnly = false, ...others } = options
  if (!Number.isFinite(stage)) throw fault('stage', stage, 'write a number; lower runs first, default 0')
  const list = [before].flat()
  if (!list.every((name) => typeof name === 'string')) throw fault('before', before, 'write the name of a plugin, or a list of names')
  if (!(Number.isFinite(limit) && limit > 0 && limit <= longestTimeout)) throw fault('timeoutMs', limit, `write milliseconds from 1 to ${longestTimeout}`)
  if (typeof brief !== 'boolean') throw fault('brief', brief, 'write true or false')
  if (typeof readOnly !== 'boolean') throw fault('readOnly', readOnly, 'write true or false')
  // A pattern that backtracks without end is what classifiers are made of.
  if (brief && names.hook === 'classifyFailure') throw fault('brief', brief, 'leave it out: what a classifier does is always cut off when its time is over')
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw tapInvalidError(names, `with an unknown option ${JSON.stringify(unknown)}`, 'known options: stage, before, timeoutMs, brief, readOnly')
  return { stage, before: list, timeoutMs: limit, brief, readOnly }
}
