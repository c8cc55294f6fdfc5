import { distance } from 'fastest-levenshtein'

/** The known name that a person most likely meant, or undefined when none is near: at most a third of the letters differ, case aside; two neighbours that changed places are one slip. */
export function nearest(given: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const name of known) {
    const far = isSwap(given.toLowerCase(), name.toLowerCase()) ? 1 : distance(given.toLowerCase(), name.toLowerCase())
    if (far < bestDistance && far <= Math.max(1, Math.floor(Math.max(given.length, name.length) / 3))) {
      best = name
      bestDistance = far
    }
  }
  return best
}

function isSwap(one: string, other: string): boolean {
  const at = [...one].findIndex((letter, index) => letter !== other[index])
  return at >= 0 && one.length === other.length && one === other.slice(0, at) + (other[at + 1] ?? '') + other[at]! + other.slice(at + 2)
}
