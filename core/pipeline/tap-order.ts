import { beforeCycleError, tapInvalidError, unknownBeforeError } from '../errors.ts'
import { nearest } from '../nearest.ts'

export interface OrderedTap { plugin: string; hook: string; stage: number; before: readonly string[] }
/** What is handed to tapable: its own name for each tap, so that two taps of one plugin are told apart. */
export interface NamedTap<Tap extends OrderedTap> { name: string; tap: Tap; before: string[] }

/**
 * Puts the taps of one hook into an order of insertion in which tapable keeps every `before`: what is named in one comes first.
 * tapable looks only at the taps that are there at the time, and puts a tap with an unknown `before` in front of all.
 *
 * @param known Names of everything loaded: to name a plugin that does not tap this hook is no mistake.
 * @throws UserError for an unknown name, for a tap that names its own plugin, and for a circle.
 */
export function orderTaps<Tap extends OrderedTap>(taps: readonly Tap[], known: readonly string[]): NamedTap<Tap>[] {
  const names = [...new Set([...known, ...taps.map((tap) => tap.plugin)])]
  for (const tap of taps) {
    for (const before of tap.before) {
      if (before === tap.plugin) throw tapInvalidError(tap, 'before itself', 'name another plugin in `before`')
      if (!names.includes(before)) throw unknownBeforeError(tap, before, nearest(before, names), names)
    }
  }
  const named = taps.map((tap, index) => ({ name: `${tap.plugin}#${index}`, tap, before: [] as string[] }))
  for (const one of named) one.before = named.filter((other) => one.tap.before.includes(other.tap.plugin)).map((other) => other.name)
  const done = new Set<string>()
  const order: NamedTap<Tap>[] = []
  while (order.length < named.length) {
    const ready = named.filter((one) => !done.has(one.name) && one.before.every((name) => done.has(name)))
    const left = named.filter((one) => !done.has(one.name))
    if (ready.length === 0) throw beforeCycleError(left[0]!.tap.hook, [...new Set(circle(left).map((one) => one.tap.plugin))])
    for (const one of ready) {
      order.push(one)
      done.add(one.name)
    }
  }
  return order
}

/** The taps that wait for each other, without those that merely wait for them. */
function circle<Tap extends OrderedTap>(left: readonly NamedTap<Tap>[]): NamedTap<Tap>[] {
  const path: NamedTap<Tap>[] = []
  let next = left[0]
  while (next && !path.includes(next)) {
    path.push(next)
    next = left.find((one) => path.at(-1)!.before.includes(one.name))
  }
  return next ? path.slice(path.indexOf(next)) : path
}
