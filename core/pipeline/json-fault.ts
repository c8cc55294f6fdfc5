/** The first offset at which a text stops being JSON, with what was expected there; undefined when it is JSON. `JSON.parse` names the place for some mistakes only. */
export function jsonFault(source: string): { offset: number; reason: string } | undefined {
  let offset = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset
    const found = pattern.exec(source)?.[0]
    offset += found?.length ?? 0
    return found
  }
  const fault = (reason: string) => ({ offset, reason: offset >= source.trimEnd().length ? `the text ends where ${reason} is expected` : `expected ${reason}` })
  // The brackets that are open; a state machine and not recursion, for a text may be nested as deep as it likes.
  const open: ('{' | '[')[] = []
  let wanted: 'value' | 'value or ]' | 'key' | 'key or }' | 'more' = 'value'
  for (;;) {
    take(space)
    if (wanted === 'key' || wanted === 'key or }') {
      if (wanted === 'key or }' && take(closeObject)) {
        open.pop()
        wanted = 'more'
        continue
      }
      if (take(string) === undefined) return fault(source[offset] === '"' ? 'the end of a text' : wanted === 'key' ? 'a key in double quotes' : "a key in double quotes or '}'")
      take(space)
      if (take(colon) === undefined) return fault("':'")
      wanted = 'value'
    } else if (wanted === 'value' || wanted === 'value or ]') {
      if (wanted === 'value or ]' && take(closeArray)) {
        open.pop()
        wanted = 'more'
        continue
      }
      const bracket = take(openBracket) as '{' | '[' | undefined
      if (bracket) {
        open.push(bracket)
        wanted = bracket === '{' ? 'key or }' : 'value or ]'
      } else if (take(scalar) === undefined) {
        return fault(source[offset] === '"' ? 'the end of a text' : wanted === 'value' ? 'a value' : "a value or ']'")
      } else {
        wanted = 'more'
      }
    } else if (open.length === 0) {
      return offset === source.length ? undefined : { offset, reason: 'expected nothing after the value' }
    } else {
      const inside = open.at(-1)!
      if (take(comma)) wanted = inside === '{' ? 'key' : 'value'
      else if (take(inside === '{' ? closeObject : closeArray)) open.pop()
      else return fault(inside === '{' ? "',' or '}'" : "',' or ']'")
    }
  }
}

const space = /[ \t\r\n]*/y
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const scalar = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const openBracket = /[{[]/y
const closeObject = /\}/y
const closeArray = /\]/y
const colon = /:/y
const comma = /,/y
