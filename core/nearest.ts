import { distance } from 'fastest-levenshtein'

/** The known name that a person most likely meant, or undefined when none is near: at most a third of the letters differ, case aside. */
export function nearest(given: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const name of known) {
    const far = distance(given.toLowerCase(), name.toLowerCase())
    if (far < bestDistance && far <= Math.max(1, Math.floor(Math.max(given.length, name.length) / 3))) {
      best = name
      bestDistance = far
    }
  }
  return best
}
