import { readText } from '../../pipeline/read-text.ts'
import { yaml } from '../../config/yaml.ts'

const largestBytes = 1024 * 1024

/** The draft: the file that the builder was told to write, else what it says in the end. Undefined where there is none. */
export function draftText(file: string, said: string | undefined): { type: 'draft'; text: string } | { type: 'none'; why: string } {
  const found = readText(file, largestBytes)
  if (found.type === 'text' && found.text.trim() !== '') return { type: 'draft', text: clean(found.text) }
  if (found.type === 'named') return { type: 'none', why: `the draft is ${found.why}` }
  const text = said === undefined ? undefined : planIn(said)
  if (text !== undefined) return { type: 'draft', text: clean(text) }
  return { type: 'none', why: 'it ended without writing one, and its last message holds none' }
}

/** The last block that reads as a plan; the whole, where that does. */
function planIn(said: string): string | undefined {
  const blocks = [...said.matchAll(/^(`{3,})[^\n`]*\n([^]*?)^\1\s*$/gm)].map((match) => match[2]!)
  return [said, ...blocks].findLast((text) => {
    try {
      const value: unknown = yaml().parse(text, { logLevel: 'silent' })
      return typeof value === 'object' && value !== null && 'phases' in value
    } catch {
      return false
    }
  })
}

/** JSON becomes YAML: a plan is read and changed by people. Structured outputs say null of what is left out. */
function clean(text: string): string {
  const plain = `${text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n').trim()}\n`
  if (!plain.startsWith('{')) return plain
  try {
    return yaml().stringify(JSON.parse(plain, (_key, value: unknown) => (isObject(value) ? Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null)) : value)), { lineWidth: 0 })
  } catch {
    return plain
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
