import { sha256 } from './hash.ts'

/** Longest key in bytes of UTF-8: leaves room for `01_`, a variant and an extension below the 255 bytes of common file systems. */
const longestKey = 100
const longestSlug = 60

// Letters, digits and `._-` are safe on Linux, macOS and Windows and in the name of a git ref. `+` and `@` are kept back:
// `+` marks a hashed key and `@` a variant, so that neither can be spelled by a plain id.
const plain = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._-]*$/u
const invisible = /\p{Default_Ignorable_Code_Point}/u
const windowsDevice = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i

/** Whether `id` can be the name of a file, a folder and a part of a git ref as it stands, everywhere. */
export function isSafeKey(id: string): boolean {
  return (
    plain.test(id) && !invisible.test(id) && id === id.normalize('NFC') && Buffer.byteLength(id) <= longestKey &&
    !windowsDevice.test(id) && !id.endsWith('.') && !id.includes('..') && !/\.lock$/i.test(id)
  )
}

/** The form in which two keys are compared: file systems that ignore case take equal folds for one name. */
export function foldKey(key: string): string {
  return key.toUpperCase().toLowerCase().normalize('NFC')
}

/** A test for `keyFor` over the keys that are in use, ignoring case; what comes to be in use is added. */
export interface TakenKeys {
  (key: string): boolean
  add(key: string): void
}

export function takenKeys(keys: Iterable<string>): TakenKeys {
  const folds = new Set([...keys].map(foldKey))
  return Object.assign((key: string) => folds.has(foldKey(key)), { add: (key: string) => void folds.add(foldKey(key)) })
}

/**
 * The name of the folder or file of an id: the id itself where that is safe (`isSafeKey`) and not taken, else a readable slug,
 * `+` and a short hash of the id, such as `a-b+51c7c8c6e2`. Two ids never get one key: `isTaken` is to compare ignoring case.
 */
export function keyFor(id: string, isTaken: (key: string) => boolean = () => false): string {
  if (isSafeKey(id) && !isTaken(id)) return id
  // UTF-16 rather than UTF-8: the latter maps every lone surrogate to one character.
  const hash = sha256(Buffer.from(id, 'utf16le'))
  const slug = slugOf(id)
  for (const length of [10, 20, 32]) {
    const key = `${slug}+${hash.slice(0, length)}`
    if (!isTaken(key)) return key
  }
  throw new Error(`every key of the id ${JSON.stringify(id)} is taken`)
}

/** A key that is safe without knowing its neighbours: ids with capital letters are hashed too, so that case never decides. */
export function caselessKeyFor(id: string): string {
  return keyFor(id, (key) => !key.includes('+') && foldKey(key) !== key)
}

function slugOf(id: string): string {
  const words = id.normalize('NFC').replace(/[^\p{L}\p{N}_]+/gu, '-').replace(new RegExp(invisible, 'gu'), '')
  let slug = ''
  for (const character of words.replace(/-+/g, '-').replace(/^-|-$/g, '')) {
    if (Buffer.byteLength(slug + character) > longestSlug) break
    slug += character
  }
  return slug.normalize('NFC') || 'id'
}
