import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { kebab } from '../model/command-text.ts'
import { drainDefaults } from '../model/drain.ts'
import type { DrainRulesInput } from '../model/drain.ts'
import { parseSize } from '../model/size.ts'

type CountRule = Exclude<keyof DrainRulesInput, 'maxTokens' | 'maxCost' | 'minFreeMemory' | 'skipRunsWithQueued' | 'stopOnFirstFailure'>

/** Rules that are one number: what the help says about each. */
const countRules: readonly (readonly [CountRule, string])[] = [
  ['batchSize', 'stop after so many phases (drain: 30, run: all)'],
  ['phaseTimeoutSeconds', 'end a builder after so long, unless the phase has its own limit (900)'],
  ['idleTimeoutSeconds', 'end a builder that prints nothing for so long'],
  ['maxAttemptsPerPhase', 'attempts at a phase, then it has failed (2)'],
  ['absoluteAttemptCap', 'attempts at a phase over all sessions, until requeue (10)'],
  ['maxFingerprintRepeats', 'phases with one fingerprint before they are parked (3)'],
  ['maxTimeoutsPerRun', 'leave a run alone after so many timeouts (2)'],
  ['maxTotalMinutes', 'stop after so many minutes'],
  ['maxZeroYield', 'stop after so many attempts in a row that brought nothing'],
  ['assumedTokensPerAttempt', 'tokens that an attempt counts whose builder tells of none (50 k)'],
  ['assumedCostPerAttempt', 'US dollars that an attempt counts whose builder tells of none (0.25)'],
  ['maxPauseMinutes', 'minutes to wait for usage limits, in all (360)'],
  ['parallel', 'runs at once (1)'],
  ['phaseParallelism', 'phases of one run at once, where none needs the other (1)'],
  ['maxLoad', 'begin nothing beside what is at work with a higher load for each processor'],
]
const fractions: readonly CountRule[] = ['maxTotalMinutes', 'maxPauseMinutes', 'maxLoad', 'assumedCostPerAttempt']
const scopes = ['attempt', 'phase', 'drain'] as const

/** Adds a flag for every rule of a drain, in kebab case. */
export function addRuleFlags(command: Command): void {
  for (const [rule, description] of countRules) command.option(`--${kebab(rule)} <n>`, description, numberParser(fractions.includes(rule)))
  command.option('--min-free-memory <size>', 'the same with less memory free, such as 2GB', sizeParser)
  for (const scope of scopes) command.option(`--max-tokens-per-${scope} <n>`, `stop at so many tokens per ${scope} (${drainDefaults.maxTokens[scope] / 1_000_000} M)`, numberParser(true))
  for (const scope of scopes) command.option(`--max-cost-per-${scope} <usd>`, `stop at so many US dollars per ${scope} (${drainDefaults.maxCost[scope]})`, numberParser(true))
  command.option('--no-skip-runs-with-queued', 'try failed phases again although their run has queued ones that can be executed')
  command.option('--stop-on-first-failure', 'stop at the first failed phase')
  command.addHelpText('after', '\nIn brackets: what holds unless the config or a preset says otherwise.')
}

/** The rules that were named on the command line, and no others. */
export function rulesFromFlags(options: Readonly<Record<string, unknown>>): DrainRulesInput {
  const rules: Record<string, unknown> = {}
  for (const rule of [...countRules.map(([name]) => name), 'minFreeMemory']) if (options[rule] !== undefined) rules[rule] = options[rule]
  for (const [rule, flag] of [['maxTokens', 'maxTokensPer'], ['maxCost', 'maxCostPer']] as const) {
    const given = scopes.flatMap((scope) => {
      const value = options[`${flag}${scope.charAt(0).toUpperCase()}${scope.slice(1)}`]
      return value === undefined ? [] : [[scope, value] as const]
    })
    if (given.length > 0) rules[rule] = Object.fromEntries(given)
  }
  // commander gives the positive of a --no flag the default true.
  if (options['skipRunsWithQueued'] === false) rules['skipRunsWithQueued'] = false
  if (options['stopOnFirstFailure'] === true) rules['stopOnFirstFailure'] = true
  return rules
}

function sizeParser(text: string): number {
  const bytes = parseSize(text)
  if (bytes === undefined) throw new InvalidArgumentError('Expected a size such as 2GB or 500MiB.')
  return bytes
}

function numberParser(fraction: boolean): (text: string) => number {
  return (text) => {
    const value = /^\d+(?:_\d{3})*(?:\.\d+)?$/.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN
    if (!(value > 0) || (!fraction && !Number.isInteger(value))) throw new InvalidArgumentError(fraction ? 'Expected a number above zero.' : 'Expected a whole number above zero.')
    return value
  }
}
