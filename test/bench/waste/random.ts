import { seeded } from '../../support/checks.ts'

/** Numbers of one purpose: `random.between(1, 3)`. Two purposes of one seed have nothing to do with each other. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** In [from, to). */
  between(from: number, to: number): number
  pick<Item>(items: readonly Item[]): Item
  /** So many of the items, in no order. */
  sample<Item>(items: readonly Item[], count: number): Item[]
}

/** The same numbers for the same words, whoever asks and in whatever order: so every policy meets the same world. */
export function randomOf(...words: readonly (string | number)[]): Random {
  const next = seeded(hash(words.join('/')))
  // The first numbers of seeds that lie side by side are alike.
  next()
  const between = (from: number, to: number): number => from + next() * (to - from)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)]!
  return {
    next, between, pick,
    sample: (items, count) => items.map((item) => ({ item, key: next() })).toSorted((left, right) => left.key - right.key).slice(0, count).map(({ item }) => item),
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}
