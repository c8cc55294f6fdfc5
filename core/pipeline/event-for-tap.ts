import { check, show } from './describe.ts'
import type { HookDeclaration } from './hooks.ts'

/**
 * The event as one tap gets it: the functions by which it answers check what they are given, and end with the tap, so that
 * one that was given up cannot change a phase which has gone on without it.
 */
export function eventForTap(declaration: HookDeclaration, payload: object): { event: object; close(): void } {
  let closed = false
  const descriptors = Object.getOwnPropertyDescriptors(payload) as Record<string, PropertyDescriptor>
  for (const [name, schema] of Object.entries(declaration.calls)) {
    const answer = (payload as Record<string, (...args: unknown[]) => unknown>)[name]!
    const value = (...args: unknown[]): unknown => {
      if (closed) throw new Error(`event.${name} was called after the tap had ended`)
      const checked = check(schema, args[0])
      if (checked.type === 'invalid') throw new TypeError(`event.${name} was called with ${show(args[0])}: ${checked.problem}`)
      return answer.call(payload, ...args)
    }
    descriptors[name] = { value, enumerable: true, writable: false, configurable: false }
  }
  return {
    event: Object.defineProperties({}, descriptors),
    close() {
      closed = true
    },
  }
}
