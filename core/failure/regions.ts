/** Below this many characters every line is read. */
const readWhole = 16 * 1024
/** Lines kept around an alarming one: before it the frames, headings and code of which it is the last; after it the details, stacks and sections that it opens. */
const before = 60
const after = 160
const first = 20
const last = 80

/**
 * What makes a line worth reading together with its surroundings. Broad, for what stands far from any of these is not seen in a long output; one pass over
 * the text, without captures.
 */
const alarming = [
  String.raw`err|fail|excep|exceed|fatal|panic|traceback|denied|refus|not `,
  String.raw`no (?:such|match|rule|test|space|module|file|route|package|solution|version|input|target)|n['’]t |cannot|unable|unde[fc]|unexp|invalid`,
  String.raw`missing|unknown|unre[sc]|abort|kill|time(?:d )?-?out|limit|assert|expected|conflict|reject|forbidden|expire|quota|out of|segm|signal`,
  String.raw`crash|required|must |bad |unused|empty |diff in |found packages|too (?:many|long|large|big|deep)| line \d|\.\w+:\d+:\d+|warning: |✖|✗|✘`,
  String.raw`×|●|❌|❯|_____|=====|-{3,}>|\^[~-]|^E `,
  String.raw`detected|terminat|bad_|credit|log ?in\b|auth|please |overload|exit(?:ed)?(?: with)?(?: code| status)?[ :=]+1[23]\d`,
].join('|')

/** Indices of the lines of a text that are worth reading, in order; undefined where that is all of them. */
export function regionsOf(text: string, lines: readonly string[]): number[] | undefined {
  if (text.length <= readWhole) return undefined
  const kept = new Uint8Array(lines.length)
  kept.fill(1, 0, first)
  kept.fill(1, Math.max(0, lines.length - last))
  const pattern = new RegExp(alarming, 'gim')
  let line = 0
  let lineEnd = lines[0]!.length
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    while (match.index > lineEnd) lineEnd += lines[++line]!.length + 1
    kept.fill(1, Math.max(0, line - before), line + after)
    // One is enough.
    pattern.lastIndex = lineEnd + 1
  }
  const indices: number[] = []
  for (let index = 0; index < kept.length; index++) if (kept[index] === 1) indices.push(index)
  return indices.length === lines.length ? undefined : indices
}
