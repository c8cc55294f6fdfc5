/** The first line of a text without secrets, of at most so many characters: of half a secret nobody could tell any more that it is one. It is cut between words. */
export function shortLine(text: string, longest: number): string {
  const line = text.split('\n', 1)[0]!
  if (line.length <= longest) return line
  const cut = line.slice(0, longest)
  return `${/\s/.test(line[longest]!) ? cut : cut.replace(/\S+$/, '')}…`
}
